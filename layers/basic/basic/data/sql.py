"""SELECT statements on a copy of rows: SQLite in memory, which reads the given tables and writes nothing.

The statements come from a language model, which users may talk into anything: everything that does not read the given
tables is refused, and time, memory and result are bounded.
"""

import csv
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from io import StringIO

from basic.data.sql_tables import SqlTable, quote_name
from basic.data.store import Row
from basic.errors import ScriptError
from basic.values import Value

MAX_STATEMENT_LENGTH = 10_000
MAX_RESULT_ROWS = 100
MAX_RESULT_LENGTH = 8_000
"""Characters of a result: some 2,000 tokens."""

_MAX_VALUE_BYTES = 1_000_000
_MAX_HEAP_BYTES = 128 * 1024 * 1024
"""Memory of SQLite in this process; the smallest function that runs scripts has 512 MB."""

_INSTRUCTIONS_PER_CHECK = 10_000
"""Instructions of SQLite between two checks of the time, less than a millisecond."""

_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE))

_INTERNAL = ("sqlite_", "pragma_")
"""The beginnings of the names of SQLite's own tables."""


def run_select(
    statement: str,
    tables: Sequence[SqlTable],
    read: Callable[[str], Sequence[Row]],
    has_time: Callable[[], bool],
) -> str:
    """Run a SELECT statement in the dialect of SQLite, and return its result as CSV with a header.

    Parameters
    ----------
    statement
        The statement.
    tables
        The tables that it may read.
    read
        Returns all rows of a table. Only the tables that the statement names are read.
    has_time
        Whether the statement may still run.

    Raises
    ------
    ScriptError
        If the statement is invalid, does anything but read these tables, or takes too long or too much memory; the
        message is for the author of the statement.

    Examples
    --------
    >>> orders = SqlTable("orders", (("id", "INTEGER"), ("total", "REAL")))
    >>> print(run_select("SELECT total FROM orders", [orders], lambda _: [{"id": 7, "total": 4}], lambda: True))
    total
    4.0
    """
    if len(statement) > MAX_STATEMENT_LENGTH:
        raise ScriptError(f"the statement is longer than {MAX_STATEMENT_LENGTH:,} characters")
    try:
        with closing(_open(tables)) as connection:
            for table in _list_read_tables(connection, statement, tables):
                _insert(connection, table, read(table.name))
            connection.set_progress_handler(lambda: not has_time(), _INSTRUCTIONS_PER_CHECK)
            _restrict(connection, tables)
            cursor = connection.execute(statement)
            if cursor.description is None:
                raise ScriptError("the statement is not a SELECT")
            return _format(cursor)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise ScriptError("the statement takes too long" if not has_time() else str(error)) from None
    except MemoryError:
        raise ScriptError("the statement needs too much memory") from None


def _open(tables: Sequence[SqlTable]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(f"PRAGMA hard_heap_limit = {_MAX_HEAP_BYTES}")
    # The heap limit is for temporary tables, too.
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    for table in tables:
        connection.execute(f"CREATE TABLE {table}")
    return connection


def _list_read_tables(connection: sqlite3.Connection, statement: str, tables: Sequence[SqlTable]) -> list[SqlTable]:
    """Return the tables that a statement reads: SQLite asks for each of them when it compiles the statement."""
    asked = _restrict(connection, tables)
    # EXPLAIN compiles the statement without running it.
    connection.execute(f"EXPLAIN {statement}").close()
    connection.set_authorizer(None)
    return [table for table in tables if table.name in asked]


def _restrict(connection: sqlite3.Connection, tables: Sequence[SqlTable]) -> set[str]:
    """Let a connection read only; return the set in which it puts the names of the tables that it reads."""
    names, asked = {table.name.casefold(): table.name for table in tables}, set[str]()

    def authorize(action: int, first: str | None, *_: str | None) -> int:
        if action != sqlite3.SQLITE_READ:
            # safeguard: sql-read-only
            return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        name = (first or "").casefold()
        if name in names:
            asked.add(names[name])
        return sqlite3.SQLITE_DENY if name.startswith(_INTERNAL) else sqlite3.SQLITE_OK

    connection.set_authorizer(authorize)
    return asked


def _insert(connection: sqlite3.Connection, table: SqlTable, rows: Sequence[Row]) -> None:
    places = ", ".join("?" * len(table.columns))
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO {quote_name(table.name)} VALUES ({places})", map(table.build_values, rows))  # noqa: S608 - the name is quoted
    connection.execute("COMMIT")


def _format(cursor: sqlite3.Cursor) -> str:
    result = _format_line([column for column, *_ in cursor.description])
    for number, row in enumerate(cursor):
        line = _format_line(row)
        if number == MAX_RESULT_ROWS or len(result) + len(line) > MAX_RESULT_LENGTH:
            return f"{result}(There are more rows than these {number}. Narrow the statement, or aggregate.)"
        result += line
    return result.removesuffix("\n")


def _format_line(values: Sequence[Value]) -> str:
    output = StringIO()
    csv.writer(output, lineterminator="\n").writerow(values)
    return output.getvalue()

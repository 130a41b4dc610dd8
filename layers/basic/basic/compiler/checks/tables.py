"""Checking TABLE."""

from collections.abc import Collection, Iterator

from basic.data.field_types import FIELD_TYPES
from basic.data.tables import normalize_table_name
from basic.diagnostics import Issue, Severity, suggest_name
from basic.errors import ScriptError
from basic.syntax.tree.definitions import Table


def check_table(table: Table, tables: Collection[str]) -> Iterator[Issue]:
    """Report invalid names and types of a table, and what is not supported yet.

    Parameters
    ----------
    table
        The table.
    tables
        The names of all tables of the bot, in lower case: a field may have one as its type.
    """
    yield from _check_name(table)
    if table.connection:
        message = f"ON {table.connection} has no effect: the rows of {table.name} are stored with the bot"
        yield Issue(table.position, message, Severity.WARNING)
    yield from _check_fields(table, tables)
    for field in [field for field in table.fields if field.key][1:]:
        message = f"a second key is not supported yet: only the first one identifies the rows of {table.name}"
        yield Issue(field.position, message, Severity.UNSUPPORTED)


def _check_name(table: Table) -> Iterator[Issue]:
    try:
        normalize_table_name(table.name)
    except ScriptError as error:
        # The parser has reported a missing name already.
        if table.name:
            yield Issue(table.position, str(error))


def _check_fields(table: Table, tables: Collection[str]) -> Iterator[Issue]:
    names: set[str] = set()
    for field in table.fields:
        if field.name.casefold() in names:
            yield Issue(field.position, f"duplicate field `{field.name}` in the table {table.name}")
        names.add(field.name.casefold())
        if field.type.casefold() not in tables and field.type.lower() not in FIELD_TYPES:
            hint = suggest_name(field.type, sorted(FIELD_TYPES))
            yield Issue(field.position, f"unknown field type `{field.type}`{hint}")

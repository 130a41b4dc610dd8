"""Executes FIND, SAVE, INSERT, UPDATE, DELETE and MERGE on a table store."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from basic.data.computations import compute_fields
from basic.data.fields import convert_row
from basic.data.permissions import Groups, TablePermissions
from basic.data.sql_tables import SqlTable, list_readable_tables
from basic.data.store import MergeCandidate, Row, TableStore
from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL, Filter, list_fields
from basic.filters.parser import build_filter
from basic.filters.queries import build_query
from basic.functions.encodings import to_json
from basic.host import Bound, EffectKey, TableOperation, TableRequest
from basic.program import TableDefinition
from basic.values import Value, find_key, get_entry, quote, to_text

MAX_ROW_BYTES = 256 * 1024
"""Size of a row as JSON; below the limits of stores (an item of DynamoDB has at most 400 KB)."""

MAX_SAVED_ROWS = 500
"""Rows that one SAVE of an array writes, one after the other: some 10 ms each, within a turn of 20 seconds."""

_MAX_ID_LENGTH = 500
_NAME = re.compile(r"[^\x00-\x1f#]{1,100}")
_ID_NAMESPACE = UUID("6f2f4f0e-6a4b-5d0b-9a51-0c8f2f1b7c11")
"""Generated ids are derived from the effect (UUID version 5), so a retried turn generates the same ids."""


def normalize_table_name(name: str) -> str:
    """Return the name of a table as it is stored: in lower case, without the extension of a file of rows.

    Raises
    ------
    ScriptError
        If the name is invalid.
    """
    normalized = re.sub(r"\.(csv|xlsx)$", "", name.strip().casefold())
    if not _NAME.fullmatch(normalized):
        raise ScriptError(f"{quote(name)} is not a valid table name")
    return normalized


@dataclass(frozen=True, slots=True)
class TableExecutor:
    """Executes operations on the data of a bot.

    Attributes
    ----------
    store
        The store of its rows.
    definitions
        Its TABLEs by `normalize_table_name`; a table without a definition accepts any row.
    groups
        The groups of the user the bot acts for; None for the bot itself.
    """

    store: TableStore
    definitions: Mapping[str, TableDefinition]
    groups: Groups

    def execute(self, key: EffectKey, request: TableRequest) -> Value:
        """Execute an operation; see `basic.host.TableRequest` for the results.

        Raises
        ------
        ScriptError
            If a filter is invalid, a row does not fit its table, or the user has no permission; INSERT returns such an
            error in its result.
        """
        name, definition = self._find_table(request.table)
        table = _Table(name, self.store, definition, TablePermissions(definition, self.groups))
        return _OPERATIONS[request.operation](table, key, request)

    def _find_table(self, table: str) -> tuple[str, TableDefinition | None]:
        """Return the name of a table as it is stored, and its definition.

        Scripts write `maria.orders` for TABLE orders ON maria, and `.orders` for a TABLE of the bot's own connection.
        """
        name = normalize_table_name(table)
        connection, point, short_name = name.rpartition(".")
        defined = self.definitions.get(short_name) if point and name not in self.definitions else None
        if defined is not None and connection in ("", defined.connection.casefold()):
            return short_name, defined
        return name, self.definitions.get(name)

    def list_readable(self) -> list[SqlTable]:
        """Return the TABLEs that the user may read."""
        return [*list_readable_tables(self.definitions.values(), self.groups)]

    def select(self, statement: str, tables: Sequence[SqlTable], has_time: Callable[[], bool]) -> str:
        """Return the result of a SELECT statement on some tables as CSV; see `basic.data.sql.run_select`.

        Raises
        ------
        ScriptError
            If the statement is invalid, or a table is too large to read.
        """
        from basic.data.sql import run_select  # noqa: PLC0415 - loads SQLite, which few bots use

        def read(name: str) -> list[Row]:
            return self.store.find(normalize_table_name(name), MATCH_ALL, limit=None)

        return run_select(statement, tables, read, has_time)

    def create(self, key: EffectKey, table: str, row: Row, insert: Callable[[str, str, Row], bool]) -> str:
        """Insert a row with a generated id by a function such as `TableStore.insert`, and return its id.

        Raises
        ------
        ScriptError
            If the row does not fit its table, or the user has no permission.
        """
        name, definition = self._find_table(table)
        created = _Table(name, self.store, definition, TablePermissions(definition, self.groups))
        new = created.build_candidate(created.convert(row), _generate_id(key))
        if not insert(name, new.row_id, new.row):
            raise ScriptError(f"the table {name} already has a row {quote(new.row_id)}")
        return new.row_id


@dataclass(frozen=True, slots=True)
class _Table:
    """One table, for one operation."""

    name: str
    store: TableStore
    definition: TableDefinition | None
    permissions: TablePermissions

    @property
    def id_field(self) -> str:
        columns = self.definition.columns if self.definition else ()
        return next((column.name for column in columns if column.key), "id")

    def convert(self, row: Mapping[str, Value]) -> Row:
        """Convert a row, or changes of a row, to the table's fields, if the user may write them."""
        converted = {**row} if self.definition is None else convert_row(self.definition, row)
        self.permissions.require_write(converted)
        if len(to_json(converted).encode(errors="replace")) > MAX_ROW_BYTES:
            raise ScriptError(f"a row of the table {self.name} is larger than {MAX_ROW_BYTES // 1024} KB")
        return converted

    def set_id(self, row: Mapping[str, Value], row_id: Value) -> Row:
        """Return a row with an id, if there is one."""
        return {**row} if _is_missing(row_id) else self.remove_id(row) | {self.id_field: row_id}

    def remove_id(self, row: Mapping[str, Value]) -> Row:
        """Return a row without its id, which never changes."""
        key = find_key(row, self.id_field)
        return {name: value for name, value in row.items() if name != key}

    def build_candidate(self, row: Row, generated_id: str) -> MergeCandidate:
        """Return a row with its id, or with a generated one."""
        key = find_key(row, self.id_field) or self.id_field
        value = generated_id if _is_missing(row.get(key)) else row[key]
        if isinstance(value, list | dict) or len(to_text(value)) > _MAX_ID_LENGTH:
            raise ScriptError(f"the id of a row must be a text or a number of at most {_MAX_ID_LENGTH} characters")
        return MergeCandidate(to_text(value), row | {key: value}, self.remove_id(row))


def _is_missing(value: Value) -> bool:
    return value is None or value == ""


def _find(table: _Table, _: EffectKey, request: TableRequest) -> Value:
    query = build_query(request.where)
    table.permissions.require_read(query.list_fields())
    wanted = query.get_range(request.limit)
    if wanted.start == wanted.stop:
        return []
    rows = table.store.find(table.name, query.where, limit=None if query.order else wanted.stop)
    return [table.permissions.hide_unreadable(row) for row in query.sort(rows)[wanted]]


def _insert(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    try:
        row = _name_values(table, request) if request.values else request.row
        new = table.build_candidate(table.convert(row), _generate_id(key))
    except ScriptError as error:
        return {"success": False, "error": str(error)}
    if not table.store.insert(table.name, new.row_id, new.row):
        return {"success": False, "error": f"the table {table.name} already has a row {quote(new.row_id)}"}
    return {"id": get_entry(new.row, table.id_field), "success": True}


def _save(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    if request.rows is not None:
        return _save_rows(table, key, request.rows)
    return _save_row(table, key, table.set_id(request.row, request.id))


def _save_rows(table: _Table, key: EffectKey, rows: Sequence[Value]) -> int:
    """Save rows and return how many; an invalid one is found before the first is saved."""
    if len(rows) > MAX_SAVED_ROWS:
        raise ScriptError(f"SAVE has {len(rows)} rows, and saves at most {MAX_SAVED_ROWS} at once")
    candidates = [
        table.build_candidate(table.convert(table.set_id(row, row.get("id"))), _generate_id(key, position))
        for position, row in enumerate(rows, start=1)
        if isinstance(row, dict)
    ]
    for new in candidates:
        table.store.save(table.name, new.row_id, new.row)
    return len(candidates)


def _save_row(table: _Table, key: EffectKey, row: Mapping[str, Value]) -> Value:
    new = table.build_candidate(table.convert(row), _generate_id(key))
    return table.permissions.hide_unreadable(table.store.save(table.name, new.row_id, new.row), written=new.row)


def _append(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    return _save_row(table, key, _name_values(table, request))


def _name_values(table: _Table, request: TableRequest) -> Row:
    """Return values as a row: the fields of the table in their order, or columns that the script names."""
    definition, count = table.definition, len(request.values)
    names = request.columns if definition is None else [column.name for column in definition.columns]
    if count > len(names):
        keyword = "INSERT" if request.operation == "insert" else "SAVE"
        raise ScriptError(f"{keyword} has {count} values, and the table {table.name} has {len(names)} fields")
    return dict(zip(names, request.values, strict=False))


def _update(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    where = _require_condition(table, request)
    changes = table.convert(table.remove_id(request.row))
    table.permissions.require_read(list_fields(where))
    if not request.computed:
        return table.store.update(table.name, where, changes)
    computed = {name: request.computed[name] for name in table.remove_id(dict.fromkeys(request.computed))}
    table.permissions.require_read([computation.field for computation in computed.values()])
    table.permissions.require_write(computed)

    def compute(row: Row) -> Row:
        return table.convert(changes | compute_fields(row, computed))

    return table.store.update_computed(table.name, where, compute, f"{key.turn}/{key.step}")


def _delete(table: _Table, _: EffectKey, request: TableRequest) -> Value:
    where = _require_condition(table, request)
    table.permissions.require_write(())
    table.permissions.require_read(list_fields(where))
    return table.store.delete(table.name, where)


def _merge(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    candidates: list[MergeCandidate] = []
    for position, row in enumerate(request.rows or (), start=1):
        if not isinstance(row, dict) or _is_missing(get_entry(row, request.field)):
            raise ScriptError(f"MERGE expects {request.field} in every row, and row {position} does not have it")
        candidates.append(table.build_candidate(table.convert(row), _generate_id(key, position)))
    table.permissions.require_read([request.field])
    result = table.store.merge(table.name, candidates, request.field)
    return {"inserted": result.inserted, "updated": result.updated}


_OPERATIONS: Mapping[TableOperation, Callable[[_Table, EffectKey, TableRequest], Value]] = {
    "find": _find,
    "insert": _insert,
    "save": _save,
    "append": _append,
    "update": _update,
    "delete": _delete,
    "merge": _merge,
}


def _require_condition(table: _Table, request: TableRequest) -> Filter:
    """Return the filter of a change; an empty one, which would change every row, is an error."""
    row_id = request.id.strip() if isinstance(request.id, str) else request.id
    where = build_filter(request.where if row_id is None else (f"[{table.id_field}] = ", Bound(row_id)))
    if where == MATCH_ALL:
        raise ScriptError(f'{request.operation.upper()} expects a condition, such as "id=7"')
    return where


def _generate_id(key: EffectKey, position: int = 0) -> str:
    return str(uuid5(_ID_NAMESPACE, f"{key.turn}/{key.step}/{position}"))

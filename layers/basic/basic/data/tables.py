"""The data keywords on a store: FIND, SAVE, INSERT, UPDATE, DELETE and MERGE, and what they answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from basic.data import fields, filters
from basic.data.rights import Groups, Rights
from basic.data.store import Candidate, Row, TableStore
from basic.errors import ScriptError
from basic.functions.encodings import to_json
from basic.host import EffectKey, TableOperation, TableRequest
from basic.program import TableDefinition
from basic.values import Value, find_key, get_entry, quote, to_text

MOST_BYTES = 256 * 1024
"""Of a row as JSON; stores have limits of their own that are above it (DynamoDB's is 400 KB)."""

_LONGEST_ID = 500
_NAME = re.compile(r"[^\x00-\x1f#]{1,100}")
_ROWS = UUID("6f2f4f0e-6a4b-5d0b-9a51-0c8f2f1b7c11")
"""Names of the ids that rows are given: they come of the effect, so a turn that is run again gives the same."""


def table_name(name: str) -> str:
    """Return the name of a table as its store knows it: case does not count, and a file of rows is a table.

    Raises
    ------
    ScriptError
        If it is no name.
    """
    known = re.sub(r"\.(csv|xlsx)$", "", name.strip().casefold())
    if not _NAME.fullmatch(known):
        raise ScriptError(f"{quote(name)} is no name of a table")
    return known


@dataclass(frozen=True, slots=True)
class Tables:
    """The data of a bot.

    Attributes
    ----------
    store
        Where its rows are.
    definitions
        Its TABLEs by `table_name`; a table without one takes any row.
    groups
        Those of whom the bot acts for; None for the bot itself.
    """

    store: TableStore
    definitions: Mapping[str, TableDefinition]
    groups: Groups

    def answer(self, key: EffectKey, request: TableRequest) -> Value:
        """Carry out an operation; see `basic.host.TableRequest` for what each answers.

        Raises
        ------
        ScriptError
            If a condition is none, a row does not fit its table, or it may not be done. INSERT answers that instead.
        """
        name = table_name(request.table)
        definition = self.definitions.get(name)
        table = _Table(name, self.store, definition, Rights(definition, self.groups))
        return _OPERATIONS[request.operation](table, key, request)


@dataclass(frozen=True, slots=True)
class _Table:
    """One table, for one operation."""

    name: str
    store: TableStore
    definition: TableDefinition | None
    rights: Rights

    @property
    def id_field(self) -> str:
        columns = self.definition.columns if self.definition else ()
        return next((column.name for column in columns if column.key), "id")

    def formed(self, row: Mapping[str, Value]) -> Row:
        """Return a row, or changes of one, as the table keeps it, if it may be written."""
        formed = {**row} if self.definition is None else fields.in_form(self.definition, row)
        self.rights.require_writing(formed)
        if len(to_json(formed).encode(errors="replace")) > MOST_BYTES:
            raise ScriptError(f"a row of the table {self.name} is larger than {MOST_BYTES // 1024} KB")
        return formed

    def with_id(self, row: Mapping[str, Value], given: Value) -> Row:
        """Return a row with the id that it is given, if it is given one."""
        return {**row} if _is_none(given) else self.changes(row) | {self.id_field: given}

    def changes(self, row: Mapping[str, Value]) -> Row:
        """Return a row without its id: a row stays where it is."""
        key = find_key(row, self.id_field)
        return {name: value for name, value in row.items() if name != key}

    def candidate(self, row: Row, made: str) -> Candidate:
        """Return a row with its id, or with one that is made for it."""
        key = find_key(row, self.id_field) or self.id_field
        value = made if _is_none(row.get(key)) else row[key]
        if isinstance(value, list | dict) or len(to_text(value)) > _LONGEST_ID:
            raise ScriptError(f"the id of a row is a text or a number of at most {_LONGEST_ID} characters")
        return Candidate(to_text(value), row | {key: value}, self.changes(row))


def _is_none(value: Value) -> bool:
    return value is None or value == ""


def _find(table: _Table, _: EffectKey, request: TableRequest) -> Value:
    where = filters.of(request.where)
    table.rights.require_reading(filters.fields_of(where))
    return [table.rights.seen(row) for row in table.store.find(table.name, where)]


def _insert(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    try:
        new = table.candidate(table.formed(request.row), _made_id(key))
    except ScriptError as error:
        return {"success": False, "error": str(error)}
    if not table.store.insert(table.name, new.row_id, new.row):
        return {"success": False, "error": f"the table {table.name} already has a row {quote(new.row_id)}"}
    return {"id": get_entry(new.row, table.id_field), "success": True}


def _save(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    return _saved(table, key, table.with_id(request.row, request.id))


def _saved(table: _Table, key: EffectKey, row: Mapping[str, Value]) -> Value:
    new = table.candidate(table.formed(row), _made_id(key))
    return table.rights.seen(table.store.save(table.name, new.row_id, new.row), written=new.row)


def _append(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    own = None if table.definition is None else [column.name for column in table.definition.columns]
    names = request.columns if own is None else own
    if len(request.values) > len(names):
        raise ScriptError(f"SAVE has {len(request.values)} values, and the table {table.name} has {len(names)} fields")
    return _saved(table, key, dict(zip(names, request.values, strict=False)))


def _update(table: _Table, _: EffectKey, request: TableRequest) -> Value:
    where = _some(request)
    changes = table.formed(table.changes(request.row))
    table.rights.require_reading(filters.fields_of(where))
    return table.store.update(table.name, where, changes)


def _delete(table: _Table, _: EffectKey, request: TableRequest) -> Value:
    where = _some(request)
    table.rights.require_writing(())
    table.rights.require_reading(filters.fields_of(where))
    return table.store.delete(table.name, where)


def _merge(table: _Table, key: EffectKey, request: TableRequest) -> Value:
    candidates: list[Candidate] = []
    for position, row in enumerate(request.rows, start=1):
        if not isinstance(row, dict) or _is_none(get_entry(row, request.field)):
            raise ScriptError(f"MERGE expects {request.field} in every row, and row {position} has none")
        candidates.append(table.candidate(table.formed(row), _made_id(key, position)))
    table.rights.require_reading([request.field])
    merged = table.store.merge(table.name, candidates, request.field)
    return {"inserted": merged.inserted, "updated": merged.updated}


_OPERATIONS: Mapping[TableOperation, Callable[[_Table, EffectKey, TableRequest], Value]] = {
    "find": _find,
    "insert": _insert,
    "save": _save,
    "append": _append,
    "update": _update,
    "delete": _delete,
    "merge": _merge,
}


def _some(request: TableRequest) -> filters.Filter:
    """Return the condition of a change, which must be one: an empty one would change every row."""
    found = filters.of(request.where)
    if found == filters.EVERYTHING:
        raise ScriptError(f'{request.operation.upper()} expects a condition, such as "id=7"')
    return found


def _made_id(key: EffectKey, position: int = 0) -> str:
    return str(uuid5(_ROWS, f"{key.turn}/{key.step}/{position}"))

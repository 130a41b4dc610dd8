"""Handlers of the data keywords: each makes one request to the bot's tables."""

import re
from typing import TypeIs

from basic.errors import ScriptError
from basic.filters.changes import parse_changes
from basic.filters.queries import MAX_LIMIT
from basic.filters.reader import is_field_name
from basic.functions.encodings import to_json
from basic.functions.rows import aggregate
from basic.host import Bound, FileRequest, TableRequest, Where
from basic.machine import extraction
from basic.machine.commands import Handler, Slots
from basic.machine.files import read_path
from basic.machine.rows import get_single_row
from basic.machine.run import Run
from basic.values import Value, describe_type, quote, to_number

_MAX_FOUND = 1_000
"""Rows that one FIND returns; as many may be a part of them only."""

_ID = re.compile(r"[\w-]{1,200}")


def _execute(run: Run, request: TableRequest) -> Value:
    return run.check_value(run.host.table(run.next_effect(), request))


def _save(run: Run, slots: Slots) -> Value:
    values = slots.get_array("values")
    if len(values) == 1 and _is_array_of_rows(values[0]):
        return _execute(run, TableRequest("save", slots.get_name("table"), rows=values[0]))
    match [get_single_row(values[0])] if len(values) == 1 else values:
        case [dict() as row]:
            request = TableRequest("save", slots.get_name("table"), id=row.get("id"), row=row)
        case [row_id, dict() as row]:
            request = TableRequest("save", slots.get_name("table"), id=row_id, row=row)
        case _:
            request = TableRequest("append", slots.get_name("table"), values=values, columns=slots.get_columns())
    return _execute(run, request)


def _save_from_unstructured(run: Run, slots: Slots) -> Value:
    """Save the row that a text describes. A map, or its JSON, is saved as it is: scripts write `FORMAT row AS JSON`."""
    table, value = slots.get_name("table"), slots.get_value("text")
    row = value if isinstance(value, dict) else extraction.parse_row(run.to_text(value))
    if row is None:
        definition = extraction.find_definition(table, run.program.tables)
        prompt = extraction.build_prompt(definition, run.to_text(value), run.facts)
        reply = run.host.complete(run.next_effect(), prompt)
        row = extraction.read_reply(reply, definition)
    return _execute(run, TableRequest("save", table, id=row.get("id"), row=row))


def _is_array_of_rows(value: Value) -> TypeIs[list[Value]]:
    """Return whether a value is an array with any number of maps but one, which stands for its only row."""
    return isinstance(value, list) and len(value) != 1 and all(isinstance(row, dict) for row in value)


def _insert(run: Run, slots: Slots) -> Value:
    table, values = slots.get_name("table"), slots.get_array("values") if "values" in slots else []
    match [get_single_row(value) for value in values] if len(values) == 1 else values:
        case []:
            return _execute(run, TableRequest("insert", table, row=slots.get_map("row")))
        case [dict() as row]:
            return _execute(run, TableRequest("insert", table, row=row))
        case [value]:
            raise ScriptError(f"the row must be a map, not {describe_type(value)}")
        case _:
            return _execute(run, TableRequest("insert", table, values=values, columns=slots.get_columns()))


def _update(run: Run, slots: Slots) -> Value:
    table, (where, row_id) = slots.get_name("table"), _get_condition(slots)
    request = TableRequest(
        "update", table, where=where, id=row_id, row=_get_changes(slots), computed=slots.get_computations()
    )
    return _execute(run, request)


def _get_changes(slots: Slots) -> dict[str, Value]:
    """Return the changes of an UPDATE: a map, a text such as ``state=sent``, or one field and its value."""
    if "values" in slots:
        values = slots.run.check_value(slots.get_array("values"))
        return dict(zip(slots.get_columns(), values, strict=True)) if isinstance(values, list) else {}
    if "field" in slots:
        return {slots.get_name("field"): slots.run.check_value(slots.get_value("value"))}
    if slots.has_parts("row"):
        return parse_changes(slots.get_parts("row"))
    value = slots.get_value("row")
    return parse_changes([value]) if isinstance(value, str) else slots.get_map("row")


def _delete(run: Run, slots: Slots) -> Value:
    if "file" in slots:
        return _delete_file(run, slots.get_value("file"))
    where, row_id = _get_condition(slots)
    return _execute(run, TableRequest("delete", slots.get_name("table"), where=where, id=row_id))


def _delete_file(run: Run, file: Value) -> Value:
    path = read_path(file)
    if not path:
        raise ScriptError(f"DELETE without a condition deletes a file that DIR has listed, not {describe_type(file)}")
    return run.check_value(run.host.file(run.next_effect(), FileRequest("delete", path)))


def _get_condition(slots: Slots) -> tuple[Where, Value]:
    """Return a filter, or an id that stands for one: ``UPDATE "orders", order.id, row``.

    The filter is not empty: an empty variable must not update or delete every row.
    """
    where = slots.get_where()
    if not isinstance(where, str):
        return where, None
    name = "where" if "where" in slots else "filter"
    text, value = slots.get_name(name), slots.get_value(name)
    return ("", value) if _is_id(value) else (text, None)


def _is_id(value: Value) -> bool:
    """Return whether a filter is a number or a single word, and so no condition."""
    if isinstance(value, str):
        return _ID.fullmatch(value.strip()) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _merge(run: Run, slots: Slots) -> Value:
    if "array" in slots:
        return run.check_value(_unite(_get_rows(slots, "array"), _get_rows(slots, "other")))
    rows = [slots.get_value("rows")] if isinstance(slots.get_value("rows"), dict) else slots.get_array("rows")
    slots.run.check_value(rows)
    if not all(isinstance(row, dict) for row in rows):
        raise ScriptError("the rows of a MERGE must be maps")
    return _execute(run, TableRequest("merge", slots.get_name("table"), rows=rows, field=slots.get_name("key")))


def _get_rows(slots: Slots, name: str) -> list[Value]:
    return [] if slots.get_value(name) is None else slots.get_array(name)


def _unite(array: list[Value], other: list[Value]) -> list[Value]:
    """Return the items of both arrays, each only once if it is in both."""
    first = {to_json(item) for item in array}
    return [*array, *(item for item in other if to_json(item) not in first)]


def _find(run: Run, slots: Slots) -> Value:
    limit = run.state.max_lines or None
    return _execute(run, TableRequest("find", slots.get_name("table"), where=_get_query(slots), limit=limit))


def _set_max_lines(run: Run, slots: Slots) -> Value:
    lines = to_number(slots.get_value("lines"))
    if lines < 1 or lines != int(lines):
        raise ScriptError("SET MAX LINES expects a whole number from 1")
    run.state.max_lines = min(int(lines), MAX_LIMIT)
    return None


def _get_query(slots: Slots) -> Where:
    """Return the condition of a FIND; `FIND table, field, value` has the name of a field where others have it."""
    if "value" not in slots or slots.has_parts("filter"):
        return slots.get_where()
    field, value = slots.get_name("filter"), slots.run.check_value(slots.get_value("value"))
    if not is_field_name(field):
        raise ScriptError(f"FIND table, field, value expects the name of a field, not {quote(field)}")
    clauses = slots.get_parts("clauses") if "clauses" in slots else ()
    return (f"{field} = ", Bound(value), " ", *clauses)


def _aggregate(run: Run, slots: Slots) -> Value:
    where = slots.get_where()
    parts = (where,) if isinstance(where, str) else where
    request = TableRequest("find", slots.get_name("table"), where=(*parts, f" LIMIT {_MAX_FOUND}"))
    rows = _execute(run, request)
    if not isinstance(rows, list) or len(rows) >= _MAX_FOUND:
        raise ScriptError(f"AGGREGATE of a table takes {_MAX_FOUND - 1} rows at most; give it a filter")
    return aggregate(slots.get_text("operation"), rows, slots.get_text("field"))


HANDLERS: dict[str, Handler] = {
    "SAVE": _save,
    "SAVE FROM UNSTRUCTURED": _save_from_unstructured,
    "INSERT": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
    "MERGE": _merge,
    "FIND": _find,
    "SET MAX LINES": _set_max_lines,
    "AGGREGATE TABLE": _aggregate,
}

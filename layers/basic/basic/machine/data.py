"""Handlers of the data keywords: each makes one request to the bot's tables."""

from basic.errors import ScriptError
from basic.host import TableRequest, Where
from basic.machine.commands import Handler, Slots
from basic.machine.rows import get_single_row
from basic.machine.run import Run
from basic.values import Value


def _execute(run: Run, request: TableRequest) -> Value:
    return run.check_value(run.host.table(run.next_effect(), request))


def _save(run: Run, slots: Slots) -> Value:
    values = slots.get_array("values")
    match [get_single_row(values[0])] if len(values) == 1 else values:
        case [dict() as row]:
            request = TableRequest("save", slots.get_name("table"), id=row.get("id"), row=row)
        case [row_id, dict() as row]:
            request = TableRequest("save", slots.get_name("table"), id=row_id, row=row)
        case _:
            request = TableRequest("append", slots.get_name("table"), values=values, columns=slots.get_columns())
    return _execute(run, request)


def _insert(run: Run, slots: Slots) -> Value:
    return _execute(run, TableRequest("insert", slots.get_name("table"), row=slots.get_map("row")))


def _update(run: Run, slots: Slots) -> Value:
    table, where = slots.get_name("table"), _get_condition(slots)
    return _execute(run, TableRequest("update", table, where=where, row=slots.get_map("row")))


def _delete(run: Run, slots: Slots) -> Value:
    return _execute(run, TableRequest("delete", slots.get_name("table"), where=_get_condition(slots)))


def _get_condition(slots: Slots) -> Where:
    """Return a filter that is not empty: an empty variable must not update or delete every row."""
    where = slots.get_where()
    return slots.get_name("filter") if isinstance(where, str) else where


def _merge(run: Run, slots: Slots) -> Value:
    rows = slots.get_array("rows")
    if not all(isinstance(row, dict) for row in rows):
        raise ScriptError("the rows of a MERGE must be maps")
    return _execute(run, TableRequest("merge", slots.get_name("table"), rows=rows, field=slots.get_name("key")))


def _find(run: Run, slots: Slots) -> Value:
    return _execute(run, TableRequest("find", slots.get_name("table"), where=slots.get_where()))


HANDLERS: dict[str, Handler] = {
    "SAVE": _save,
    "INSERT": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
    "MERGE": _merge,
    "FIND": _find,
}

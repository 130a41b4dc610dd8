"""Keywords that remember across sessions, and tables."""

from basic.errors import ScriptError
from basic.host import MemoryScope, TableRequest, Where
from basic.machine.commands import Handler, Slots
from basic.machine.run import Run
from basic.values import Value


def recalled(run: Run, scope: MemoryScope, name: str) -> Value:
    """Return what is remembered; empty text if nothing is."""
    value = run.host.recall(scope, name)
    return "" if value is None else run.made(value)


def _recall(scope: MemoryScope) -> Handler:
    return lambda run, slots: recalled(run, scope, slots.name("name"))


def _remember(scope: MemoryScope) -> Handler:
    def handler(run: Run, slots: Slots) -> Value:
        run.host.remember(run.effect(), scope, slots.name("name"), run.made(slots.value("value")))
        return None

    return handler


def _save(run: Run, slots: Slots) -> Value:
    values = slots.array("values")
    match values:
        case [dict() as row]:
            request = TableRequest("save", slots.name("table"), id=row.get("id"), row=row)
        case [row_id, dict() as row]:
            request = TableRequest("save", slots.name("table"), id=row_id, row=row)
        case _:
            request = TableRequest("append", slots.name("table"), values=values, columns=slots.columns())
    return run.made(run.host.table(run.effect(), request))


def _insert(run: Run, slots: Slots) -> Value:
    return run.made(run.host.table(run.effect(), TableRequest("insert", slots.name("table"), row=slots.map("row"))))


def _update(run: Run, slots: Slots) -> Value:
    request = TableRequest("update", slots.name("table"), where=_some_rows(slots), row=slots.map("row"))
    return run.made(run.host.table(run.effect(), request))


def _delete(run: Run, slots: Slots) -> Value:
    request = TableRequest("delete", slots.name("table"), where=_some_rows(slots))
    return run.made(run.host.table(run.effect(), request))


def _some_rows(slots: Slots) -> Where:
    """Return a filter that is not empty: an empty variable must not change or delete every row."""
    where = slots.where()
    return slots.name("filter") if isinstance(where, str) else where


def _merge(run: Run, slots: Slots) -> Value:
    rows = slots.array("rows")
    if not all(isinstance(row, dict) for row in rows):
        raise ScriptError("the rows of a MERGE must be maps")
    request = TableRequest("merge", slots.name("table"), rows=rows, field=slots.name("key"))
    return run.made(run.host.table(run.effect(), request))


def _find(run: Run, slots: Slots) -> Value:
    return run.made(run.host.table(run.effect(), TableRequest("find", slots.name("table"), where=slots.where())))


MEMORY: dict[str, Handler] = {
    "GET BOT MEMORY": _recall("bot"),
    "SET BOT MEMORY": _remember("bot"),
    "GET USER MEMORY": _recall("user"),
    "SET USER MEMORY": _remember("user"),
    "REMEMBER": _remember("user"),
    "SAVE": _save,
    "INSERT": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
    "MERGE": _merge,
    "FIND": _find,
}

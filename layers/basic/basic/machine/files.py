"""Handlers of the file keywords: each makes one request to the drive of the bot."""

from basic.functions.encodings import to_json
from basic.host import FileRequest
from basic.machine.commands import Handler, Slots
from basic.machine.run import Run
from basic.values import Value, to_text


def _execute(run: Run, request: FileRequest) -> Value:
    return run.check_value(run.host.file(run.next_effect(), request))


def _read(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("read", slots.get_name("path")))


def _write(run: Run, slots: Slots) -> Value:
    data = run.check_value(slots.get_value("data"))
    text = to_json(data) if isinstance(data, list | dict) else to_text(data)
    return _execute(run, FileRequest("write", slots.get_name("path"), text=text))


def _delete(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("delete", slots.get_name("path")))


def _copy(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("copy", slots.get_name("path"), slots.get_name("target")))


def _move(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("move", slots.get_name("path"), slots.get_name("target")))


def _list(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("list", slots.get_text("folder"), pattern=slots.get_text("pattern")))


HANDLERS: dict[str, Handler] = {
    "READ": _read,
    "WRITE": _write,
    "DELETE FILE": _delete,
    "COPY": _copy,
    "MOVE": _move,
    "LIST": _list,
}

"""Handlers of the file keywords: each makes one request to the drive of the bot."""

import re
from urllib.parse import unquote, urlsplit

from basic.errors import ScriptError
from basic.functions.encodings import to_json
from basic.host import EffectKey, FileRequest
from basic.http import requests
from basic.machine.commands import Handler, Slots
from basic.machine.outcome import FileLink
from basic.machine.run import Run
from basic.values import Value, quote, to_text

_MAX_NAME = 80
_ADDRESS = re.compile(r"\+[\d ()-]{6,}|[^\s@/]+@[^\s@/]+")
"""A telephone number or a mail address."""

_UNSAFE = re.compile(r"[^\w.-]+")


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


def _compress(run: Run, slots: Slots) -> Value:
    value = slots.get_value("files")
    paths = slots.get_array("files") if isinstance(value, list) else [value]
    request = FileRequest("pack", slots.get_name("archive"), paths=[to_text(path) for path in paths])
    return _execute(run, request)


def _extract(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("unpack", slots.get_name("archive"), slots.get_text("folder")))


def _download(run: Run, slots: Slots) -> Value:
    url = slots.get_name("url")
    http = requests.build_get(url, run.state.headers)
    effect = run.next_effect()
    path = slots.get_name("path") if "path" in slots else _choose_path(url, effect)
    return run.check_value(run.host.file(effect, FileRequest("download", path, http=http)))


def _choose_path(url: str, effect: EffectKey) -> str:
    """Return a path that no other download has, with the name of the file in the URL.

    >>> _choose_path("https://example.com/a/tea%20list.csv?x=1", EffectKey("turn-1", 2))
    'downloads/turn-1/2/tea_list.csv'
    """
    name = _UNSAFE.sub("_", unquote(urlsplit(url).path.rpartition("/")[2])).strip("._")
    # The turn of a webhook may be named by its caller.
    turn = _UNSAFE.sub("_", effect.turn)
    return f"downloads/{turn}/{effect.step}/{name[-_MAX_NAME:] or 'file'}"


def _send(run: Run, slots: Slots) -> Value:
    """Send a message with a file to the user of the conversation."""
    recipient, path, caption = _read_sending(run, slots)
    if recipient and not _is_user(run, recipient):
        raise ScriptError(f"SEND FILE sends to the user of the conversation only, not to {quote(recipient)}")
    match _execute(run, FileRequest("send", path)):
        case [str(name), str(content_type), str(url)]:
            run.send_message(caption or name, FileLink(name, content_type, url))
        case _:
            raise RuntimeError("the host returned no link")
    return None


def _read_sending(run: Run, slots: Slots) -> tuple[str, str, str]:
    """Return recipient, path and caption. Scripts also write the recipient before the path, without a caption."""
    caption = slots.get_text("caption").strip() if "caption" in slots else ""
    if "recipient" in slots:
        return slots.get_text("recipient").strip(), slots.get_name("path"), caption
    first = slots.get_text("path").strip()
    if caption and (first == "" or _is_user(run, first) or _ADDRESS.fullmatch(first)):
        return first, caption, ""
    return "", slots.get_name("path"), caption


def _is_user(run: Run, recipient: str) -> bool:
    return recipient.lower() in ("me", "user") or recipient == run.facts.user


HANDLERS: dict[str, Handler] = {
    "READ": _read,
    "WRITE": _write,
    "DELETE FILE": _delete,
    "COPY": _copy,
    "MOVE": _move,
    "LIST": _list,
    "SEND FILE": _send,
    "COMPRESS": _compress,
    "EXTRACT": _extract,
    "DOWNLOAD": _download,
}

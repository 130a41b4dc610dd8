"""Handlers of the file keywords: each makes one request to the drive of the bot."""

import re
from datetime import timedelta
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from basic.documents.texts import get_kind
from basic.errors import ScriptError
from basic.functions.encodings import to_json
from basic.host import EffectKey, FileRequest
from basic.http import requests
from basic.machine.commands import Handler, Slots
from basic.machine.outcome import FileLink
from basic.machine.rows import get_single_row
from basic.machine.run import Run
from basic.values import Value, get_entry, quote, to_number, to_text

_MAX_NAME = 80
_ADDRESS = re.compile(r"\+[\d ()-]{6,}|[^\s@/]+@[^\s@/]+")
"""A telephone number or a mail address."""

_UNITS = {"MINUTE": 1, "MINUTES": 1, "HOUR": 60, "HOURS": 60, "DAY": 1_440, "DAYS": 1_440}
"""Minutes of the units of the time that a link is valid."""

_TEMPLATES = frozenset({"html", "md", "txt"})
_WEB = re.compile("https?://", re.IGNORECASE)

_MAX_LIFETIME_MINUTES = 7 * 24 * 60
"""Copies of files that were sent are deleted after this time."""

_UNSAFE = re.compile(r"[^\w.-]+")


def _execute(run: Run, request: FileRequest) -> Value:
    return run.check_value(run.host.file(run.next_effect(), request))


def get_path(slots: Slots, name: str) -> str:
    """Return a path: a text that is not empty, or what HEAR, UPLOAD, GENERATE PDF and MERGE PDF have returned."""
    return read_path(slots.get_value(name)) or slots.get_name(name)


def read_path(value: Value) -> str:
    """Return the path of a file that is the map of HEAR, UPLOAD or a PDF keyword; empty if it is something else."""
    found = [get_entry(value, name) for name in ("url", "path")] if isinstance(value, dict) else []
    return next((path.strip() for path in found if isinstance(path, str)), "")


def _read(run: Run, slots: Slots) -> Value:
    if "table" in slots:
        return _execute(run, FileRequest("rows", get_path(slots, "table")))
    if "lines" in slots:
        text = _execute(run, FileRequest("read", get_path(slots, "lines")))
        return run.check_value([*to_text(text).splitlines()])
    return read_file(run, *_get_source(slots, "path"))


def read_file(run: Run, path: str, name: str = "") -> Value:
    """Return the text of a file of the bot, the rows of a workbook; the name of a file of the user is not its path."""
    return _execute(run, FileRequest("rows" if get_kind(name or path) == "xlsx" else "read", path))


def _get_source(slots: Slots, name: str) -> tuple[str, str]:
    """Return the path or address of a file that is read, and its name: HEAR returns a map with both.

    Raises
    ------
    ScriptError
        If it is empty.
    """
    value, path = slots.get_value(name), get_path(slots, name)
    named = to_text(get_entry(value, "name")) if isinstance(value, dict) else ""
    return path, named or unquote(urlsplit(path).path).rpartition("/")[2]


def _write(run: Run, slots: Slots) -> Value:
    data = run.check_value(slots.get_value("data"))
    text = to_json(data) if isinstance(data, list | dict) else to_text(data)
    return _execute(run, FileRequest("write", get_path(slots, "path"), text=text))


def _delete(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("delete", get_path(slots, "path")))


def _copy(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("copy", get_path(slots, "path"), slots.get_name("target")))


def _move(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("move", get_path(slots, "path"), slots.get_name("target")))


def _list(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("list", slots.get_text("folder"), pattern=slots.get_text("pattern")))


def _list_details(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("details", slots.get_text("folder")))


def _compress(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("pack", slots.get_name("archive"), paths=read_paths(slots, "files")))


def read_paths(slots: Slots, name: str) -> list[str]:
    """Return the paths of an array of files, or of one file."""
    value = slots.get_value(name)
    values = slots.get_array(name) if isinstance(value, list) else [value]
    return [read_path(each) or to_text(each) for each in values]


def _generate_pdf(run: Run, slots: Slots) -> Value:
    template = slots.get_name("template")
    if "path" in slots:
        path = template if "\n" in template or PurePosixPath(template).suffix else f"{template}.html"
        return _fill_template(run, path, slots.get_map("data"), slots.get_name("path"))
    values = slots.get_array("values")
    return _fill_template(run, template, _read_data(values[:-1], slots.get_columns()), to_text(values[-1]))


def _fill_template(run: Run, template: str, data: dict[str, Value], target: str) -> Value:
    is_path = "\n" not in template and get_kind(template) in _TEMPLATES
    path, text = (template, "") if is_path else ("", template)
    request = FileRequest("generate", path, target, text=text, data=data)
    return _build_pdf(_execute(run, request))


def _read_data(values: list[Value], names: list[str]) -> dict[str, Value]:
    """Return the values of a template: of a map, or those that the statement lists, by the names of their variables."""
    match [get_single_row(value) for value in values] if len(values) == 1 else values:
        case [dict() as data]:
            return data
        case _:
            return dict(zip(names, values, strict=False))


def _merge_pdf(run: Run, slots: Slots) -> Value:
    request = FileRequest("merge", "", slots.get_name("path"), paths=read_paths(slots, "files"))
    return _build_pdf(_execute(run, request))


def _build_pdf(path: Value) -> Value:
    return {"url": path, "localName": path}


def _extract(run: Run, slots: Slots) -> Value:
    return _execute(run, FileRequest("unpack", slots.get_name("archive"), slots.get_text("folder")))


def _download(run: Run, slots: Slots) -> Value:
    if "file" in slots:
        return _send_file(run, get_path(slots, "file"), slots.get_text("name").strip())
    url = slots.get_name("url")
    http = requests.build_get(url, run.state.headers)
    effect = run.next_effect()
    path = slots.get_name("path") if "path" in slots else _choose_path(url, effect)
    return run.check_value(run.host.file(effect, FileRequest("download", path, http=http)))


def _upload(run: Run, slots: Slots) -> Value:
    source, name = _get_source(slots, "file")
    effect = run.next_effect()
    filename = slots.get_name("name") if "name" in slots else _clean_name(name)
    folder = slots.get_name("folder") if "folder" in slots else _build_folder("uploads", effect)
    http = requests.build_get(source, run.state.headers) if _WEB.match(source) else None
    match run.host.file(effect, FileRequest("upload", source, f"{folder}/{filename}", http=http)):
        case [str(path), int(size), str(content_type)]:
            return {"path": path, "filename": path.rpartition("/")[2], "size": size, "type": content_type}
        case _:
            raise RuntimeError("the host returned no file")


def _choose_path(url: str, effect: EffectKey) -> str:
    """Return a path that no other download has, with the name of the file in the URL.

    >>> _choose_path("https://example.com/a/tea%20list.csv?x=1", EffectKey("turn-1", 2))
    'downloads/turn-1/2/tea_list.csv'
    """
    return f"{_build_folder('downloads', effect)}/{_clean_name(unquote(urlsplit(url).path.rpartition('/')[2]))}"


def _build_folder(name: str, effect: EffectKey) -> str:
    """Return a folder that no other effect has. The turn of a webhook may be named by its caller."""
    return f"{name}/{_UNSAFE.sub('_', effect.turn)}/{effect.step}"


def _clean_name(name: str) -> str:
    return _UNSAFE.sub("_", name).strip("._")[-_MAX_NAME:] or "file"


def _send(run: Run, slots: Slots) -> Value:
    """Send a message with a file to the user of the conversation."""
    recipient, path, caption = _read_sending(run, slots)
    if recipient and not _is_user(run, recipient):
        raise ScriptError(f"SEND FILE sends to the user of the conversation only, not to {quote(recipient)}")
    return _send_file(run, path, caption)


def _generate_link(run: Run, slots: Slots) -> Value:
    lifetime = _read_lifetime(slots) if "amount" in slots else None
    match _execute(run, FileRequest("send", get_path(slots, "path"), lifetime=lifetime)):
        case [str(), str(), str(url)]:
            return url
        case _:
            raise RuntimeError("the host returned no link")


def _read_lifetime(slots: Slots) -> timedelta:
    """Return a time such as 2 DAYS, of at most as long as a link can be valid."""
    amount, unit = to_number(slots.get_value("amount")), slots.get_text("unit").upper()
    if unit not in _UNITS:
        raise ScriptError(f"GENERATE SECURE LINK expects MINUTES, HOURS or DAYS, not {quote(unit)}")
    minutes = amount * _UNITS[unit]
    if not 1 <= minutes <= _MAX_LIFETIME_MINUTES:
        raise ScriptError("GENERATE SECURE LINK expects a time from a minute to 7 days")
    return timedelta(minutes=float(minutes))


def _send_file(run: Run, path: str, caption: str) -> Value:
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
        return slots.get_text("recipient").strip(), get_path(slots, "path"), caption
    first = get_path(slots, "path") if isinstance(slots.get_value("path"), dict) else slots.get_text("path").strip()
    if caption and (first == "" or _is_user(run, first) or _ADDRESS.fullmatch(first)):
        return first, caption, ""
    return "", get_path(slots, "path"), caption


def _is_user(run: Run, recipient: str) -> bool:
    return recipient.lower() in ("me", "user") or recipient == run.facts.user


HANDLERS: dict[str, Handler] = {
    "READ": _read,
    "WRITE": _write,
    "DELETE FILE": _delete,
    "COPY": _copy,
    "MOVE": _move,
    "LIST": _list,
    "DIR": _list_details,
    "SEND FILE": _send,
    "GENERATE SECURE LINK": _generate_link,
    "COMPRESS": _compress,
    "EXTRACT": _extract,
    "DOWNLOAD": _download,
    "GENERATE PDF": _generate_pdf,
    "MERGE PDF": _merge_pdf,
    "UPLOAD": _upload,
}

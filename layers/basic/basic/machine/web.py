"""Keywords that make HTTP requests; the host makes them, this is what they say."""

import json
import re
from xml.sax.saxutils import escape

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.machine.commands import Handler, Slots
from basic.machine.memory import recalled
from basic.machine.run import Run
from basic.values import MOST_SIZE, Value, finite, kind_of, lookup, quoted, to_text

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_XML_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_JSON = "application/json"
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'
)


def _get(run: Run, slots: Slots) -> Value:
    """Make a request, or read a variable: ``GET role`` and ``GET "session.role"`` have no address."""
    if "variable" in slots:
        value = slots.value("variable")
        if not isinstance(value, str) or not _ADDRESS.match(value):
            return "" if value is None else value
        source = value
    else:
        source = slots.name("source")
    scope, _, name = source.partition(".")
    if scope.lower() == "session" and name:
        value = run.read(name.lower(), local=False)
        return "" if value is None else value
    if scope.lower() == "user" and name:
        return recalled(run, "user", name)
    if not _ADDRESS.match(source):
        raise ScriptError(f"GET of a file is not supported yet: {quoted(source)}")
    response = _requested(run, "GET", source)
    if not _is_fine(response):
        raise ScriptError(f"GET {quoted(source)} was answered with {response.status} {response.reason}".rstrip())
    return run.made(_data(response))


def _sending(method: str) -> Handler:
    def handler(run: Run, slots: Slots) -> Value:
        return _answer(run, _requested(run, method, slots.name("url"), slots.value("data")))

    return handler


def _graphql(run: Run, slots: Slots) -> Value:
    question: Value = {
        "query": slots.text("query"),
        "variables": slots.map("variables") if "variables" in slots else {},
    }
    return _answer(run, _requested(run, "POST", slots.name("url"), question))


def _soap(run: Run, slots: Slots) -> Value:
    operation = slots.name("operation")
    values = slots.map("values") if "values" in slots else {}
    body = _ENVELOPE.format(_element(operation, values))
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{operation}"'}
    response = _requested(run, "POST", slots.name("url"), body, headers)
    return run.made({"status": response.status, "data": {"raw": response.body, "xml": response.body}})


def _element(name: str, value: Value) -> str:
    if not _XML_NAME.fullmatch(name):
        raise ScriptError(f"{quoted(name)} cannot name a part of a SOAP message")
    match value:
        case dict():
            inner = "".join(_element(key, part) for key, part in value.items())
        case list():
            return "".join(_element(name, item) for item in value)
        case _:
            inner = escape(to_text(value))
    return f"<{name}>{inner}</{name}>"


def _requested(
    run: Run, method: str, url: str, data: Value = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    body, kind = None, ""
    if isinstance(data, str):
        body, kind = data, "text/plain; charset=utf-8"
    elif data is not None:
        run.made(data)
        body, kind = json.dumps(data, ensure_ascii=False), _JSON
    sent = {"content-type": kind} if body is not None else {}
    sent |= {**(headers or {}), **run.session.headers}
    return run.host.http(run.effect(), HttpRequest(method, url, sent, body))


def _is_fine(response: HttpResponse) -> bool:
    return 200 <= response.status < 300  # noqa: PLR2004 - success, as HTTP has it


def _answer(run: Run, response: HttpResponse) -> Value:
    return run.made(
        {
            "status": response.status,
            "statusText": response.reason,
            "headers": dict(response.headers),
            "data": _data(response),
        }
    )


def _data(response: HttpResponse) -> Value:
    """Return a body: JSON as arrays and maps, also where the service does not say that it is; else the text."""
    kind = str(lookup(dict(response.headers), "content-type") or "")
    if _JSON not in kind and "+json" not in kind and response.body.lstrip()[:1] not in ("{", "["):
        return response.body
    return from_json(response.body)


def from_json(text: str) -> Value:
    """Return what JSON stands for, or the text itself if it is none or too large."""
    if len(text) > MOST_SIZE * 4:
        return text
    try:
        value: Value = json.loads(
            text, parse_int=_whole, parse_float=lambda digits: finite(float(digits)), parse_constant=_refuse
        )
    except (ValueError, RecursionError, ScriptError):
        return text
    return value


def _whole(digits: str) -> float | int:
    return finite(int(digits)) if len(digits) < 20 else finite(float(digits))  # noqa: PLR2004 - more than 64 bits


def _refuse(constant: str) -> Value:
    raise ValueError(constant)


def _set_header(run: Run, slots: Slots) -> Value:
    name, value = slots.name("name"), slots.value("value")
    if isinstance(value, list | dict):
        raise ScriptError(f"a header cannot be {kind_of(value)}")
    text = run.text(value)
    if not _HEADER_NAME.fullmatch(name) or any(not character.isprintable() for character in text):
        raise ScriptError(f"{quoted(name)} and its value cannot be a header")
    run.session.headers[name.lower()] = text
    return None


def _clear_headers(run: Run, _slots: Slots) -> Value:
    run.session.headers.clear()
    return None


WEB: dict[str, Handler] = {
    "GET": _get,
    "POST": _sending("POST"),
    "PUT": _sending("PUT"),
    "PATCH": _sending("PATCH"),
    "DELETE HTTP": _sending("DELETE"),
    "GRAPHQL": _graphql,
    "SOAP": _soap,
    "SET HEADER": _set_header,
    "CLEAR HEADERS": _clear_headers,
}

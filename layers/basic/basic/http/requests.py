"""Builds the requests of GET, POST, PUT, PATCH, DELETE HTTP and GRAPHQL."""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from basic.errors import ScriptError
from basic.functions.encodings import to_json
from basic.host import HttpRequest
from basic.http.responses import parse_json
from basic.values import Value, describe_type, to_text

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


_NAME = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_FILE_SUFFIXES = frozenset(
    (
        *("bas", "csv", "doc", "docx", "gif", "html", "jpeg", "jpg", "json", "md", "pdf", "png", "ppt", "pptx", "txt"),
        *("xls", "xlsx", "xml", "yaml", "yml", "zip"),
    )
)


def is_url(text: str) -> bool:
    """Return whether a source of ``GET`` is a URL, not the path of a file or the name of a variable."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text.strip()) is not None


def parse_variable(source: str) -> tuple[Literal["session", "user"], str] | None:
    """Return the scope and the name of the variable in ``GET "session.name"`` or ``GET "user.name"``, or None.

    ``GET "name"`` is a variable of the session too: files have a suffix or a folder.
    """
    if _NAME.fullmatch(source.strip()):
        return "session", source.strip()
    scope, _, name = source.partition(".")
    match scope.lower():
        case "session" | "user" as known_scope if name:
            return known_scope, name
        case _:
            return None


def parse_variable_path(source: str) -> list[str] | None:
    """Return the parts of ``GET "order.customer.name"``, a variable and fields in it; None if it is a file or a URL."""
    if not _PATH.fullmatch(source.strip()) or parse_variable(source) is not None:
        return None
    parts = source.strip().split(".")
    return None if parts[-1].lower() in _FILE_SUFFIXES else parts


def is_file(source: str) -> bool:
    """Return whether a source of ``GET`` is a file of the bot's drive."""
    return not is_url(source) and parse_variable(source) is None


def is_server_path(source: str) -> bool:
    """Return whether a source is a path of General Bots' own server, such as ``/api/queue``."""
    return source.strip().startswith("/")


def build_get(url: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``GET url``."""
    return HttpRequest("GET", to_text(url).strip(), {**headers})


def build_send(method: str, url: Value, data: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``POST``, ``PUT``, ``PATCH`` or ``DELETE_HTTP``; NOTHING sends no body.

    A map or an array is sent as JSON, or as a form if the script has set that content type. A text is sent unchanged;
    its content type is JSON if it is a JSON object or array.
    """
    if data is None:
        return HttpRequest(method, to_text(url).strip(), {**headers})
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
    if content_type is not None:
        return HttpRequest(method, to_text(url).strip(), {**headers}, _encode_body(data, content_type))
    content_type = "text/plain; charset=utf-8" if isinstance(data, str) and not _is_json(data) else _JSON
    body = _encode_body(data, content_type)
    return HttpRequest(method, to_text(url).strip(), {**headers, "Content-Type": content_type}, body)


def _encode_body(data: Value, content_type: str) -> str:
    if isinstance(data, dict) and content_type.lower().startswith(_FORM):
        return urlencode([(name, to_text(value)) for name, value in data.items()])
    return data if isinstance(data, str) else to_json(data)


def _is_json(text: str) -> bool:
    return isinstance(parse_json(text), list | dict)


def build_graphql(url: Value, query: Value, variables: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``GRAPHQL url, query, variables``.

    Raises
    ------
    ScriptError
        If the variables are not a map.
    """
    if not isinstance(variables, dict | None):
        raise ScriptError(f"GRAPHQL expects a map of variables, not {describe_type(variables)}")
    other_headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return build_send("POST", url, {"query": to_text(query), "variables": variables or {}}, other_headers)

"""The HTTP keywords: what they ask, and what scripts get of the answer.

``GET`` gives the answer itself; a status that is not of the 200s is an error. ``POST``, ``PUT``, ``PATCH`` and
``DELETE_HTTP`` give ``{status, statusText, headers, data}`` whatever the status. ``GRAPHQL`` gives the same, with
``data`` and ``errors`` as GraphQL answers them. An answer that is JSON is parsed.
"""

import json
import re
from collections.abc import Mapping
from typing import Literal, NoReturn
from urllib.parse import urlencode

from basic.errors import ScriptError
from basic.functions.encodings import to_json
from basic.host import HttpRequest, HttpResponse
from basic.values import Value, describe_type, to_text

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_JSON_TYPE = re.compile(r"[\w.+-]+/(?:[\w.+-]*\+)?json\s*(?:;.*)?", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Tell a URL from the path of a file and from the name of a variable, which ``GET`` takes as well."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text.strip()) is not None


def remembered(source: str) -> tuple[Literal["session", "user"], str] | None:
    """Return whose variable ``GET "session.name"`` or ``GET "user.name"`` reads, and its name; None of others."""
    scope, _, name = source.partition(".")
    match scope.lower():
        case "session" | "user" as whose if name:
            return whose, name
        case _:
            return None


def names_file(source: str) -> bool:
    """Tell whether ``GET`` would have to read a file of the bot's drive."""
    return not is_url(source) and remembered(source) is None


def get(url: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``GET url``."""
    return HttpRequest("GET", to_text(url).strip(), {**headers})


def send(method: str, url: Value, data: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``POST``, ``PUT``, ``PATCH`` or ``DELETE_HTTP``; NOTHING is no body.

    A map or an array is sent as JSON, or as a form if the script has set that content type; a text as it is, as JSON if
    it is an object or array of JSON.
    """
    if data is None:
        return HttpRequest(method, to_text(url).strip(), {**headers})
    own = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
    if own is not None:
        body = _form(data) if own.lower().startswith(_FORM) and isinstance(data, dict) else _written(data)
        return HttpRequest(method, to_text(url).strip(), {**headers}, body)
    content_type = "text/plain; charset=utf-8" if isinstance(data, str) and not _is_json(data) else _JSON
    return HttpRequest(method, to_text(url).strip(), {**headers, "Content-Type": content_type}, _written(data))


def _written(data: Value) -> str:
    return data if isinstance(data, str) else to_json(data)


def _form(data: Mapping[str, Value]) -> str:
    return urlencode([(name, to_text(value)) for name, value in data.items()])


def _is_json(text: str) -> bool:
    return isinstance(parsed(text), list | dict)


def graphql(url: Value, query: Value, variables: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``GRAPHQL url, query, variables``.

    Raises
    ------
    ScriptError
        If the variables are no map.
    """
    if not isinstance(variables, dict | None):
        raise ScriptError(f"GRAPHQL expects a map of variables, not {describe_type(variables)}")
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return send("POST", url, {"query": to_text(query), "variables": variables or {}}, others)


def got(response: HttpResponse) -> Value:
    """Return what ``GET`` gives.

    Raises
    ------
    ScriptError
        If the status is not of the 200s.
    """
    if not 200 <= response.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
        raise ScriptError(f"GET was answered with {response.status} {response.reason}".rstrip())
    return data_of(response)


def answered(response: HttpResponse) -> dict[str, Value]:
    """Return what ``POST``, ``PUT``, ``PATCH`` and ``DELETE_HTTP`` give."""
    return {
        "status": response.status,
        "statusText": response.reason,
        "headers": {**response.headers},
        "data": data_of(response),
    }


def graphql_answered(response: HttpResponse) -> dict[str, Value]:
    """Return what ``GRAPHQL`` gives: ``data`` and ``errors`` are those of GraphQL where it answered (its section 7)."""
    whole = answered(response)
    said = whole["data"]
    if isinstance(said, dict) and ("data" in said or "errors" in said):
        return whole | {"data": said.get("data"), "errors": said.get("errors")}
    return whole


def data_of(response: HttpResponse) -> Value:
    """Return a body, parsed if it is JSON: if its content type says so, or if it is an object or an array of JSON."""
    value = parsed(response.body)
    if isinstance(value, list | dict) or _JSON_TYPE.fullmatch(response.headers.get("content-type", "")):
        return value
    return response.body


def parsed(text: str) -> Value:
    """Return the value of a JSON text, or the text itself if it is none that a script could hold."""
    try:
        value: Value = json.loads(text, parse_constant=_no_constant)
        # What is not finite, not text, or nested too deep for anybody is left alone.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return text
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)

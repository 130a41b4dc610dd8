"""Builds the results of GET, POST, PUT, PATCH, DELETE HTTP and GRAPHQL from responses. A JSON body is parsed."""

import re

from basic.errors import ScriptError
from basic.host import HttpResponse
from basic.json_texts import decode_json
from basic.values import Value

_JSON_TYPE = re.compile(r"[\w.+-]+/(?:[\w.+-]*\+)?json\s*(?:;.*)?", re.IGNORECASE)


def build_get_result(response: HttpResponse) -> Value:
    """Return the result of ``GET``: the body.

    Raises
    ------
    ScriptError
        If the status is not 2xx.
    """
    if not is_success(response.status):
        raise ScriptError(f"GET failed with status {response.status} {response.reason}".rstrip())
    return parse_body(response)


def is_success(status: int) -> bool:
    """Return whether a status is 2xx (RFC 9110, section 15.3)."""
    return 200 <= status < 300  # noqa: PLR2004 - the range


def build_send_result(response: HttpResponse) -> dict[str, Value]:
    """Return the result of ``POST``, ``PUT``, ``PATCH`` and ``DELETE_HTTP``, with any status."""
    return {
        "status": response.status,
        "statusText": response.reason,
        "headers": {**response.headers},
        "data": parse_body(response),
    }


def build_graphql_result(response: HttpResponse) -> dict[str, Value]:
    """Return the result of ``GRAPHQL``: that of ``POST``, with the ``data`` and ``errors`` of a GraphQL response.

    See the GraphQL specification, section 7.
    """
    result = build_send_result(response)
    body = result["data"]
    if isinstance(body, dict) and ("data" in body or "errors" in body):
        return result | {"data": body.get("data"), "errors": body.get("errors")}
    return result


def parse_body(response: HttpResponse) -> Value:
    """Return a body, parsed if it is JSON by its content type, or if it is a JSON object or array."""
    value = parse_json(response.body)
    if isinstance(value, list | dict) or _JSON_TYPE.fullmatch(response.headers.get("content-type", "")):
        return value
    return response.body


def parse_json(text: str) -> Value:
    """Return the value of a JSON text, or the text itself if a script cannot have the value."""
    try:
        return decode_json(text)
    except ValueError:
        return text

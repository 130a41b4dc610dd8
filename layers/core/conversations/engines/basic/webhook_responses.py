"""Converts the variable ``result`` of a webhook's script to an HTTP response.

A map with ``status``, and no keys other than ``body`` and ``headers``, is a complete response. Any other value is the
body: a string as text, everything else as JSON. Without a result the response is 204 No Content.
"""

import json

from basic.errors import ScriptError
from basic.http import headers as fields
from basic.values import Value, describe_type, to_text
from conversations.domain.webhooks import WebhookResponse

MAX_BODY_BYTES = 256 * 1024
"""Bytes of a body. It is stored for retries of the delivery, in an item of DynamoDB with 400 KB (AWS quota)."""

MAX_HEADER_BYTES = 8 * 1024
"""Bytes of all headers. API Gateway sends 10 KB (AWS quota), including its own."""

_RESPONSE_KEYS = frozenset({"status", "body", "headers"})
_FORBIDDEN_PREFIXES = ("access-control-", "set-cookie", "clear-site-data", "service-worker-allowed")
"""Headers that would affect the entire site in browsers."""
_WITHOUT_BODY = frozenset({204, 304})
_NUMERIC = int | float | str


def build_response(result: Value) -> WebhookResponse:
    """Build the response from a script's result.

    Raises
    ------
    ScriptError
        If the status is out of range, a header is not allowed, or the response is too large.
    """
    if isinstance(result, dict) and _is_response(result):
        headers = _parse_headers(result.get("headers"))
        return _build(_parse_status(result["status"]), result.get("body"), headers)
    return _build(204 if result is None else 200, result, {})


def _is_response(result: dict[str, Value]) -> bool:
    """Return whether a map is a complete response rather than data: ``#{status: "ok"}`` is data."""
    return "status" in result and result.keys() <= _RESPONSE_KEYS and _parse_number(result["status"]) is not None


def _parse_number(value: Value) -> int | None:
    text = to_text(value) if isinstance(value, _NUMERIC) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - far too large


def _parse_status(value: Value) -> int:
    status = _parse_number(value)
    # 100 to 199 are interim responses, not final ones (RFC 9110, section 15.2).
    if status is None or not 200 <= status <= 599:  # noqa: PLR2004 - RFC 9110, section 15
        raise ScriptError(f"the status of a webhook's result is 200 to 599, not {to_text(value)}")
    return status


def _parse_headers(value: Value) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ScriptError(f"the headers of a webhook's result are a map, not {describe_type(value)}")
    headers = {name.strip(): to_text(text).strip() for name, text in value.items()}
    for name, text in headers.items():
        _check_header(name, text)
    if len({name.lower() for name in headers}) < len(headers):
        raise ScriptError("a webhook's result has the same header twice")
    if sum(len(name) + len(text) + 4 for name, text in headers.items()) > MAX_HEADER_BYTES:
        raise ScriptError(f"the headers of a webhook's result are larger than {MAX_HEADER_BYTES // 1024} KB")
    return headers


def _check_header(name: str, text: str) -> None:
    fields.validate(name, text)
    if name.lower().startswith(_FORBIDDEN_PREFIXES):
        raise ScriptError(f"a webhook cannot set the header {name}")


def _build(status: int, body: Value, headers: dict[str, str]) -> WebhookResponse:
    if status in _WITHOUT_BODY or body is None:
        return WebhookResponse(status, "", headers)
    content_type, text = _serialize_body(body)
    # A script can cut a surrogate pair in half, which UTF-8 cannot encode.
    encoded = text.encode(errors="replace")
    if len(encoded) > MAX_BODY_BYTES:
        raise ScriptError(f"the body of a webhook's result is larger than {MAX_BODY_BYTES // 1024} KB")
    has_content_type = any(name.lower() == "content-type" for name in headers)
    default_headers = {} if has_content_type else {"Content-Type": content_type}
    return WebhookResponse(status, encoded.decode(), default_headers | headers)


def _serialize_body(body: Value) -> tuple[str, str]:
    """Return the content type and the text of a body."""
    if isinstance(body, str):
        return "text/plain; charset=utf-8", body
    return "application/json", json.dumps(body, ensure_ascii=False)

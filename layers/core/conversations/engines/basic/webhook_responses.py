"""What a webhook's script answers: from its variable ``result`` to a response.

A map with ``status`` that has nothing besides ``body`` and ``headers`` says the whole response. Any other map, and
whatever else is no text, is sent as JSON; a text as text; without a result there is nothing to send (204).
"""

import json

from basic.errors import ScriptError
from basic.http import headers as fields
from basic.values import Value, describe_type, to_text
from conversations.domain.webhooks import WebhookResponse

MAX_BODY_BYTES = 256 * 1024
"""Of a body: it is kept for a delivery that comes again, and an item of DynamoDB has 400 KB."""

MAX_HEADER_BYTES = 8 * 1024
"""Of all headers: API Gateway sends 10 KB, its own among them."""

_WHOLE = frozenset({"status", "body", "headers"})
_OF_BROWSERS = ("access-control-", "set-cookie", "clear-site-data", "service-worker-allowed")
"""Headers with which a bot's author would speak for the whole site."""
_NO_BODY = frozenset({204, 304})
_NUMERIC = int | float | str


def build_response(result: Value) -> WebhookResponse:
    """Return the response that a result says.

    Raises
    ------
    ScriptError
        If it is none: a status that no response has, a header that may not be sent, a body that is too large.
    """
    if isinstance(result, dict) and _says_whole(result):
        own = _headers(result.get("headers"))
        return _response(_status(result["status"]), result.get("body"), own)
    return _response(204 if result is None else 200, result, {})


def _says_whole(result: dict[str, Value]) -> bool:
    """Tell a response from data: ``#{status: "ok"}`` is data."""
    return "status" in result and result.keys() <= _WHOLE and _number(result["status"]) is not None


def _number(value: Value) -> int | None:
    text = to_text(value) if isinstance(value, _NUMERIC) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - far too large


def _status(value: Value) -> int:
    status = _number(value)
    # 100 to 199 announce a response and are none (RFC 9110, section 15.2).
    if status is None or not 200 <= status <= 599:  # noqa: PLR2004 - RFC 9110, section 15
        raise ScriptError(f"the status of a webhook's result is 200 to 599, not {to_text(value)}")
    return status


def _headers(value: Value) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ScriptError(f"the headers of a webhook's result are a map, not {describe_type(value)}")
    headers = {name.strip(): to_text(each).strip() for name, each in value.items()}
    for name, text in headers.items():
        fields.validate(name, text)
        if name.lower().startswith(_OF_BROWSERS):
            raise ScriptError(f"the header {name} is not for webhooks to set")
    if len({name.lower() for name in headers}) < len(headers):
        raise ScriptError("a header of a webhook's result is there twice")
    if sum(len(name) + len(text) + 4 for name, text in headers.items()) > MAX_HEADER_BYTES:
        raise ScriptError(f"the headers of a webhook's result are larger than {MAX_HEADER_BYTES // 1024} KB")
    return headers


def _response(status: int, body: Value, own: dict[str, str]) -> WebhookResponse:
    if status in _NO_BODY or body is None:
        return WebhookResponse(status, "", own)
    if isinstance(body, str):
        content_type, text = "text/plain; charset=utf-8", body
    else:
        content_type, text = "application/json", json.dumps(body, ensure_ascii=False)
    # Half a pair of UTF-16, which a script can cut off, has no UTF-8.
    sent = text.encode(errors="replace")
    if len(sent) > MAX_BODY_BYTES:
        raise ScriptError(f"the body of a webhook's result is larger than {MAX_BODY_BYTES // 1024} KB")
    typed = {} if any(name.lower() == "content-type" for name in own) else {"Content-Type": content_type}
    return WebhookResponse(status, sent.decode(), typed | own)

"""Deliveries to webhooks, as scripts are given them."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import parse_qs

from pydantic import JsonValue

from conversations.domain.errors import InvalidRequestError
from conversations.domain.webhooks import WebhookRequest

SECRET_HEADER = "x-webhook-secret"  # noqa: S105 - the name of the header
"""What the secret is sent in; scripts are not given it."""

IDEMPOTENCY_KEY_HEADER = "idempotency-key"
"""What names a delivery that may come again (IETF draft-ietf-httpapi-idempotency-key-header)."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1_000


def get_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request by their names in lower case."""
    return {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def parse_webhook_request(event: Mapping[str, Any], text: str, now: datetime) -> WebhookRequest:
    """Read a delivery.

    Parameters
    ----------
    event
        The request, as API Gateway hands it on.
    text
        Its body.
    now
        When it came.

    Raises
    ------
    InvalidRequestError
        If its body is not what it says it is, or its ``Idempotency-Key`` is none.
    """
    headers = get_headers(event)
    key = headers.get(IDEMPOTENCY_KEY_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidRequestError(
            "Idempotency-Key: it has 1 to 255 characters of ASCII and no space.", field="Idempotency-Key"
        )
    return WebhookRequest(
        bot_id=event["pathParameters"]["bot_id"],
        name=event["pathParameters"]["name"],
        method=event["httpMethod"],
        params=_params(event.get("multiValueQueryStringParameters") or {}),
        headers={name.replace("-", "_"): value for name, value in headers.items() if name != SECRET_HEADER},
        body=_body(text, headers.get("content-type", "")),
        delivery_id=event["requestContext"]["requestId"] if key is None else key,
        repeatable=key is not None,
        now=now,
    )


def _params(given: Mapping[str, list[str]]) -> dict[str, JsonValue]:
    return {name: _one_or_all(values) for name, values in given.items()}


def _one_or_all(values: list[str]) -> JsonValue:
    return values[0] if len(values) == 1 else [*values]


def _body(text: str, content_type: str) -> JsonValue:
    """Return what was sent: JSON if it says so, or says nothing and is; a form's fields; a text; nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    if not text.strip():
        return None
    if _JSON.fullmatch(kind):
        return _parsed(text)
    if kind == _FORM:
        return _params(_fields(text))
    try:
        return text if kind else _parsed(text)
    except InvalidRequestError:
        return text


def _parsed(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text, parse_constant=_no_constant)
        # Half a pair of UTF-16 can be written in JSON and is no text.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidRequestError("body: it is not valid JSON.", field="body") from None
    return value


def _fields(text: str) -> Mapping[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidRequestError(f"body: a form has at most {_MOST_FIELDS} fields.", field="body") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)

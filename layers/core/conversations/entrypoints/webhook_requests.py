"""Parsing of webhook requests, as scripts receive them."""

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
"""The header of the secret; scripts do not receive it."""

IDEMPOTENCY_KEY_HEADER = "idempotency-key"
"""The header of the idempotency key (IETF draft-ietf-httpapi-idempotency-key-header)."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 1_000


def get_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request by their names in lower case."""
    return {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def parse_webhook_request(event: Mapping[str, Any], text: str, now: datetime) -> WebhookRequest:
    """Parse a webhook request.

    Parameters
    ----------
    event
        The event of API Gateway.
    text
        Its body.
    now
        The time of the request.

    Raises
    ------
    InvalidRequestError
        If the body does not match its content type, or the ``Idempotency-Key`` is invalid.
    """
    headers = get_headers(event)
    key = headers.get(IDEMPOTENCY_KEY_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidRequestError(
            "Idempotency-Key: must be 1 to 255 ASCII characters without spaces.", field="Idempotency-Key"
        )
    return WebhookRequest(
        bot_id=event["pathParameters"]["bot_id"],
        name=event["pathParameters"]["name"],
        method=event["httpMethod"],
        params=_build_params(event.get("multiValueQueryStringParameters") or {}),
        headers={name.replace("-", "_"): value for name, value in headers.items() if name != SECRET_HEADER},
        body=_parse_body(text, headers.get("content-type", "")),
        delivery_id=event["requestContext"]["requestId"] if key is None else key,
        repeatable=key is not None,
        now=now,
    )


def _build_params(parameters: Mapping[str, list[str]]) -> dict[str, JsonValue]:
    return {name: _unwrap_single(values) for name, values in parameters.items()}


def _unwrap_single(values: list[str]) -> JsonValue:
    return values[0] if len(values) == 1 else [*values]


def _parse_body(text: str, content_type: str) -> JsonValue:
    """Return the body: JSON if declared, or if undeclared and valid; the fields of a form; a text; None if empty."""
    kind = content_type.partition(";")[0].strip().lower()
    if not text.strip():
        return None
    if _JSON.fullmatch(kind):
        return _parse_json(text)
    if kind == _FORM:
        return _build_params(_parse_form(text))
    try:
        return text if kind else _parse_json(text)
    except InvalidRequestError:
        return text


def _parse_json(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
        # A lone surrogate is valid JSON and not valid text.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidRequestError("body: invalid JSON.", field="body") from None
    return value


def _parse_form(text: str) -> Mapping[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise InvalidRequestError(f"body: a form may have at most {_MAX_FIELDS} fields.", field="body") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)

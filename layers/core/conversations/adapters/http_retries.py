"""Which responses of HTTP servers mean that the same request may succeed later, and when."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

_TEMPORARY = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
"""Statuses below 500 after which the same request may succeed."""


def is_temporary(status: int) -> bool:
    """Return whether the same request may succeed after a response with a status."""
    return status in _TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def parse_retry_after(value: str) -> float | None:
    """Return the seconds of a ``Retry-After`` header: a number or a date (RFC 9110, section 10.2.3)."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0)
    except (TypeError, ValueError):
        # Missing, invalid, or a date without a time zone.
        return None

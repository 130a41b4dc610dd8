"""Timestamps: RFC 3339, UTC, milliseconds."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from conversations.domain.errors import InvalidRequestError

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", flags=re.ASCII | re.IGNORECASE)


def now() -> datetime:
    """Return the current time, rounded down to the millisecond that clients see."""
    return floor_to_millisecond(datetime.now(UTC))


def floor_to_millisecond(moment: datetime) -> datetime:
    """Round down to a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def format_timestamp(moment: datetime) -> str:
    """Format a time as ``2024-01-15T10:30:00.000Z``; such texts sort in the order of their times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    datetime,
    PlainSerializer(format_timestamp, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
            "description": "RFC 3339, UTC, milliseconds",
        }
    ),
]
"""A timestamp as clients see it."""


def parse_timestamp(text: str) -> datetime:
    """Parse what ``format_timestamp`` returned."""
    return datetime.fromisoformat(text)


def parse_client_timestamp(text: str, *, field: str) -> datetime:
    """Parse an RFC 3339 timestamp from a client; the offset is required.

    Raises
    ------
    InvalidRequestError
        If it is not such a timestamp; the error names ``field``.
    """
    try:
        # fromisoformat accepts more than RFC 3339, but not lower-case letters, which RFC 3339 allows (5.6).
        utc = datetime.fromisoformat(text.upper()).astimezone(UTC) if _RFC_3339.fullmatch(text) else None
    except (ValueError, OverflowError):
        utc = None
    if utc is None:
        raise InvalidRequestError(f"{field} must be a message id or an RFC 3339 timestamp with an offset.", field=field)
    return utc


def to_epoch_seconds(moment: datetime) -> int:
    """Return the whole seconds since the epoch, rounded up, as DynamoDB's TTL needs them."""
    elapsed = moment - datetime.fromtimestamp(0, UTC)
    return elapsed.days * 86_400 + elapsed.seconds + (elapsed.microseconds > 0)


def add_seconds(moment: datetime, seconds: float) -> datetime:
    """Return the time ``seconds`` after ``moment``."""
    return moment + timedelta(seconds=seconds)

"""Times: RFC 3339 in UTC with milliseconds, as every client sees them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from conversations.domain.errors import InvalidRequestError

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", flags=re.ASCII | re.IGNORECASE)


def now() -> datetime:
    """Return the current time, cut to the millisecond that clients see."""
    return floor_to_millisecond(datetime.now(UTC))


def floor_to_millisecond(moment: datetime) -> datetime:
    """Cut what is finer than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def format_timestamp(moment: datetime) -> str:
    """Write ``moment`` as ``2024-01-15T10:30:00.000Z``; texts of this form sort as their times do."""
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
"""A time as clients see it."""


def parse_timestamp(text: str) -> datetime:
    """Read what ``to_text`` wrote."""
    return datetime.fromisoformat(text)


def parse_client_timestamp(text: str, *, field: str) -> datetime:
    """Read a client's RFC 3339 time; it must say its offset.

    Raises
    ------
    InvalidRequestError
        If it is no such time; it names ``field``.
    """
    try:
        # fromisoformat knows more of ISO 8601 than RFC 3339 allows, and no small letters, which it does allow (5.6).
        utc = datetime.fromisoformat(text.upper()).astimezone(UTC) if _RFC_3339.fullmatch(text) else None
    except (ValueError, OverflowError):
        utc = None
    if utc is None:
        raise InvalidRequestError(f"{field} is neither an RFC 3339 time with an offset nor a message id.", field=field)
    return utc


def to_epoch_seconds(moment: datetime) -> int:
    """Whole seconds since the epoch, rounded up: what DynamoDB's TTL reads."""
    since = moment - datetime.fromtimestamp(0, UTC)
    return since.days * 86_400 + since.seconds + (since.microseconds > 0)


def add_seconds(moment: datetime, seconds: float) -> datetime:
    """Return the moment ``seconds`` later."""
    return moment + timedelta(seconds=seconds)

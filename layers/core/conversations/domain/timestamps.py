"""Timestamps: RFC 3339, UTC, milliseconds."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from conversations.domain.errors import InvalidRequestError

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", flags=re.ASCII | re.IGNORECASE
)
MILLISECOND = timedelta(milliseconds=1)
"""The resolution of timestamps."""

_LEAP_SECOND = "60"


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

    The result compares with a whole millisecond exactly as the timestamp does, at any precision: digits after the
    sixth only matter if the others are those of a whole millisecond, and then one microsecond represents them. A leap
    second (RFC 3339, 5.7) is between the last millisecond of its minute and the next minute.

    Raises
    ------
    InvalidRequestError
        If it is not such a timestamp; the error names ``field``.
    """
    match = _RFC_3339.fullmatch(text)
    try:
        utc = None if match is None else _parse_parts(*match.groups(default=""))
    except (ValueError, OverflowError):
        utc = None
    if utc is None:
        raise InvalidRequestError(
            f"{field} must be a message id or an RFC 3339 timestamp with an offset (in a URL, + is written %2B).",
            field=field,
        )
    return utc


def _parse_parts(minute: str, second: str, decimals: str, offset: str) -> datetime:
    is_leap_second = second == _LEAP_SECOND
    if is_leap_second:
        second, decimals = "59", "999999"
    micros = int(decimals[:6].ljust(6, "0"))
    if micros % 1_000 == 0 and decimals[6:].strip("0"):
        micros += 1
    # fromisoformat does not know the lower-case letters that RFC 3339 allows (5.6).
    utc = datetime.fromisoformat(f"{minute}{second}.{micros:06}{offset}".upper()).astimezone(UTC)
    if is_leap_second and (utc.hour, utc.minute) != (23, 59):
        raise ValueError("a leap second is the last one of a day")
    return utc


def get_next_timestamp(previous: datetime, now: datetime) -> datetime:
    """Return the time of a message: now, or the millisecond after ``previous``, because every message has its own."""
    return max(now, previous + MILLISECOND)


def to_milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds since the epoch, without float rounding."""
    elapsed = moment - datetime.fromtimestamp(0, UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000 + elapsed.microseconds // 1_000


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the time of ``to_milliseconds``."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def to_epoch_seconds(moment: datetime) -> int:
    """Return the whole seconds since the epoch, rounded up, as DynamoDB's TTL needs them."""
    elapsed = moment - datetime.fromtimestamp(0, UTC)
    return elapsed.days * 86_400 + elapsed.seconds + (elapsed.microseconds > 0)


def add_seconds(moment: datetime, seconds: float) -> datetime:
    """Return the time ``seconds`` after ``moment``."""
    return moment + timedelta(seconds=seconds)

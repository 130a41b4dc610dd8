"""REMEMBER with a duration: values of the memory that expire.

A memory stores values without a time, so the value is stored in a map with the time until which it is valid.
"""

import re
from datetime import datetime, timedelta

from basic.errors import ScriptError
from basic.values import Value, describe_type, quote

_VALUE, _EXPIRES = "$value", "$expires"
"""The keys of the map; a script cannot write them without quotes."""

_DAYS = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 365,
}
_MAX_DAYS = 36_500
_DURATION = re.compile(r"\s*(?P<count>\d{1,9}(?:\.\d{1,9})?)\s*(?:(?P<unit>[a-z]+?)s?)?\s*", re.IGNORECASE | re.ASCII)


def add_expiry(value: Value, duration: Value, now: datetime) -> Value:
    """Return a value to store that is valid for a duration; the value itself if that is forever.

    Parameters
    ----------
    value
        The value.
    duration
        A text such as ``5 minutes``, a number of days, ``forever`` or ``permanent``; a month has 30 days.
    now
        The time of the turn.

    Raises
    ------
    ScriptError
        If it is no duration.
    """
    days = _parse_days(duration)
    if days is None:
        return value
    return {_VALUE: value, _EXPIRES: (now + timedelta(days=days)).isoformat()}


def remove_expiry(stored: Value, now: datetime) -> Value:
    """Return the value of what is stored; NOTHING after its time."""
    match stored:
        case {"$value": value, "$expires": str(expires), **others} if not others:
            return value if now < datetime.fromisoformat(expires) else None
        case _:
            return stored


def _parse_days(duration: Value) -> float | None:
    match duration:
        case str() if duration.strip().lower() in ("forever", "permanent"):
            return None
        case str() if (match := _DURATION.fullmatch(duration)) is not None:
            days = float(match["count"]) * _DAYS.get((match["unit"] or "day").lower(), -1)
        case int() | float() if not isinstance(duration, bool):
            days = duration
        case _:
            days = -1
    if not 0 <= days <= _MAX_DAYS:
        shown = quote(duration) if isinstance(duration, str) else describe_type(duration)
        raise ScriptError(f'REMEMBER expects a duration of up to 100 years such as "5 minutes", not {shown}')
    return days

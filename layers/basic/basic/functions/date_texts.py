"""Texts that are dates, where an operator or a field means the date.

Only a text that is exactly a date of NOW, TODAY or DATEADD counts as one: ``2024-03-15``, ``2024-03-15 14:30:25``, also
with ``T`` and ``Z``. A number beside it is a number of days, as in Visual Basic.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from basic.errors import ScriptError
from basic.functions.parsed_dates import ParsedDate, parse_date
from basic.values import Number, Value, to_text

_DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_MAX_LENGTH = 35
_SECONDS_OF_A_DAY = 86_400

_FIELDS: Mapping[str, Callable[[datetime], Value]] = {
    "year": lambda at: at.year,
    "month": lambda at: at.month,
    "day": lambda at: at.day,
    "hour": lambda at: at.hour,
    "minute": lambda at: at.minute,
    "second": lambda at: at.second,
    "weekday": lambda at: at.isoweekday() % 7 + 1,
    "date": lambda at: at.strftime("%Y-%m-%d").rjust(10, "0"),
    "time": lambda at: at.strftime("%H:%M:%S"),
    "timestamp": lambda at: int((at - datetime(1970, 1, 1)) / timedelta(seconds=1)),  # noqa: DTZ001 - in UTC as `at`
}


def parse_date_text(value: Value) -> ParsedDate | None:
    """Return the date that a text is, or None."""
    if not isinstance(value, str) or len(value) > _MAX_LENGTH or _DATE_TEXT.fullmatch(value) is None:
        return None
    return parse_date(value)


def is_number_of_days(value: Value) -> bool:
    """Return whether a value beside a date is a number of days; a text of digits is not, because it may be a code."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def add_days(date: ParsedDate, days: Number) -> str:
    """Return a date plus some days, to the second; the sum has a time if the date has one, or the days a fraction.

    Raises
    ------
    ScriptError
        If the year is out of range.
    """
    try:
        at = date.at + timedelta(seconds=round(days * _SECONDS_OF_A_DAY))
    except OverflowError:
        raise ScriptError(f"{to_text(days)} days from {date.format()} is a year that is out of range") from None
    return replace(date, at=at, has_time=date.has_time or at.time() != time()).format()


def count_days(start: ParsedDate, end: ParsedDate) -> Number:
    """Return the days from one date to another, with the time as a fraction."""
    days = (end.at - start.at) / timedelta(days=1)
    return int(days) if days.is_integer() else days


def get_date_field(value: Value, name: str) -> Value:
    """Return a field of a date, such as the year; None if the value is not a date, or has no such field."""
    get_field = _FIELDS.get(name.lower())
    date = parse_date_text(value) if get_field else None
    return get_field(date.at) if get_field and date else None


def describe_date_fields() -> str:
    """Return the names of the fields for a message."""
    return ", ".join(_FIELDS)

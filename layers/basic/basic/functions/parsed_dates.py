"""Parses dates and times from texts and formats them.

A date is a text, so that scripts can display, store and compare it: ``2024-03-15`` or ``2024-03-15 14:30:25``, which is
ISO 8601 with a space (RFC 3339, section 5.6).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from basic.turn import TurnFacts

_DATE = r"""
    (?: (?P<y1>\d{4}) (?P<s1>[-/.]) (?P<m1>\d{1,2}) (?P=s1) (?P<d1>\d{1,2})
      | (?P<a>\d{1,2}) (?P<s2>[-/.]) (?P<b>\d{1,2}) (?P=s2) (?P<y2>\d{4}) )
"""
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"

_DATE_ONLY = re.compile(_DATE, re.VERBOSE | re.ASCII)
_DATE_TIME = re.compile(rf"{_DATE}(?:(?P<separator>[T\ ]){_TIME}{_ZONE})?", re.VERBOSE | re.ASCII | re.IGNORECASE)
_TIME_ONLY = re.compile(_TIME, re.ASCII)

_MONTH_FIRST_COUNTRIES = frozenset(("US", "AS", "GU", "MH", "MP", "PR", "UM", "VI"))
"""Countries whose ``en`` has the month first in the short date format of CLDR: the United States and territories."""


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date or a time that was parsed from a text, with the format of that text.

    Attributes
    ----------
    at
        The date and time, in UTC where the text had a time zone.
    has_date
        Whether the text had a date; without one, ``at`` has today's.
    has_time
        Whether the text had a time; without one, it is midnight.
    separator, zone
        The text between date and time and after it: ``T`` and ``Z``, or a space and nothing.
    """

    at: datetime
    has_date: bool
    has_time: bool
    separator: str = " "
    zone: str = ""

    def format(self) -> str:
        """Format the date or time as it was in the text."""
        if not self.has_time:
            return self.at.strftime("%Y-%m-%d").rjust(10, "0")
        clock = self.at.strftime("%H:%M:%S")
        if not self.has_date:
            return clock
        return f"{self.at.date().isoformat()}{self.separator}{clock}{self.zone}"


def is_month_first(locale: str) -> bool:
    """Return whether people write the month before the day. Without a country they do not, also in English."""
    language, _, country = locale.replace("_", "-").partition("-")
    return language.lower() == "en" and country.upper() in _MONTH_FIRST_COUNTRIES


def parse_day(text: str, *, month_first: bool = False) -> date | None:
    """Parse a date of digits, in the other order if it is not valid in this one; None if it is not a date."""
    match = _DATE_ONLY.fullmatch(text.strip())
    return _match_to_date(match, month_first=month_first) if match else None


def _match_to_date(match: re.Match[str], *, month_first: bool) -> date | None:
    if match["y1"]:
        return build_date(int(match["y1"]), int(match["m1"]), int(match["d1"]))
    year, month, day = int(match["y2"]), int(match["b"]), int(match["a"])
    if month_first:
        month, day = day, month
    return build_date(year, month, day) or build_date(year, day, month)


def build_date(year: int, month: int, day: int) -> date | None:
    """Return a date, or None if the calendar does not have it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_date(text: str, turn: TurnFacts | None = None) -> ParsedDate | None:
    """Parse a date, a date and a time, or (if there is a turn, on its date) a time; None if it is none of them.

    With a turn, its locale decides whether the month is before the day.
    """
    trimmed = text.strip()
    if match := _DATE_TIME.fullmatch(trimmed):
        day = _match_to_date(match, month_first=turn is not None and is_month_first(turn.locale))
        clock = _match_to_time(match)
        return None if day is None or clock is None else _combine(day, clock, match)
    if turn is not None and (match := _TIME_ONLY.fullmatch(trimmed)):
        clock = _match_to_time(match)
        return None if clock is None else ParsedDate(datetime.combine(turn.now.date(), clock), False, True)
    return None


def _match_to_time(match: re.Match[str]) -> time | None:
    if match["hour"] is None:
        return time()
    fraction = (match["fraction"] or "").ljust(6, "0")[:6]
    try:
        return time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), int(fraction))
    except ValueError:
        return None


def _combine(day: date, clock: time, match: re.Match[str]) -> ParsedDate | None:
    at, zone, separator = datetime.combine(day, clock), match["zone"], match["separator"]
    if separator is None:
        return ParsedDate(at, True, False)
    if zone is None:
        return ParsedDate(at, True, True, separator.upper())
    try:
        offset = datetime.fromisoformat(f"2000-01-01T00:00{zone.upper()}").utcoffset() or timedelta()
        return ParsedDate(at - offset, True, True, separator.upper(), "Z")
    except (ValueError, OverflowError):
        return None

"""Dates and times as texts: how they are read, how they are written back, and the functions that count with them.

A moment is a text, so that scripts can show, store and compare it: ``2024-03-15`` or ``2024-03-15 14:30:25``, which is
ISO 8601 with a space (RFC 3339, section 5.6). NOW and TODAY are in UTC.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from basic.errors import ScriptError
from basic.functions.function import Function, pure, shown, turning, whole
from basic.turn import TurnFacts
from basic.values import Number, Value, to_number, to_text

_DATE = r"""
    (?: (?P<y1>\d{4}) (?P<s1>[-/.]) (?P<m1>\d{1,2}) (?P=s1) (?P<d1>\d{1,2})
      | (?P<a>\d{1,2}) (?P<s2>[-/.]) (?P<b>\d{1,2}) (?P=s2) (?P<y2>\d{4}) )
"""
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"

_MOMENT = re.compile(rf"{_DATE}(?:(?P<gap>[T\ ]){_TIME}{_ZONE})?", re.VERBOSE | re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(_TIME, re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time that was read from a text, and the form it had there.

    Attributes
    ----------
    at
        The date and time; in UTC where the text said its zone.
    has_date
        Whether the text had a date; without one, ``at`` has today's.
    has_time
        Whether the text had a time; without one, it is midnight.
    form
        What stood between date and time, and after it: ``T`` and ``Z``, or a space and nothing.
    """

    at: datetime
    has_date: bool
    has_time: bool
    form: tuple[str, str] = (" ", "")

    def text(self) -> str:
        """Write the moment in the form that was read."""
        gap, zone = self.form
        if not self.has_time:
            return self.at.strftime("%Y-%m-%d").rjust(10, "0")
        clock = self.at.strftime("%H:%M:%S")
        if not self.has_date:
            return clock
        return f"{self.at.date().isoformat()}{gap}{clock}{zone}"


def read_date(text: str) -> date | None:
    """Read a date in any of the documented forms of digits, the day first where both readings are dates."""
    match = re.compile(_DATE, re.VERBOSE | re.ASCII).fullmatch(text.strip())
    return _date_of(match) if match else None


def _date_of(match: re.Match[str]) -> date | None:
    if match["y1"]:
        return calendar_day(int(match["y1"]), int(match["m1"]), int(match["d1"]))
    year, first, second = int(match["y2"]), int(match["a"]), int(match["b"])
    return calendar_day(year, second, first) or calendar_day(year, first, second)


def calendar_day(year: int, month: int, day: int) -> date | None:
    """Return a date, or None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_moment(text: str, turn: TurnFacts | None = None) -> Moment | None:
    """Read a date, a date and a time, or (with the turn's date) a time; None of anything else."""
    trimmed = text.strip()
    if match := _MOMENT.fullmatch(trimmed):
        day = _date_of(match)
        clock = _time_of(match)
        return None if day is None or clock is None else _joined(day, clock, match)
    if turn is not None and (match := _CLOCK.fullmatch(trimmed)):
        clock = _time_of(match)
        return None if clock is None else Moment(datetime.combine(turn.now.date(), clock), False, True)
    return None


def _time_of(match: re.Match[str]) -> time | None:
    if match["hour"] is None:
        return time()
    fraction = (match["fraction"] or "").ljust(6, "0")[:6]
    try:
        return time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), int(fraction))
    except ValueError:
        return None


def _joined(day: date, clock: time, match: re.Match[str]) -> Moment | None:
    at, zone, gap = datetime.combine(day, clock), match["zone"], match["gap"]
    if gap is None:
        return Moment(at, True, False)
    if zone is None:
        return Moment(at, True, True, (gap.upper(), ""))
    try:
        offset = datetime.fromisoformat(f"2000-01-01T00:00{zone.upper()}").utcoffset() or timedelta()
        return Moment(at - offset, True, True, (gap.upper(), "Z"))
    except (ValueError, OverflowError):
        return None


_A_DATE = 'a date such as "2024-12-31" or "2024-12-31 14:30:00"'
_A_TIME = 'a time such as "14:30" or "2024-12-31 14:30:00"'


def moment(turn: TurnFacts, value: Value, name: str, expected: str = _A_DATE) -> Moment:
    """Read an argument that must be a date or a time, as ``expected`` says.

    Raises
    ------
    ScriptError
        If it is none.
    """
    found = read_moment(value, turn) if isinstance(value, str) else None
    if found is None:
        raise ScriptError(f"{name} expects {expected}, not {shown(value)}")
    return found


def now(turn: TurnFacts) -> str:
    """Return the date and time of the turn."""
    return Moment(turn.now.astimezone(UTC), True, True).text()


def today(turn: TurnFacts) -> str:
    """Return the date of the turn."""
    return Moment(turn.now.astimezone(UTC), True, False).text()


_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SHORT = {
    "sec": "second",
    "s": "second",
    "min": "minute",
    "n": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "ww": "week",
    "mon": "month",
    "q": "quarter",
    "y": "year",
    "yyyy": "year",
}
_CLOCK_UNITS = frozenset({"second", "minute", "hour"})


def unit_of(value: Value) -> str | None:
    """Return the unit that a text names, in the singular; None if it names none."""
    if not isinstance(value, str):
        return None
    name = value.strip().lower()
    name = _SHORT.get(name, name)
    singular = name.removesuffix("s")
    return singular if singular in _SECONDS or singular in _MONTHS else None


def _unit(value: Value, name: str) -> str:
    unit = unit_of(value)
    if unit is None:
        units = ", ".join([*_SECONDS, *_MONTHS])
        raise ScriptError(f"{name} expects a unit ({units}), not {shown(value)}")
    return unit


def date_add(turn: TurnFacts, first: Value, amount: Value, last: Value) -> str:
    """Return a moment so many units later; a day that the month does not have becomes its last one.

    The documents write both ``DATEADD(date, n, unit)`` and ``DATEADD(unit, n, date)``; a unit is never a date.
    """
    if unit_of(first) is not None:
        first, last = last, first
    start, unit = moment(turn, first, "DATEADD"), _unit(last, "DATEADD")
    try:
        if unit in _MONTHS:
            at = _months_later(start.at, whole(amount, "DATEADD", "how many") * _MONTHS[unit])
        else:
            at = start.at + timedelta(seconds=_SECONDS[unit] * to_number(amount))
    except (ValueError, OverflowError):
        raise ScriptError(f"DATEADD cannot go {to_text(amount)} {unit}s from {start.text()}: no such year") from None
    has_time = start.has_time or unit in _CLOCK_UNITS or at.time() != time()
    return Moment(at, start.has_date, has_time, start.form).text()


def _months_later(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


def date_diff(turn: TurnFacts, first: Value, second: Value, last: Value = "day") -> int:
    """Count from one moment to another.

    Days, months, quarters and years are counted on the calendar (from 31 December to 1 January is a year), hours,
    minutes, seconds and weeks are whole ones that have gone by.
    """
    if unit_of(first) is not None:
        first, second, last = second, last, first
    start, end = (moment(turn, value, "DATEDIFF").at for value in (first, second))
    unit = _unit(last, "DATEDIFF")
    if unit in _MONTHS:
        return _months(end) // _MONTHS[unit] - _months(start) // _MONTHS[unit]
    if unit == "day":
        return (end.date() - start.date()).days
    return int((end - start) / timedelta(seconds=_SECONDS[unit]))


def _months(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def part(
    name: str, take: Callable[[datetime], Number], expected: str = _A_DATE
) -> Callable[[TurnFacts, Value], Number]:
    """Return the function that takes one part of a moment."""

    def taken(turn: TurnFacts, value: Value) -> Number:
        return take(moment(turn, value, name, expected).at)

    return taken


FUNCTIONS = (
    Function("NOW", turning(now), 0, 0, "The date and time of this turn, in UTC", "LEN(NOW()) = 19"),
    Function("TODAY", turning(today), 0, 0, "The date of this turn, in UTC", "TODAY() = LEFT(NOW(), 10)"),
    Function(
        "DATEADD",
        turning(date_add),
        3,
        3,
        "A date so many seconds, minutes, hours, days, weeks, months, quarters or years later",
        'DATEADD("2024-01-31", 1, "month") = "2024-02-29"',
    ),
    Function(
        "DATEDIFF",
        turning(date_diff),
        2,
        3,
        "From the first date to the second, in days or in another unit",
        'DATEDIFF("2024-02-28", "2024-03-01", "day") = 2',
    ),
    Function(
        "YEAR", turning(part("YEAR", lambda at: at.year)), 1, 1, "The year of a date", 'YEAR("2024-03-15") = 2024'
    ),
    Function(
        "MONTH",
        turning(part("MONTH", lambda at: at.month)),
        1,
        1,
        "The month of a date, 1 to 12",
        'MONTH("15/03/2024") = 3',
    ),
    Function(
        "DAY", turning(part("DAY", lambda at: at.day)), 1, 1, "The day of a date, 1 to 31", 'DAY("2024-03-15") = 15'
    ),
    Function(
        "HOUR",
        turning(part("HOUR", lambda at: at.hour, _A_TIME)),
        1,
        1,
        "The hour of a time, 0 to 23",
        'HOUR("2024-03-15 14:30:25") = 14',
    ),
    Function(
        "MINUTE",
        turning(part("MINUTE", lambda at: at.minute, _A_TIME)),
        1,
        1,
        "The minute of a time",
        'MINUTE("14:30") = 30',
    ),
    Function(
        "SECOND",
        turning(part("SECOND", lambda at: at.second, _A_TIME)),
        1,
        1,
        "The second of a time",
        'SECOND("14:30:25") = 25',
    ),
    Function(
        "WEEKDAY",
        turning(part("WEEKDAY", lambda at: at.isoweekday() % 7 + 1)),
        1,
        1,
        "The day of the week, 1 for Sunday to 7",
        'WEEKDAY("2024-03-15") = 6',
    ),
    Function(
        "ISDATE",
        pure(lambda value: isinstance(value, str) and read_moment(value) is not None),
        1,
        1,
        "Whether a text is a date",
        'ISDATE("2024-02-30") = FALSE',
    ),
)

"""Functions of dates and times. NOW and TODAY are in UTC."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from basic.errors import ScriptError
from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, describe, to_integer, with_turn, without_turn
from basic.functions.parsed_dates import ParsedDate, parse_date
from basic.turn import TurnFacts
from basic.values import Number, Value, to_number, to_text

_DATE_EXAMPLE = 'a date such as "2024-12-31" or "2024-12-31 14:30:00"'
_TIME_EXAMPLE = 'a time such as "14:30" or "2024-12-31 14:30:00"'

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_ABBREVIATIONS = {
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
_UNITS_OF_TIME = frozenset({"second", "minute", "hour"})


def to_date(turn: TurnFacts, value: Value, name: str, expected: str = _DATE_EXAMPLE) -> ParsedDate:
    """Convert an argument that must be a date or a time.

    Raises
    ------
    ScriptError
        If it is not; the message has the text of ``expected``.
    """
    parsed = parse_date(value, turn) if isinstance(value, str) else None
    if parsed is None:
        raise ScriptError(f"{name} expects {expected}, not {describe(value)}")
    return parsed


def now(turn: TurnFacts) -> str:
    """Return the date and time of the turn."""
    return ParsedDate(turn.now.astimezone(UTC), True, True).format()


def today(turn: TurnFacts) -> str:
    """Return the date of the turn."""
    return ParsedDate(turn.now.astimezone(UTC), True, False).format()


def find_unit(value: Value) -> str | None:
    """Return the unit that a text names, in the singular, or None."""
    if not isinstance(value, str):
        return None
    name = value.strip().lower()
    name = _ABBREVIATIONS.get(name, name)
    singular = name.removesuffix("s")
    return singular if singular in _SECONDS or singular in _MONTHS else None


def _to_unit(value: Value, name: str) -> str:
    unit = find_unit(value)
    if unit is None:
        units = ", ".join([*_SECONDS, *_MONTHS])
        raise ScriptError(f"{name} expects a unit ({units}), not {describe(value)}")
    return unit


def date_add(turn: TurnFacts, first: Value, amount: Value, last: Value, *, name: str = "DATEADD") -> str:
    """Add a number of units to a date; a day that the month does not have becomes the last day of the month.

    The language allows ``DATEADD(date, n, unit)``, ``DATEADD(date, unit, n)`` and ``DATEADD(unit, n, date)``; a unit is
    neither a date nor a number.
    """
    if find_unit(first) is not None:
        first, last = last, first
    elif find_unit(amount) is not None:
        amount, last = last, amount
    start, unit = to_date(turn, first, name), _to_unit(last, name)
    try:
        at = _add_units(start.at, amount, unit, name)
    except (ValueError, OverflowError):
        raise ScriptError(
            f"{name} cannot add {to_text(amount)} {unit}s to {start.format()}: the year is out of range"
        ) from None
    has_time = start.has_time or unit in _UNITS_OF_TIME or at.time() != time()
    return replace(start, at=at, has_time=has_time).format()


def _add_units(at: datetime, amount: Value, unit: str, name: str) -> datetime:
    if unit in _MONTHS:
        return _add_months(at, to_integer(amount, name, "the amount") * _MONTHS[unit])
    return at + timedelta(seconds=_SECONDS[unit] * to_number(amount))


def _add_months(at: datetime, months: int) -> datetime:
    year, month = divmod(_count_months(at) + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


def date_diff(turn: TurnFacts, first: Value, second: Value, last: Value = "day", *, name: str = "DATEDIFF") -> int:
    """Return the difference of two dates in a unit.

    Days, months, quarters and years are calendar differences (31 December to 1 January is one year); hours, minutes,
    seconds and weeks are completed ones.
    """
    if find_unit(first) is not None:
        first, second, last = second, last, first
    start, end = (to_date(turn, value, name).at for value in (first, second))
    unit = _to_unit(last, name)
    if unit in _MONTHS:
        return _count_months(end) // _MONTHS[unit] - _count_months(start) // _MONTHS[unit]
    if unit == "day":
        return (end.date() - start.date()).days
    return int((end - start) / timedelta(seconds=_SECONDS[unit]))


def _count_months(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def build_part(
    name: str, extract: Callable[[datetime], Number], expected: str = _DATE_EXAMPLE
) -> Callable[[TurnFacts, Value], Number]:
    """Return the function that extracts one part of a date."""

    def part(turn: TurnFacts, value: Value) -> Number:
        return extract(to_date(turn, value, name, expected).at)

    return part


FUNCTIONS = (
    BuiltinFunction(
        "NOW", with_turn(now), 0, 0, "The date and time of this turn, in UTC", "LEN(NOW()) = 19", cost=costs.constant
    ),
    BuiltinFunction(
        "TODAY",
        with_turn(today),
        0,
        0,
        "The date of this turn, in UTC",
        "TODAY() = LEFT(NOW(), 10)",
        cost=costs.constant,
    ),
    BuiltinFunction(
        "DATEADD",
        with_turn(date_add),
        3,
        3,
        "A date plus a number of seconds, minutes, hours, days, weeks, months, quarters or years",
        'DATEADD("2024-01-31", 1, "month") = "2024-02-29"',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "DATEDIFF",
        with_turn(date_diff),
        2,
        3,
        "The time from the first date to the second, in days or in another unit",
        'DATEDIFF("2024-02-28", "2024-03-01", "day") = 2',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "YEAR",
        with_turn(build_part("YEAR", lambda at: at.year)),
        1,
        1,
        "The year of a date",
        'YEAR("2024-03-15") = 2024',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "MONTH",
        with_turn(build_part("MONTH", lambda at: at.month)),
        1,
        1,
        "The month of a date, 1 to 12",
        'MONTH("15/03/2024") = 3',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "DAY",
        with_turn(build_part("DAY", lambda at: at.day)),
        1,
        1,
        "The day of a date, 1 to 31",
        'DAY("2024-03-15") = 15',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "HOUR",
        with_turn(build_part("HOUR", lambda at: at.hour, _TIME_EXAMPLE)),
        1,
        1,
        "The hour of a time, 0 to 23",
        'HOUR("2024-03-15 14:30:25") = 14',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "MINUTE",
        with_turn(build_part("MINUTE", lambda at: at.minute, _TIME_EXAMPLE)),
        1,
        1,
        "The minute of a time",
        'MINUTE("14:30") = 30',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "SECOND",
        with_turn(build_part("SECOND", lambda at: at.second, _TIME_EXAMPLE)),
        1,
        1,
        "The second of a time",
        'SECOND("14:30:25") = 25',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "WEEKDAY",
        with_turn(build_part("WEEKDAY", lambda at: at.isoweekday() % 7 + 1)),
        1,
        1,
        "The day of the week, 1 for Sunday to 7",
        'WEEKDAY("2024-03-15") = 6',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "ISDATE",
        without_turn(lambda value: isinstance(value, str) and parse_date(value) is not None),
        1,
        1,
        "Whether a text is a date",
        'ISDATE("2024-02-30") = FALSE',
        cost=costs.constant,
    ),
)

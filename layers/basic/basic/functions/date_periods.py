"""Functions of periods, which scripts of General Bots use: DATEADD and DATEDIFF with the unit in the name."""

from collections.abc import Callable
from functools import partial

from basic import arithmetic
from basic.errors import ScriptError
from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, with_turn, without_turn
from basic.functions.dates import date_add, date_diff, to_date
from basic.turn import TurnFacts
from basic.values import Number, Value, to_number

_EXAMPLES = {
    "second": ('"2024-03-01 10:00:00", "2024-03-01 10:00:30"', 30, '"2024-03-01 10:00:30"'),
    "minute": ('"2024-03-01 10:00:00", "2024-03-01 10:30:00"', 30, '"2024-03-01 10:30:00"'),
    "hour": ('"2024-03-01 10:00:00", "2024-03-01 12:00:00"', 2, '"2024-03-01 12:00:00"'),
    "day": ('"2024-02-28", "2024-03-01"', 2, '"2024-03-01"'),
    "week": ('"2024-02-28", "2024-03-06"', 1, '"2024-03-06"'),
    "month": ('"2024-01-15", "2024-03-15"', 2, '"2024-03-15"'),
    "year": ('"2023-03-15", "2024-03-15"', 1, '"2024-03-15"'),
}
"""For each unit two dates, the difference between them, and the second one as it is written."""


def _between(name: str, unit: str, turn: TurnFacts, first: Value, second: Value) -> Value:
    return date_diff(turn, first, second, unit, name=name)


def _add(name: str, unit: str, turn: TurnFacts, date: Value, amount: Value) -> Value:
    return date_add(turn, date, amount, unit, name=name)


def date_value(turn: TurnFacts, value: Value) -> str:
    """Return a date or a time in the form that NOW and TODAY have."""
    return to_date(turn, value, "DATEVALUE").format()


def _build_between(unit: str) -> BuiltinFunction:
    dates, difference, _ = _EXAMPLES[unit]
    name = f"{unit.upper()}S_BETWEEN"
    summary = f"The {unit}s from the first date to the second, as DATEDIFF counts them"
    return _build(name, partial(_between, name, unit), summary, f"{name}({dates}) = {difference}")


def _build_add(unit: str) -> BuiltinFunction:
    dates, difference, result = _EXAMPLES[unit]
    name = f"ADD_{unit.upper()}S"
    start = dates.partition(",")[0]
    return _build(
        name, partial(_add, name, unit), f"A date plus a number of {unit}s", f"{name}({start}, {difference}) = {result}"
    )


def _build(name: str, call: Callable[[TurnFacts, Value, Value], Value], summary: str, example: str) -> BuiltinFunction:
    return BuiltinFunction(name, with_turn(call), 2, 2, summary, example, cost=costs.constant)


def _count_days(name: str, per_day: int, amount: Value) -> Number:
    try:
        return arithmetic.divide(to_number(amount), per_day)
    except ScriptError as error:
        raise ScriptError(f"{name} expects a number, and {error}") from None


def _build_period(name: str, per_day: int) -> BuiltinFunction:
    return BuiltinFunction(
        name,
        without_turn(partial(_count_days, name, per_day)),
        1,
        1,
        f"A number of {name.lower()} as days, to add to a date: `NOW() + {name}(1)`",
        f"{name}({per_day}) = 1",
        cost=costs.constant,
    )


_PER_DAY = {"DAYS": 1, "HOURS": 24, "MINUTES": 1_440, "SECONDS": 86_400}

FUNCTIONS = (
    *map(_build_between, _EXAMPLES),
    *map(_build_add, _EXAMPLES),
    *(_build_period(name, per_day) for name, per_day in _PER_DAY.items()),
    BuiltinFunction(
        "DATEVALUE",
        with_turn(date_value),
        1,
        1,
        "A date as year, month and day",
        'DATEVALUE("15/03/2024") = "2024-03-15"',
        cost=costs.constant,
    ),
)

"""Functions of numbers. Rounding is half away from zero, on the decimals that are displayed."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from basic.errors import ScriptError
from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, to_integer, with_turn, without_turn
from basic.turn import TurnFacts
from basic.values import Number, Value, parse_numeric, to_finite, to_number, to_text

_EXACT = Context(prec=1_000)
"""Enough digits for the 309 that a float can have before the point and for the decimals of the longest pattern."""

_RADIX = 10

MAX_DECIMAL_PLACES = 15
"""A float is precise to 15 digits."""


def round_half_up(number: Number | Decimal, places: int) -> Decimal:
    """Round to decimal places, halves away from zero; 2.675 rounds as it is displayed, not as the float below it."""
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)


def round_to(value: Value, places: Value = 0) -> Number:
    """Round a number to decimal places; a negative count rounds to tens and hundreds."""
    count = to_integer(places, "ROUND", "the number of places")
    if abs(count) > MAX_DECIMAL_PLACES:
        raise ScriptError(f"ROUND expects up to {MAX_DECIMAL_PLACES} places, not {count}")
    result = round_half_up(to_number(value), count)
    return to_finite(int(result)) if count <= 0 else to_finite(float(result))


def truncate(value: Value) -> int:
    """Cut off the decimals."""
    return _check_integer(math.trunc(to_number(value)))


def floor(value: Value) -> int:
    """Round down to a whole number."""
    return _check_integer(math.floor(to_number(value)))


def ceiling(value: Value) -> int:
    """Round up to a whole number."""
    return _check_integer(math.ceil(to_number(value)))


def _check_integer(number: int) -> int:
    if to_finite(number) != number or isinstance(to_finite(number), float):
        raise ScriptError(f"{to_text(float(number))} is too large for a whole number")
    return number


def parse_number(value: Value) -> Number:
    """Parse a text as a number; 0 if it is not one."""
    if isinstance(value, str):
        return parse_numeric(value) or 0
    return 0 if isinstance(value, list | dict) else to_number(value)


def square_root(value: Value) -> Number:
    """Return the square root."""
    number = to_number(value)
    if number < 0:
        raise ScriptError(f"SQRT expects a number of at least 0, not {to_text(number)}")
    return math.sqrt(number)


def sign(value: Value) -> int:
    """Return -1, 0 or 1."""
    number = to_number(value)
    return (number > 0) - (number < 0)


def random(turn: TurnFacts, minimum: Value = None, maximum: Value = None) -> Number:
    """Return a random number between two, both included, or from 0 up to but not including 1."""
    if minimum is None and maximum is None:
        return turn.random.random()
    if minimum is None or maximum is None:
        raise ScriptError("RANDOM expects a minimum and a maximum, or no arguments")
    low, high = to_number(minimum), to_number(maximum)
    if low > high:
        raise ScriptError(f"RANDOM expects the smaller number first, not {to_text(low)} and {to_text(high)}")
    if low == int(low) and high == int(high):
        return turn.random.randint(int(low), int(high))
    return turn.random.uniform(low, high)


def parse_integer(value: Value, radix: Value = 10) -> int:
    """Parse a text as a number without its decimals; 0 if it is not one."""
    if to_number(radix) != _RADIX:
        raise ScriptError(f"PARSEINT expects the base 10, not {to_text(radix)}")
    return truncate(parse_number(value))


FUNCTIONS = (
    BuiltinFunction(
        "PARSEINT",
        without_turn(parse_integer),
        1,
        2,
        "A text as a whole number; 0 if it is not a number",
        'PARSEINT("12.9") = 12',
    ),
    BuiltinFunction(
        "VAL",
        without_turn(parse_number),
        1,
        1,
        "A text as a number; 0 if it is not one",
        'VAL(" 12.50 ") = 12.5',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "ROUND",
        without_turn(round_to),
        1,
        2,
        "Rounded to decimal places (0 by default), halves away from zero",
        "ROUND(2.675, 2) = 2.68",
        cost=costs.constant,
    ),
    BuiltinFunction("INT", without_turn(truncate), 1, 1, "Without the decimals", "INT(-2.7) = -2", cost=costs.constant),
    BuiltinFunction(
        "FLOOR", without_turn(floor), 1, 1, "Rounded down to a whole number", "FLOOR(-2.5) = -3", cost=costs.constant
    ),
    BuiltinFunction(
        "CEILING", without_turn(ceiling), 1, 1, "Rounded up to a whole number", "CEILING(2.1) = 3", cost=costs.constant
    ),
    BuiltinFunction(
        "ABS",
        without_turn(lambda value: to_finite(abs(to_number(value)))),
        1,
        1,
        "The absolute value",
        "ABS(-3) = 3",
        cost=costs.constant,
    ),
    BuiltinFunction("SGN", without_turn(sign), 1, 1, "The sign: -1, 0 or 1", "SGN(-3) = -1", cost=costs.constant),
    BuiltinFunction("SQRT", without_turn(square_root), 1, 1, "The square root", "SQRT(9) = 3", cost=costs.constant),
    BuiltinFunction(
        "RANDOM",
        with_turn(random),
        0,
        2,
        "A random number between two, both included; without arguments from 0 up to 1",
        "RANDOM(7, 7) = 7",
        cost=costs.constant,
    ),
    BuiltinFunction(
        "RND",
        with_turn(lambda turn: turn.random.random()),
        0,
        0,
        "A random number from 0 up to 1",
        "INT(RND()) = 0",
        cost=costs.constant,
    ),
)

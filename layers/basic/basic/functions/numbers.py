"""Functions of numbers. What is rounded is rounded as people do it: halves away from zero, on the decimals one sees."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from basic.errors import ScriptError
from basic.functions.function import Function, pure, turning, whole
from basic.turn import TurnFacts
from basic.values import Number, Value, parse_numeric, to_finite, to_number, to_text

_EXACT = Context(prec=1_000)
"""Room for the 309 digits a float can have before the point, and for all that a pattern can ask for after it."""

MOST_PLACES = 15
"""A float is not sure of more digits."""


def rounded(number: Number | Decimal, places: int) -> Decimal:
    """Round to decimal places, halves away from zero; 2.675 is the 2.675 one sees, not the float a little below it."""
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)


def round_to(value: Value, places: Value = 0) -> Number:
    """Return a number with so many decimal places; a negative count rounds tens and hundreds."""
    count = whole(places, "ROUND", "how many places")
    if abs(count) > MOST_PLACES:
        raise ScriptError(f"ROUND expects up to {MOST_PLACES} places, not {count}")
    result = rounded(to_number(value), count)
    return to_finite(int(result)) if count <= 0 else to_finite(float(result))


def integer(value: Value) -> int:
    """Cut off the decimals."""
    return _whole(math.trunc(to_number(value)))


def floor(value: Value) -> int:
    """Return the next whole number that is not above."""
    return _whole(math.floor(to_number(value)))


def ceiling(value: Value) -> int:
    """Return the next whole number that is not below."""
    return _whole(math.ceil(to_number(value)))


def _whole(number: int) -> int:
    if to_finite(number) != number or isinstance(to_finite(number), float):
        raise ScriptError(f"{to_text(float(number))} is too large for a whole number")
    return number


def value_of(value: Value) -> Number:
    """Return a text as a number, 0 when it is none."""
    if isinstance(value, str):
        return parse_numeric(value) or 0
    return 0 if isinstance(value, list | dict) else to_number(value)


def root(value: Value) -> Number:
    """Return the square root."""
    number = to_number(value)
    if number < 0:
        raise ScriptError(f"SQRT expects a number that is not below 0, not {to_text(number)}")
    return math.sqrt(number)


def sign(value: Value) -> int:
    """Return -1, 0 or 1."""
    number = to_number(value)
    return (number > 0) - (number < 0)


def random(turn: TurnFacts, least: Value = None, most: Value = None) -> Number:
    """Return a random number: between two, the ends included, or from 0 up to but not including 1."""
    if least is None and most is None:
        return turn.random.random()
    if least is None or most is None:
        raise ScriptError("RANDOM expects two numbers, the least and the most, or none")
    low, high = to_number(least), to_number(most)
    if low > high:
        raise ScriptError(f"RANDOM expects the smaller number first, not {to_text(low)} and {to_text(high)}")
    if low == int(low) and high == int(high):
        return turn.random.randint(int(low), int(high))
    return turn.random.uniform(low, high)


FUNCTIONS = (
    Function("VAL", pure(value_of), 1, 1, "A text as a number, 0 when it is none", 'VAL(" 12.50 ") = 12.5'),
    Function(
        "ROUND",
        pure(round_to),
        1,
        2,
        "Rounded to so many decimal places (none), halves away from zero",
        "ROUND(2.675, 2) = 2.68",
    ),
    Function("INT", pure(integer), 1, 1, "Without the decimals", "INT(-2.7) = -2"),
    Function("FLOOR", pure(floor), 1, 1, "The next whole number that is not above", "FLOOR(-2.5) = -3"),
    Function("CEILING", pure(ceiling), 1, 1, "The next whole number that is not below", "CEILING(2.1) = 3"),
    Function("ABS", pure(lambda value: to_finite(abs(to_number(value)))), 1, 1, "Without the sign", "ABS(-3) = 3"),
    Function("SGN", pure(sign), 1, 1, "The sign: -1, 0 or 1", "SGN(-3) = -1"),
    Function("SQRT", pure(root), 1, 1, "The square root", "SQRT(9) = 3"),
    Function(
        "RANDOM",
        turning(random),
        0,
        2,
        "A random number between two, both included; without arguments one from 0 up to 1",
        "RANDOM(7, 7) = 7",
    ),
    Function(
        "RND", turning(lambda turn: turn.random.random()), 0, 0, "A random number from 0 up to 1", "INT(RND()) = 0"
    ),
)

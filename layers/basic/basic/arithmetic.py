"""Arithmetic on the decimals that are displayed, so that sums of cents are exact and 0.1 + 0.2 is 0.3.

A number with decimals is stored as a float, which is precise to 15 digits. It is added, subtracted, multiplied and
divided as the decimal number that a script displays, and the result is rounded to 15 digits again. Whole numbers are
exact anyway.
"""

import math
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

from basic.errors import ScriptError
from basic.values import Number, to_finite

_DISPLAYED = Context(prec=15, rounding=ROUND_HALF_EVEN)
_QUOTIENT = Context(prec=17, rounding=ROUND_HALF_EVEN)
"""17 digits determine a float, so a third times three is one."""

_EXACT = Context(prec=1_000)
"""Enough digits for the quotient and the remainder of any two floats."""

_MAX_DISPLAYED = 1e15
"""From here on a float has no room for 15 digits and decimals; its own arithmetic is more precise."""


def add(left: Number, right: Number) -> Number:
    """Return the sum of two numbers."""
    result = left + right
    if isinstance(result, int) or not abs(result) < _MAX_DISPLAYED:
        return result
    return float(_DISPLAYED.add(_to_decimal(left), _to_decimal(right)))


def subtract(left: Number, right: Number) -> Number:
    """Return the difference of two numbers."""
    return add(left, -right)


def multiply(left: Number, right: Number) -> Number:
    """Return the product of two numbers."""
    result = left * right
    if isinstance(result, int) or not abs(result) < _MAX_DISPLAYED:
        return result
    return float(_DISPLAYED.multiply(_to_decimal(left), _to_decimal(right)))


def divide(left: Number, right: Number) -> Number:
    """Return the quotient of two numbers.

    Raises
    ------
    ScriptError
        If the divisor is 0.
    """
    _require_not_zero(right)
    if isinstance(left, int) and isinstance(right, int):
        return left / right if left % right else left // right
    return float(_QUOTIENT.divide(_to_decimal(left), _to_decimal(right)))


def divide_integer(left: Number, right: Number) -> Number:
    r"""Return the quotient of ``\``, without its decimals.

    Raises
    ------
    ScriptError
        If the divisor is 0, or the quotient is too large.
    """
    _require_not_zero(right)
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return int(_EXACT.divide_int(_to_decimal(left), _to_decimal(right)))


def get_remainder(left: Number, right: Number) -> Number:
    """Return the remainder of MOD, which has the sign of the dividend.

    Raises
    ------
    ScriptError
        If the divisor is 0.
    """
    _require_not_zero(right)
    if isinstance(left, int) and isinstance(right, int):
        return left - right * int(divide_integer(left, right))
    return float(_EXACT.remainder(_to_decimal(left), _to_decimal(right)))


def raise_to_power(base: Number, exponent: Number) -> Number:
    """Return a power.

    Raises
    ------
    ScriptError
        If it is not a number, or too large.
    """
    try:
        result = math.pow(base, exponent)
    except ValueError as error:
        raise ScriptError(f"{base} ^ {exponent} is not a number") from error
    except OverflowError as error:
        raise ScriptError("the number is too large") from error
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0 and abs(result) < 2**53:
        return int(result)
    return float(_DISPLAYED.create_decimal_from_float(result)) if abs(result) < _MAX_DISPLAYED else result


def sum_up(numbers: Iterable[Number]) -> Number:
    """Return the sum of some numbers."""
    total: Number = 0
    for number in numbers:
        total = to_finite(add(total, number))
    return total


def _to_decimal(number: Number) -> Decimal:
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _require_not_zero(number: Number) -> None:
    if number == 0:
        raise ScriptError("division by 0")


type Arithmetic = Callable[[Number, Number], Number]
"""Computes the value of an operator."""

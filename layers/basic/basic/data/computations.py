"""New values of fields that are computed from a row, as in ``UPDATE t SET stock = stock - 1``."""

from collections.abc import Callable, Mapping

from basic import arithmetic
from basic.data.store import Row
from basic.errors import ScriptError
from basic.filters.filter import get_field
from basic.functions.date_texts import add_days, count_days, is_number_of_days, parse_date_text
from basic.host import Computation
from basic.values import Value, parse_numeric, to_finite, to_number, to_text


def compute_fields(row: Row, computations: Mapping[str, Computation]) -> Row:
    """Return the new values of fields, all computed from the row as it is.

    A text that is a number counts as one beside a number, because a stored field may be an answer of a user.

    Raises
    ------
    ScriptError
        If a value cannot be computed.
    """
    changes: Row = {}
    for name, computation in computations.items():
        value = get_field(row, computation.field)
        try:
            for operator, operand in computation.steps:
                value = _OPERATORS[operator](value, operand)
        except ScriptError as error:
            raise ScriptError(f"{name} cannot be computed from {computation.field}: {error}") from None
        changes[name] = value
    return changes


def _add(left: Value, right: Value) -> Value:
    date = parse_date_text(left)
    if date is not None and is_number_of_days(right):
        return add_days(date, to_number(right))
    is_joined = isinstance(left, str) and isinstance(right, str)
    if is_joined or not (_is_number(left) and _is_number(right)):
        return to_text(left) + to_text(right)
    return to_finite(arithmetic.add(to_number(left), to_number(right)))


def _subtract(left: Value, right: Value) -> Value:
    date = parse_date_text(left)
    if date is not None and is_number_of_days(right):
        return add_days(date, -to_number(right))
    if date is not None and (other := parse_date_text(right)) is not None:
        return count_days(other, date)
    return to_finite(arithmetic.subtract(to_number(left), to_number(right)))


def _is_number(value: Value) -> bool:
    return parse_numeric(value) is not None if isinstance(value, str) else not isinstance(value, list | dict)


_OPERATORS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": _add,
    "-": _subtract,
    "*": lambda left, right: to_finite(arithmetic.multiply(to_number(left), to_number(right))),
    "/": lambda left, right: to_finite(arithmetic.divide(to_number(left), to_number(right))),
    "&": lambda left, right: to_text(left) + to_text(right),
}

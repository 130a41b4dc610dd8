"""The operators of the language."""

from collections.abc import Callable
from typing import Any

from basic import arithmetic
from basic.arithmetic import Arithmetic
from basic.filters.comparison import MAX_PATTERN_LENGTH, is_like
from basic.functions.date_texts import add_days, count_days, is_number_of_days, parse_date_text
from basic.machine.rows import is_no_row
from basic.machine.run import Operation, Run
from basic.sizes import measure_size
from basic.values import (
    Value,
    compare,
    contains,
    is_equal,
    is_truthy,
    to_finite,
    to_number,
)


def _add(run: Run, _first: Any, _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    stack = run.frame.stack
    right = stack.pop()
    left = stack[-1]
    if (moved := _move_date(left, right)) is not None:
        stack[-1] = moved
    elif isinstance(left, str) or isinstance(right, str):
        stack[-1] = run.check_value(run.to_text(left) + run.to_text(right))
    else:
        stack[-1] = to_finite(arithmetic.add(to_number(left), to_number(right)))


def _move_date(left: Value, right: Value) -> str | None:
    """Return the sum of a date and a number of days; None if the operands are something else."""
    if is_number_of_days(right):
        date, days = parse_date_text(left), right
    elif is_number_of_days(left):
        date, days = parse_date_text(right), left
    else:
        return None
    return None if date is None else add_days(date, to_number(days))


def _subtract(run: Run, _first: object, _second: object) -> None:
    stack = run.frame.stack
    right = stack.pop()
    left = stack[-1]
    start = parse_date_text(left)
    if start is not None and is_number_of_days(right):
        stack[-1] = add_days(start, -to_number(right))
    elif start is not None and (end := parse_date_text(right)) is not None:
        stack[-1] = count_days(end, start)
    else:
        stack[-1] = to_finite(arithmetic.subtract(to_number(left), to_number(right)))


def _concatenate(run: Run, _first: object, _second: object) -> None:
    right = run.frame.stack.pop()
    run.frame.stack[-1] = run.check_value(run.to_text(run.frame.stack[-1]) + run.to_text(right))


def _arithmetic(compute: Arithmetic) -> Operation:
    def operation(run: Run, _first: object, _second: object) -> None:
        stack = run.frame.stack
        right = to_number(stack.pop())
        stack[-1] = to_finite(compute(to_number(stack[-1]), right))

    return operation


def _relation(holds: Callable[[Run, Value, Value], bool]) -> Operation:
    def operation(run: Run, _first: object, _second: object) -> None:
        stack = run.frame.stack
        right = stack.pop()
        stack[-1] = holds(run, stack[-1], right)

    return operation


def are_equal(run: Run, left: Value, right: Value) -> bool:
    """Return whether two values are equal, and charge the comparison."""
    _charge_values(run, left, right)
    return is_equal(_replace_no_row(left), _replace_no_row(right))


def _replace_no_row(value: Value) -> Value:
    return None if is_no_row(value) else value


def _are_ordered(holds: Callable[[int], bool]) -> Operation:
    def relation(run: Run, left: Value, right: Value) -> bool:
        _charge_values(run, left, right)
        return holds(compare(left, right))

    return _relation(relation)


def _contains(run: Run, container: Value, part: Value) -> bool:
    _charge_values(run, container, part)
    return contains(container, part)


def _is_like(run: Run, value: Value, pattern: Value) -> bool:
    _charge_values(run, value, pattern)
    if isinstance(value, str) and "_" in (wanted := run.to_text(pattern)):
        # A pattern with `_` is compared with the text at each position.
        run.budget.charge_bytes(len(value) * min(len(wanted), MAX_PATTERN_LENGTH))
    return is_like(value, pattern)


def _starts_with(run: Run, value: Value, part: Value) -> bool:
    _charge_values(run, part)
    return run.to_text(value).startswith(run.to_text(part))


def _ends_with(run: Run, value: Value, part: Value) -> bool:
    _charge_values(run, part)
    return run.to_text(value).endswith(run.to_text(part))


def _charge_values(run: Run, *values: Value) -> None:
    for value in values:
        if isinstance(value, str | list | dict):
            # Twice: they are measured once more, and compared.
            run.budget.charge_bytes(2 * measure_size(value))


def _negate(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = to_finite(-to_number(run.frame.stack[-1]))


def _not(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = not is_truthy(run.frame.stack[-1])


def _to_boolean(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = is_truthy(run.frame.stack[-1])


def _first(run: Run, target: int, is_value: bool) -> None:
    """Leave the left operand of OR if it counts as true, and skip the right one."""
    left = run.frame.stack[-1]
    if is_truthy(left):
        if _is_condition(left) and not is_value:
            run.frame.stack[-1] = True
        run.frame.counter = target


def _either(run: Run, _first: object, _second: object) -> None:
    """Replace the operands of OR, of which the left one does not count as true, by its value."""
    right = run.frame.stack.pop()
    left = run.frame.stack[-1]
    if _is_condition(left) and (_is_condition(right) or not is_truthy(right)):
        run.frame.stack[-1] = is_truthy(right)
    else:
        run.frame.stack[-1] = right


def _is_condition(value: Value) -> bool:
    return isinstance(value, bool | int | float)


OPERATIONS: dict[str, Operation] = {
    "+": _add,
    "&": _concatenate,
    "-": _subtract,
    "*": _arithmetic(arithmetic.multiply),
    "/": _arithmetic(arithmetic.divide),
    "\\": _arithmetic(arithmetic.divide_integer),
    "MOD": _arithmetic(arithmetic.get_remainder),
    "^": _arithmetic(arithmetic.raise_to_power),
    "=": _relation(are_equal),
    "<>": _relation(lambda run, left, right: not are_equal(run, left, right)),
    "<": _are_ordered(lambda order: order < 0),
    "<=": _are_ordered(lambda order: order <= 0),
    ">": _are_ordered(lambda order: order > 0),
    ">=": _are_ordered(lambda order: order >= 0),
    "CONTAINS": _relation(_contains),
    "IN": _relation(lambda run, part, container: _contains(run, container, part)),
    "LIKE": _relation(_is_like),
    "STARTS WITH": _relation(_starts_with),
    "ENDS WITH": _relation(_ends_with),
    "negate": _negate,
    "not": _not,
    "truth": _to_boolean,
    "first": _first,
    "either": _either,
}

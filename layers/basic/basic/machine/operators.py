"""What the operators of the language do."""

import math
from collections.abc import Callable
from typing import Any

from basic.errors import BudgetError, ScriptError
from basic.machine.run import Operation, Run
from basic.values import (
    MAX_DEPTH,
    Number,
    Value,
    compare,
    describe_type,
    get_entry,
    is_equal,
    is_truthy,
    measure_size,
    quote,
    to_finite,
    to_number,
)


def _add(run: Run, _first: Any, _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    stack = run.frame.stack
    right = stack.pop()
    left = stack[-1]
    if isinstance(left, str) or isinstance(right, str):
        stack[-1] = run.made(run.text(left) + run.text(right))
    else:
        stack[-1] = to_finite(to_number(left) + to_number(right))


def _join_two(run: Run, _first: object, _second: object) -> None:
    right = run.frame.stack.pop()
    run.frame.stack[-1] = run.made(run.text(run.frame.stack[-1]) + run.text(right))


def _divide(left: Number, right: Number) -> Number:
    _not_zero(right)
    if isinstance(left, int) and isinstance(right, int) and not left % right:
        return left // right
    return left / right


def _divide_whole(left: Number, right: Number) -> Number:
    _not_zero(right)
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return math.trunc(to_finite(left / right))


def _remainder(left: Number, right: Number) -> Number:
    """Return the remainder with the sign of the dividend, as MOD has it."""
    _not_zero(right)
    if isinstance(left, int) and isinstance(right, int):
        return left - right * int(_divide_whole(left, right))
    return math.fmod(left, right)


def _power(left: Number, right: Number) -> Number:
    try:
        result = math.pow(left, right)
    except ValueError as error:
        raise ScriptError(f"{left} ^ {right} is no number") from error
    whole = isinstance(left, int) and isinstance(right, int) and right >= 0 and abs(result) < 2**53
    return int(result) if whole else result


def _not_zero(number: Number) -> None:
    if number == 0:
        raise ScriptError("a number is divided by 0")


def _arithmetic(work_out: Callable[[Number, Number], Number]) -> Operation:
    def operation(run: Run, _first: object, _second: object) -> None:
        stack = run.frame.stack
        right = to_number(stack.pop())
        try:
            stack[-1] = to_finite(work_out(to_number(stack[-1]), right))
        except OverflowError as error:
            raise ScriptError("the number is too large") from error

    return operation


def _relation(holds: Callable[[Run, Value, Value], bool]) -> Operation:
    def operation(run: Run, _first: object, _second: object) -> None:
        stack = run.frame.stack
        right = stack.pop()
        stack[-1] = holds(run, stack[-1], right)

    return operation


def same(run: Run, left: Value, right: Value) -> bool:
    """Compare two values and count what that takes."""
    for value in (left, right):
        if isinstance(value, list | dict):
            run.charge(measure_size(value))
    return is_equal(left, right)


def _contains(run: Run, whole: Value, part: Value) -> bool:
    if isinstance(whole, list):
        run.charge(measure_size(whole))
        return any(is_equal(item, part) for item in whole)
    if isinstance(whole, dict):
        return get_entry(whole, run.text(part)) is not None
    return run.text(part) in run.text(whole)


def _negate(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = to_finite(-to_number(run.frame.stack[-1]))


def _not(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = not is_truthy(run.frame.stack[-1])


def _truth(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = is_truthy(run.frame.stack[-1])


def _member(run: Run, name: str, _second: object) -> None:
    base = run.frame.stack[-1]
    if not isinstance(base, dict):
        raise ScriptError(f"{describe_type(base)} has no field `{name}`")
    if name not in base:
        run.charge(len(base) << 4)
    run.frame.stack[-1] = get_entry(base, name)


def _item(run: Run, _first: object, _second: object) -> None:
    index = run.frame.stack.pop()
    base = run.frame.stack[-1]
    match base:
        case list():
            run.frame.stack[-1] = base[index_of(base, index)]
        case dict():
            run.charge(len(base) << 4)
            run.frame.stack[-1] = get_entry(base, run.text(index))
        case _:
            raise ScriptError(f"{describe_type(base)} has no items")


def index_of(array: list[Value], index: Value, *, grow: bool = False) -> int:
    """Return where an item of an array is.

    Parameters
    ----------
    array
        The array; its first item is 0.
    index
        Which item.
    grow
        Whether the place after the last item will do too.

    Raises
    ------
    ScriptError
        If there is no such item.
    """
    number = to_number(index)
    if number != int(number):
        raise ScriptError(f"{number} is no index: it is not whole")
    if not 0 <= number < len(array) + grow:
        raise ScriptError(f"the array has {len(array)} items, the first is 0: there is no item {int(number)}")
    return int(number)


def _array(run: Run, count: int, _second: object) -> None:
    stack = run.frame.stack
    items = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    stack.append(run.made(items))


def _map(run: Run, keys: list[str], _second: object) -> None:
    stack = run.frame.stack
    values = stack[len(stack) - len(keys) :]
    del stack[len(stack) - len(keys) :]
    stack.append(run.made(dict(zip(keys, values, strict=True))))


def _join(run: Run, count: int, _second: object) -> None:
    stack = run.frame.stack
    parts = [run.text(part) for part in stack[len(stack) - count :]]
    del stack[len(stack) - count :]
    stack.append(run.made("".join(parts)))


def assigned(run: Run, whole: Value, path: list[Value], value: Value) -> Value:
    """Return a copy of an array or a map in which the part that a path leads to has a new value.

    Parameters
    ----------
    run
        The turn, which counts what is copied.
    whole
        What the variable holds; NOTHING becomes a map.
    path
        Names and indices from the outside in.
    value
        The new value of the part.

    Raises
    ------
    ScriptError
        If the path leads into something that has no parts.
    BudgetError
        If it is too long.
    """
    if len(path) > MAX_DEPTH:
        raise BudgetError(f"a value is nested more than {MAX_DEPTH} deep")
    run.made(value)
    levels: list[tuple[list[Value] | dict[str, Value], int | str]] = []
    for step in path:
        level, key = _copied(run, whole, step)
        levels.append((level, key))
        whole = _part(level, key)
    for level, key in reversed(levels):
        if isinstance(level, list):
            if int(key) == len(level):
                level.append(value)
            else:
                level[int(key)] = value
        else:
            level[str(key)] = value
        value = level
    return value


def _copied(run: Run, whole: Value, step: Value) -> tuple[list[Value] | dict[str, Value], int | str]:
    match whole:
        case list():
            run.charge(len(whole) << 3)
            return whole.copy(), index_of(whole, step, grow=True)
        case dict() | None:
            entries = {} if whole is None else whole
            name = run.text(step)
            run.charge(len(entries) << 5)
            return entries.copy(), next((key for key in entries if key.casefold() == name.casefold()), name)
        case _:
            raise ScriptError(f"{describe_type(whole)} has no part {quote(run.text(step))} that could be set")


def _part(level: list[Value] | dict[str, Value], key: int | str) -> Value:
    if isinstance(level, list):
        return level[int(key)] if int(key) < len(level) else None
    return level.get(str(key))


OPERATORS: dict[str, Operation] = {
    "+": _add,
    "&": _join_two,
    "-": _arithmetic(lambda left, right: left - right),
    "*": _arithmetic(lambda left, right: left * right),
    "/": _arithmetic(_divide),
    "\\": _arithmetic(_divide_whole),
    "MOD": _arithmetic(_remainder),
    "^": _arithmetic(_power),
    "=": _relation(same),
    "<>": _relation(lambda run, left, right: not same(run, left, right)),
    "<": _relation(lambda _run, left, right: compare(left, right) < 0),
    "<=": _relation(lambda _run, left, right: compare(left, right) <= 0),
    ">": _relation(lambda _run, left, right: compare(left, right) > 0),
    ">=": _relation(lambda _run, left, right: compare(left, right) >= 0),
    "CONTAINS": _relation(_contains),
    "negate": _negate,
    "not": _not,
    "truth": _truth,
    "member": _member,
    "item": _item,
    "array": _array,
    "map": _map,
    "join": _join,
}

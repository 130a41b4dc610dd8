"""Operations of arrays, maps and templates: their parts, literals and assignments."""

from typing import Any

from basic.errors import BudgetError, ScriptError
from basic.functions.date_texts import describe_date_fields, get_date_field, parse_date_text
from basic.machine.rows import get_row_field, is_row_field
from basic.machine.run import Operation, Run
from basic.sizes import MAX_DEPTH, PART_BYTES, check_size
from basic.values import Value, describe_type, find_key, get_entry, quote, to_number


def _get_member(run: Run, name: str, _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    base = run.frame.stack[-1]
    if isinstance(base, list):
        run.frame.stack[-1] = _get_row_field(run, base, name)
        return
    if isinstance(base, str) and (field := get_date_field(base, name)) is not None:
        run.frame.stack[-1] = field
        return
    if isinstance(base, str) and name.lower() == "length":
        run.frame.stack[-1] = len(base)
        return
    if not isinstance(base, dict):
        if parse_date_text(base) is not None:
            raise ScriptError(f"a date has no field `{name}`; it has {describe_date_fields()}")
        raise ScriptError(f"{describe_type(base)} has no field `{name}`")
    if name not in base:
        run.budget.charge_bytes(len(base) * PART_BYTES)
    run.frame.stack[-1] = get_entry(base, name)


def _get_item(run: Run, _first: object, _second: object) -> None:
    index = run.frame.stack.pop()
    base = run.frame.stack[-1]
    match base:
        case list() if isinstance(index, str) and is_row_field(base, index):
            run.frame.stack[-1] = _get_row_field(run, base, index)
        case list():
            run.frame.stack[-1] = base[to_index(base, index)]
        case str() if not isinstance(index, str):
            run.frame.stack[-1] = base[to_index(base, index)]
        case dict():
            run.budget.charge_bytes(len(base) * PART_BYTES)
            run.frame.stack[-1] = get_entry(base, run.to_text(index))
        case _:
            raise ScriptError(f"{describe_type(base)} has no items")


def _get_row_field(run: Run, rows: list[Value], name: str) -> Value:
    if rows and isinstance(rows[0], dict):
        run.budget.charge_bytes(len(rows[0]) * PART_BYTES)
    return get_row_field(rows, name)


def to_index(array: list[Value] | str, index: Value, *, grow: bool = False) -> int:
    """Convert a value to the index of an item.

    Parameters
    ----------
    array
        The array; its first item has index 0.
    index
        The value.
    grow
        Whether the index after the last item is valid too.

    Raises
    ------
    ScriptError
        If the index is invalid.
    """
    number = to_number(index)
    if number != int(number):
        raise ScriptError(f"{number} is not an index: it is not a whole number")
    if not 0 <= number < len(array) + grow:
        described = f"text has {len(array)} characters" if isinstance(array, str) else f"array has {len(array)} items"
        raise ScriptError(f"there is no item {int(number)}: the {described}, and the first is 0")
    return int(number)


def _build_array(run: Run, count: int, _second: object) -> None:
    run.frame.stack.append(run.check_value(run.frame.pop_many(count)))


def _build_map(run: Run, keys: list[str], _second: object) -> None:
    run.frame.stack.append(run.check_value(dict(zip(keys, run.frame.pop_many(len(keys)), strict=True))))


def _concatenate(run: Run, count: int, _second: object) -> None:
    parts = [run.to_text(part) for part in run.frame.pop_many(count)]
    check_size(sum(map(len, parts)))
    run.frame.stack.append(run.check_value("".join(parts)))


def replace_part(run: Run, container: Value, path: list[Value], value: Value) -> Value:
    """Return a copy of an array or a map with a new value for one of its parts.

    Parameters
    ----------
    run
        The turn, which is charged for the copies.
    container
        The value of the variable; NOTHING becomes a map.
    path
        The path to the part: keys and indices, the outermost first. A key in an array of rows is one of its first row.
    value
        The new value of the part.

    Raises
    ------
    ScriptError
        If a step of the path is neither an array nor a map.
    BudgetError
        If the path is too long.
    """
    if len(path) > MAX_DEPTH:
        raise BudgetError(f"a value is nested more than {MAX_DEPTH} deep")
    run.check_value(value)
    levels: list[tuple[list[Value] | dict[str, Value], int | str]] = []
    for step in path:
        for each in (0, step) if is_row_field(container, step) else (step,):
            level, key = _copy_level(run, container, each)
            levels.append((level, key))
            container = _get_part(level, key)
    for level, key in reversed(levels):
        _set_part(level, key, value)
        value = level
    return value


def _copy_level(run: Run, container: Value, step: Value) -> tuple[list[Value] | dict[str, Value], int | str]:
    match container:
        case list():
            run.budget.charge_bytes(len(container) * PART_BYTES)
            return container.copy(), to_index(container, step, grow=True)
        case dict() | None:
            entries = {} if container is None else container
            name = run.to_text(step)
            run.budget.charge_bytes(len(entries) * 2 * PART_BYTES)
            return entries.copy(), find_key(entries, name) or name
        case _:
            raise ScriptError(f"{describe_type(container)} has no part {quote(run.to_text(step))} that could be set")


def _get_part(level: list[Value] | dict[str, Value], key: int | str) -> Value:
    if isinstance(level, list):
        return level[int(key)] if int(key) < len(level) else None
    return level.get(str(key))


def _set_part(level: list[Value] | dict[str, Value], key: int | str, value: Value) -> None:
    if isinstance(level, dict):
        level[str(key)] = value
    elif int(key) == len(level):
        level.append(value)
    else:
        level[int(key)] = value


OPERATIONS: dict[str, Operation] = {
    "member": _get_member,
    "item": _get_item,
    "array": _build_array,
    "map": _build_map,
    "join": _concatenate,
}

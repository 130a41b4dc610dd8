"""Functions of arrays and maps. None changes its arguments: each returns a new value."""

from collections.abc import Callable
from functools import cmp_to_key

from basic.arithmetic import divide, sum_up
from basic.errors import ScriptError
from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, describe, to_array, to_integer, without_turn
from basic.functions.text import is_empty, split_words
from basic.values import (
    Number,
    Value,
    compare,
    find_key,
    get_entry,
    is_numeric,
    is_truthy,
    quote,
    to_finite,
    to_number,
    to_text,
)


def count(items: Value, field: Value = None) -> int:
    """Count the items of an array or map; with a field, the rows in which it is not empty."""
    if field is not None:
        return sum(not is_empty(value) for value in _list_column(items, field, "COUNT"))
    return len(items) if isinstance(items, dict) else len(to_array(items, "COUNT"))


def upper_bound(items: Value) -> int:
    """Count the items of an array or map: the length, not the last index."""
    return len(items) if isinstance(items, dict) else len(to_array(items, "UBOUND"))


def sum_values(items: Value, field: Value = None) -> Number:
    """Add the numbers of an array, or of a field of its rows."""
    return sum_up(list_numbers(items, field, "SUM"))


def average(items: Value, field: Value = None) -> Number:
    """Return the mean of the numbers of an array, or of a field of its rows; 0 if there are none."""
    values = list_numbers(items, field, "AVG")
    return to_finite(divide(sum_up(values), len(values))) if values else 0


def build_extreme(name: str, sign: int) -> Callable[..., Value]:
    """Return MIN (sign 1) or MAX (sign -1)."""

    def extreme(first: Value, *rest: Value) -> Value:
        """Return the smallest or largest of the arguments, of an array, or of a field of its rows, or NOTHING."""
        if isinstance(first, list) or (first is None and len(rest) <= 1):
            field = rest[0] if rest else None
            values = [value for value in _list_column(first, field, name) if not is_empty(value)]
        else:
            values = [first, *rest]

        def order(left: Value, right: Value) -> int:
            return sign * compare(left, right)

        return min(values, key=cmp_to_key(order), default=None)

    return extreme


def list_numbers(items: Value, field: Value, name: str) -> list[Number]:
    """Return the numbers of an array, or of a field of its rows; empty values are skipped.

    Raises
    ------
    ScriptError
        If a value is not a number; the message names its position.
    """
    return [
        _to_number(value, position, name)
        for position, value in enumerate(_list_column(items, field, name), start=1)
        if not is_empty(value)
    ]


def _to_number(value: Value, position: int, name: str) -> Number:
    if isinstance(value, str) and not is_numeric(value):
        raise _not_a_number(value, position, name)
    if isinstance(value, list | dict):
        raise _not_a_number(value, position, name)
    return to_number(value)


def _not_a_number(value: Value, position: int, name: str) -> ScriptError:
    return ScriptError(f"{name} expects numbers, and item {position} is {describe(value)}")


def _list_column(items: Value, field: Value, name: str) -> list[Value]:
    rows = to_array(items, name)
    return rows if field is None else [lookup_field(row, str(field)) for row in rows]


def lookup_field(row: Value, field: str) -> Value:
    """Return a field of a row, ignoring case; NOTHING if it is not a row."""
    return get_entry(row, field) if isinstance(row, dict) else None


def build_end(name: str, index: int) -> Callable[..., Value]:
    """Return FIRST (index 0) or LAST (index -1)."""

    def get_end(value: Value, part: Value = None) -> Value:
        """Return an item of an array or a word of a text; with a field that of the row, with a number so many items."""
        if part is None:
            items = value if isinstance(value, list) else [*split_words(value)]
            return items[index] if items else _empty_like(value)
        rows = to_array(value, name)
        if isinstance(part, str):
            row = rows[index] if rows else None
            return row.get(find_key(row, part) or "") if isinstance(row, dict) else None
        count = max(to_integer(part, name, "the number of items"), 0)
        return rows[:count] if index == 0 else rows[max(len(rows) - count, 0) :]

    return get_end


def _empty_like(value: Value) -> Value:
    return None if isinstance(value, list) else ""


def append(items: Value, *more: Value) -> list[Value]:
    """Return an array with more items at its end."""
    return [*to_array(items, "APPEND"), *more]


def sort(items: Value, field: Value = None, direction: Value = "ASC") -> list[Value]:
    """Return a sorted array, by its items or by a field of its rows; the sort is stable.

    Raises
    ------
    ScriptError
        If it is no array, or the direction is neither ASC nor DESC.
    """
    is_descending = {"ASC": False, "DESC": True}.get(to_text(direction).strip().upper())
    if is_descending is None:
        raise ScriptError(f"SORT expects ASC or DESC, not {quote(to_text(direction))}")
    rows = to_array(items, "SORT")
    keys = rows if field is None else [lookup_field(row, str(field)) for row in rows]
    order = cmp_to_key(compare)
    return [
        item for _, item in sorted(zip(keys, rows, strict=True), key=lambda pair: order(pair[0]), reverse=is_descending)
    ]


def unique(items: Value) -> list[Value]:
    """Return an array without duplicates."""
    first_items: dict[tuple[bool, str], Value] = {}
    for item in to_array(items, "UNIQUE"):
        first_items.setdefault((isinstance(item, list | dict), to_text(item)), item)
    return [*first_items.values()]


def reverse(items: Value) -> list[Value]:
    """Return an array in reverse order."""
    return to_array(items, "REVERSE")[::-1]


def keys(entries: Value) -> list[Value]:
    """Return the keys of a map."""
    return [*_to_map(entries, "KEYS")]


def values(entries: Value) -> list[Value]:
    """Return the values of a map."""
    return [*_to_map(entries, "VALUES").values()]


def _to_map(value: Value, name: str) -> dict[str, Value]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ScriptError(f"{name} expects a map, not {describe(value)}")
    return value


def choose(condition: Value, then: Value, otherwise: Value) -> Value:
    """Return one of two values."""
    return then if is_truthy(condition) else otherwise


FUNCTIONS = (
    BuiltinFunction(
        "UBOUND",
        without_turn(upper_bound),
        1,
        1,
        "The number of items of an array or a map",
        'UBOUND(["a", "b"]) = 2',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "COUNT",
        without_turn(count),
        1,
        2,
        "The number of items of an array or a map; with a field, of rows that have it",
        "COUNT([1, 2, 3]) = 3",
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "SUM",
        without_turn(sum_values),
        1,
        2,
        "The sum of an array, or of a field of its rows",
        'SUM([{"n": 1}, {"n": 2}], "n") = 3',
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "AVG",
        without_turn(average),
        1,
        2,
        "The mean of an array, or of a field of its rows; 0 if empty",
        "AVG([1, 2]) = 1.5",
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "MIN",
        without_turn(build_extreme("MIN", 1)),
        1,
        None,
        "The smallest of its arguments, of an array, or of a field of its rows",
        "MIN(3, 1, 2) = 1",
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "MAX",
        without_turn(build_extreme("MAX", -1)),
        1,
        None,
        "The largest of its arguments, of an array, or of a field of its rows",
        "MAX([3, 1, 2]) = 3",
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "FIRST",
        without_turn(build_end("FIRST", 0)),
        1,
        2,
        "The first item of an array or word of a text; also a field of it, or the first `n` items",
        'FIRST("book a room") = "book"',
    ),
    BuiltinFunction(
        "LAST",
        without_turn(build_end("LAST", -1)),
        1,
        2,
        "The last item of an array or word of a text; also a field of it, or the last `n` items",
        "LAST([1, 2, 3]) = 3",
    ),
    BuiltinFunction(
        "APPEND",
        without_turn(append),
        2,
        None,
        "An array with more items at its end",
        "APPEND([1], 2, 3) = [1, 2, 3]",
        cost=costs.appending,
    ),
    BuiltinFunction(
        "ARRAY", without_turn(lambda *items: [*items]), 0, None, "An array of its arguments", "ARRAY(1, 2) = [1, 2]"
    ),
    BuiltinFunction(
        "SORT",
        without_turn(sort),
        1,
        3,
        "A sorted array, by its items or by a field, `ASC` or `DESC`; as a statement, it changes the variable",
        "SORT([3, 1, 2]) = [1, 2, 3]",
        cost=costs.sorting,
    ),
    BuiltinFunction("UNIQUE", without_turn(unique), 1, 1, "An array without duplicates", "UNIQUE([1, 2, 1]) = [1, 2]"),
    BuiltinFunction("REVERSE", without_turn(reverse), 1, 1, "An array in reverse order", "REVERSE([1, 2]) = [2, 1]"),
    BuiltinFunction(
        "ISARRAY",
        without_turn(lambda value: isinstance(value, list)),
        1,
        1,
        "Whether a value is an array",
        "ISARRAY([]) = TRUE",
        cost=costs.constant,
    ),
    BuiltinFunction("KEYS", without_turn(keys), 1, 1, "The keys of a map, as an array", 'KEYS({"a": 1}) = ["a"]'),
    BuiltinFunction("VALUES", without_turn(values), 1, 1, "The values of a map, as an array", 'VALUES({"a": 1}) = [1]'),
    BuiltinFunction(
        "IIF",
        without_turn(choose),
        3,
        3,
        "One of two values, by a condition; the other is not evaluated. Also `condition ? value : other`",
        'IIF(TRUE, "yes", "no") = "yes"',
        cost=costs.constant,
    ),
)

"""Functions of arrays and maps. None changes what it is given: each returns a new value."""

from collections.abc import Callable
from functools import cmp_to_key
from typing import NoReturn

from basic.errors import ScriptError
from basic.functions.function import Function, array, pure, shown
from basic.functions.texts import is_empty, words
from basic.values import (
    Number,
    Value,
    compare,
    get_entry,
    is_numeric,
    is_truthy,
    to_finite,
    to_number,
    to_text,
)


def count(items: Value, field: Value = None) -> int:
    """Count the items of an array or map; with a field, the rows of which it is not empty."""
    if field is not None:
        return sum(not is_empty(value) for value in _column(items, field, "COUNT"))
    return len(items) if isinstance(items, dict) else len(array(items, "COUNT"))


def bound(items: Value) -> int:
    """Count the items of an array or map: its length, not the last position."""
    return len(items) if isinstance(items, dict) else len(array(items, "UBOUND"))


def total(items: Value, field: Value = None) -> Number:
    """Add the numbers of an array, or of a field of its rows."""
    return to_finite(sum(numbers(items, field, "SUM")))


def average(items: Value, field: Value = None) -> Number:
    """Return the mean of the numbers of an array, or of a field of its rows; 0 of none."""
    found = numbers(items, field, "AVG")
    return to_finite(sum(found) / len(found)) if found else 0


def extreme(name: str, sign: int) -> Callable[..., Value]:
    """Return MIN (sign 1) or MAX (sign -1)."""

    def found(first: Value, *rest: Value) -> Value:
        """Return the smallest or largest of the arguments, of an array, or of a field of its rows; NOTHING of none."""
        if isinstance(first, list) or (first is None and len(rest) <= 1):
            field = rest[0] if rest else None
            values = [value for value in _column(first, field, name) if not is_empty(value)]
        else:
            values = [first, *rest]

        def order(left: Value, right: Value) -> int:
            return sign * compare(left, right)

        return min(values, key=cmp_to_key(order), default=None)

    return found


def numbers(items: Value, field: Value, name: str) -> list[Number]:
    """Return the numbers of an array, or of a field of its rows; what is empty is left out.

    Raises
    ------
    ScriptError
        If a value is no number; the sentence says which.
    """
    return [
        _number(value, position, name)
        for position, value in enumerate(_column(items, field, name), start=1)
        if not is_empty(value)
    ]


def _number(value: Value, position: int, name: str) -> Number:
    if isinstance(value, str) and not is_numeric(value):
        _refuse(value, position, name)
    if isinstance(value, list | dict):
        _refuse(value, position, name)
    return to_number(value)


def _refuse(value: Value, position: int, name: str) -> NoReturn:
    raise ScriptError(f"{name} expects numbers, and item {position} is {shown(value)}")


def _column(items: Value, field: Value, name: str) -> list[Value]:
    rows = array(items, name)
    return rows if field is None else [field_of(row, str(field)) for row in rows]


def field_of(row: Value, field: str) -> Value:
    """Return a field of a row, whatever the case of its name; NOTHING of what is no row."""
    return get_entry(row, field) if isinstance(row, dict) else None


def first(value: Value) -> Value:
    """Return the first item of an array, or the first word of a text."""
    items = value if isinstance(value, list) else [*words(value)]
    return items[0] if items else _nothing_of(value)


def last(value: Value) -> Value:
    """Return the last item of an array, or the last word of a text."""
    items = value if isinstance(value, list) else [*words(value)]
    return items[-1] if items else _nothing_of(value)


def _nothing_of(value: Value) -> Value:
    return None if isinstance(value, list) else ""


def append(items: Value, *more: Value) -> list[Value]:
    """Return an array with more items at its end."""
    return [*array(items, "APPEND"), *more]


def sort(items: Value, field: Value = None) -> list[Value]:
    """Return an array in order, by itself or by a field of its rows; equals keep their order."""
    found = array(items, "SORT")
    keys = found if field is None else [field_of(row, str(field)) for row in found]
    order = cmp_to_key(compare)
    return [item for _, item in sorted(zip(keys, found, strict=True), key=lambda pair: order(pair[0]))]


def unique(items: Value) -> list[Value]:
    """Return an array without repetitions."""
    found: dict[tuple[bool, str], Value] = {}
    for item in array(items, "UNIQUE"):
        found.setdefault((isinstance(item, list | dict), to_text(item)), item)
    return [*found.values()]


def reverse(items: Value) -> list[Value]:
    """Return an array from its end."""
    return array(items, "REVERSE")[::-1]


def keys(entries: Value) -> list[Value]:
    """Return the names of a map."""
    return [*_map(entries, "KEYS")]


def values(entries: Value) -> list[Value]:
    """Return the values of a map."""
    return [*_map(entries, "VALUES").values()]


def _map(value: Value, name: str) -> dict[str, Value]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ScriptError(f"{name} expects a map, not {shown(value)}")
    return value


def choose(condition: Value, then: Value, otherwise: Value) -> Value:
    """Return one of two values."""
    return then if is_truthy(condition) else otherwise


FUNCTIONS = (
    Function("UBOUND", pure(bound), 1, 1, "How many items an array or a map has", 'UBOUND(["a", "b"]) = 2'),
    Function(
        "COUNT",
        pure(count),
        1,
        2,
        "How many items an array or a map has; with a field, how many rows have it",
        "COUNT([1, 2, 3]) = 3",
    ),
    Function(
        "SUM", pure(total), 1, 2, "The sum of an array, or of a field of its rows", 'SUM([{"n": 1}, {"n": 2}], "n") = 3'
    ),
    Function(
        "AVG", pure(average), 1, 2, "The mean of an array, or of a field of its rows; 0 of none", "AVG([1, 2]) = 1.5"
    ),
    Function(
        "MIN",
        pure(extreme("MIN", 1)),
        1,
        None,
        "The smallest of its arguments, of an array, or of a field of its rows",
        "MIN(3, 1, 2) = 1",
    ),
    Function(
        "MAX",
        pure(extreme("MAX", -1)),
        1,
        None,
        "The largest of its arguments, of an array, or of a field of its rows",
        "MAX([3, 1, 2]) = 3",
    ),
    Function(
        "FIRST",
        pure(first),
        1,
        1,
        "The first item of an array, or the first word of a text",
        'FIRST("book a room") = "book"',
    ),
    Function("LAST", pure(last), 1, 1, "The last item of an array, or the last word of a text", "LAST([1, 2, 3]) = 3"),
    Function("APPEND", pure(append), 2, None, "An array with more items at its end", "APPEND([1], 2, 3) = [1, 2, 3]"),
    Function("ARRAY", pure(lambda *items: [*items]), 0, None, "An array of its arguments", "ARRAY(1, 2) = [1, 2]"),
    Function("SORT", pure(sort), 1, 2, "An array in order, or its rows by a field", "SORT([3, 1, 2]) = [1, 2, 3]"),
    Function("UNIQUE", pure(unique), 1, 1, "An array without repetitions", "UNIQUE([1, 2, 1]) = [1, 2]"),
    Function("REVERSE", pure(reverse), 1, 1, "An array from its end", "REVERSE([1, 2]) = [2, 1]"),
    Function(
        "ISARRAY",
        pure(lambda value: isinstance(value, list)),
        1,
        1,
        "Whether a value is an array",
        "ISARRAY([]) = TRUE",
    ),
    Function("KEYS", pure(keys), 1, 1, "The names of a map, as an array", 'KEYS({"a": 1}) = ["a"]'),
    Function("VALUES", pure(values), 1, 1, "The values of a map, as an array", 'VALUES({"a": 1}) = [1]'),
    Function("IIF", pure(choose), 3, 3, "One of two values, by a condition", 'IIF(TRUE, "yes", "no") = "yes"'),
)

"""Functions that return a part of an array. Positions count from 0, and from the end if they are negative."""

from basic.functions.builtin import BuiltinFunction, to_array, to_integer, without_turn
from basic.values import Value


def slice_array(items: Value, start: Value, end: Value = None) -> list[Value]:
    """Return the items from one position up to another, which is not included."""
    first = to_integer(start, "SLICE", "the start")
    last = None if end is None else to_integer(end, "SLICE", "the end")
    return to_array(items, "SLICE")[first:last]


def take(items: Value, count: Value) -> list[Value]:
    """Return the first items."""
    return to_array(items, "TAKE")[: max(to_integer(count, "TAKE", "the number of items"), 0)]


def drop(items: Value, count: Value) -> list[Value]:
    """Return all but the first items."""
    return to_array(items, "DROP")[max(to_integer(count, "DROP", "the number of items"), 0) :]


def pop(items: Value) -> Value:
    """Return the last item; NOTHING if there is none."""
    return next(reversed(to_array(items, "POP")), None)


def shift(items: Value) -> Value:
    """Return the first item; NOTHING if there is none."""
    return next(iter(to_array(items, "SHIFT")), None)


def prepend(items: Value, item: Value) -> list[Value]:
    """Return an array with one more item at its start."""
    return [item, *to_array(items, "PREPEND")]


def splice(items: Value, start: Value, count: Value = None, *inserted: Value) -> list[Value]:
    """Return an array without some items from a position on, and with other items there instead."""
    array = to_array(items, "SPLICE")
    first = slice(to_integer(start, "SPLICE", "the start"), None).indices(len(array))[0]
    length = len(array) if count is None else max(to_integer(count, "SPLICE", "the number of items"), 0)
    return [*array[:first], *inserted, *array[first + length :]]


def lower_bound(items: Value) -> int:
    """Return the first position of an array, which is always 0."""
    to_array(items, "LBOUND")
    return 0


FUNCTIONS = (
    BuiltinFunction(
        "SLICE",
        without_turn(slice_array),
        2,
        3,
        "The items from one position up to another, counted from 0",
        "SLICE([1, 2, 3, 4], 1, 3) = [2, 3]",
    ),
    BuiltinFunction("TAKE", without_turn(take), 2, 2, "The first items of an array", "TAKE([1, 2, 3], 2) = [1, 2]"),
    BuiltinFunction(
        "DROP", without_turn(drop), 2, 2, "All but the first items of an array", "DROP([1, 2, 3], 2) = [3]"
    ),
    BuiltinFunction("POP", without_turn(pop), 1, 1, "The last item of an array, which keeps it", "POP([1, 2]) = 2"),
    BuiltinFunction(
        "SHIFT", without_turn(shift), 1, 1, "The first item of an array, which keeps it", "SHIFT([1, 2]) = 1"
    ),
    BuiltinFunction(
        "PREPEND", without_turn(prepend), 2, 2, "An array with one more item at its start", "PREPEND([2], 1) = [1, 2]"
    ),
    BuiltinFunction(
        "SPLICE",
        without_turn(splice),
        2,
        None,
        "An array without a number of items from a position on; as a statement, it changes the variable",
        "SPLICE([1, 2, 3], 1, 1) = [1, 3]",
    ),
    BuiltinFunction("LBOUND", without_turn(lower_bound), 1, 1, "The first position of an array: 0", "LBOUND([7]) = 0"),
)

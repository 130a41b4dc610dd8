"""Functions of missing values and of the types of values."""

from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, without_turn
from basic.functions.text import is_empty
from basic.values import Value, is_numeric

_NAMES: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def coalesce(*values: Value) -> Value:
    """Return the first value that is not empty; the last one if all are."""
    return next((value for value in values if not is_empty(value)), values[-1])


def get_type(value: Value) -> str:
    """Return the name of a value's type."""
    return _NAMES.get(type(value), "null")


def is_number(value: Value) -> bool:
    """Return whether a value is a number, or a text that is one."""
    if isinstance(value, str):
        return is_numeric(value)
    return isinstance(value, int | float) and not isinstance(value, bool)


FUNCTIONS = (
    BuiltinFunction(
        "COALESCE",
        without_turn(coalesce),
        1,
        None,
        "The first of its arguments that is not empty",
        'COALESCE(NULL, "", "tea") = "tea"',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "TYPEOF",
        without_turn(get_type),
        1,
        1,
        "The type of a value: string, number, boolean, array, object or null",
        'TYPEOF([1]) = "array"',
        cost=costs.constant,
    ),
    BuiltinFunction(
        "ISNUMBER",
        without_turn(is_number),
        1,
        1,
        "Whether a value is a number or the text of one",
        'ISNUMBER("1.5") = TRUE',
        cost=costs.constant,
    ),
)

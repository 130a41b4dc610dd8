"""Rows that FIND has found, where a script means one row: ADR 44.

FIND returns an array. A field of an array of maps is the field of its first map, and an empty array has no value in any
field and equals NOTHING.
"""

from basic.errors import ScriptError
from basic.values import Value, find_key, get_entry, parse_numeric

_COUNTS = ("count", "length")


def get_row_field(rows: list[Value], name: str) -> Value:
    """Return a field of the first row; NOTHING without rows. ``count`` and ``length`` may be the number of rows.

    Raises
    ------
    ScriptError
        If the array has items, and the first is not a map.
    """
    first = rows[0] if rows else {}
    is_count = name.lower() in _COUNTS
    if not isinstance(first, dict):
        if is_count:
            return len(rows)
        raise ScriptError(f"an array has no field `{name}`")
    return len(rows) if is_count and find_key(first, name) is None else get_entry(first, name)


def is_row_field(container: Value, step: Value) -> bool:
    """Return whether a step into a value is the name of a field, and the value an array of rows."""
    if not isinstance(container, list) or not isinstance(step, str) or parse_numeric(step) is not None:
        return False
    return not container or isinstance(container[0], dict)


def get_single_row(value: Value) -> Value:
    """Return the only row of an array; any other value unchanged."""
    match value:
        case [dict() as row]:
            return row
        case _:
            return value


def is_no_row(value: Value) -> bool:
    """Return whether a value is an empty array, which equals NOTHING."""
    return isinstance(value, list) and not value

"""Converts rows to the fields of a TABLE."""

import difflib
from collections.abc import Mapping

from basic.data.field_types import FIELD_TYPES
from basic.errors import ScriptError
from basic.functions.builtin import describe
from basic.functions.numbers import MAX_DECIMAL_PLACES, round_half_up
from basic.program import Column, TableDefinition
from basic.values import Number, Value, find_key


def convert_row(definition: TableDefinition, row: Mapping[str, Value]) -> dict[str, Value]:
    """Return a row, or changes of a row, with the names and types of a table's fields.

    NOTHING is a value of every type; an empty text is NOTHING unless the type is text.

    Raises
    ------
    ScriptError
        If the table has no such field, or a value is too long or not of the field's type; the message has the expected
        type. Surplus decimals are rounded.
    """
    columns = {column.name: column for column in definition.columns}
    converted: dict[str, Value] = {}
    for name, value in row.items():
        column = columns[_find_name(name, columns, definition)]
        converted[column.name] = _convert(column, value, definition.name)
    return converted


def _find_name(name: str, columns: Mapping[str, Column], definition: TableDefinition) -> str:
    key = find_key(dict.fromkeys(columns), name)
    if key is not None:
        return key
    similar = difflib.get_close_matches(name.casefold(), [column.casefold() for column in columns], n=1)
    hint = f"; did you mean {find_key(dict.fromkeys(columns), similar[0])}?" if similar else ""
    raise ScriptError(f"the table {definition.name} has no field {name}{hint}")


def _convert(column: Column, value: Value, table: str) -> Value:
    field_type = FIELD_TYPES.get(column.type.lower())
    if field_type is None:
        raise ScriptError(f"{column.name} of {table} has the unknown type {column.type}")
    if value is None or (value == "" and field_type.name != "string"):
        return None
    converted = field_type.convert(value)
    if converted is None:
        raise ScriptError(f"{column.name} of {table} expects {field_type.expected}, not {describe(value)}")
    match converted:
        case str() if field_type.name == "string" and column.length and len(converted) > column.length:
            raise ScriptError(
                f"{column.name} of {table} holds at most {column.length} characters, not {len(converted)}"
            )
        case int() | float() if field_type.name in ("integer", "number"):
            return _limit_digits(column, converted, table)
        case _:
            return converted


def _limit_digits(column: Column, number: Number, table: str) -> Number:
    """Round a number to its field's decimals and refuse one with too many digits, as SQL's DECIMAL does."""
    if isinstance(number, float) and column.precision is not None:
        number = float(round_half_up(number, min(column.precision, MAX_DECIMAL_PLACES)))
    if column.length is not None:
        max_digits = max(column.length - (column.precision or 0), 0)
        digits = len(str(abs(int(number)))) if abs(number) >= 1 else 0
        if digits > max_digits:
            raise ScriptError(
                f"{column.name} of {table} holds at most {max_digits} digits before the point, not {digits}"
            )
    return number

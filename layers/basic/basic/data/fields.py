"""The fields of a TABLE: what their types take, and how a row is brought into their form."""

import difflib
import re
from collections.abc import Callable, Mapping
from uuid import UUID

from basic.errors import ScriptError
from basic.functions.function import shown
from basic.functions.moments import read_moment
from basic.functions.numbers import MOST_PLACES, rounded
from basic.program import Column, TableDefinition
from basic.values import Number, Value, find_key, parse_numeric, to_finite, to_text

type Reader = Callable[[Value], Value]
"""Gives a value in the form of a type, or None if it is none of it."""


def _text(value: Value) -> Value:
    return None if isinstance(value, list | dict) else to_text(value)


def _whole(value: Value) -> Value:
    number = _number(value)
    return int(number) if isinstance(number, int | float) and number == int(number) else None


def _number(value: Value) -> Value:
    match value:
        case bool() | list() | dict() | None:
            return None
        case str():
            return parse_numeric(value)
        case _:
            return to_finite(value)


def _flag(value: Value) -> Value:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(to_text(value).lower())


def _date(value: Value) -> Value:
    moment = read_moment(value) if isinstance(value, str) else None
    return moment.at.date().isoformat() if moment else None


def _date_and_time(value: Value) -> Value:
    moment = read_moment(value) if isinstance(value, str) else None
    return moment.at.isoformat(sep=" ", timespec="seconds") if moment else None


def _clock(value: Value) -> Value:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", to_text(value).strip(), re.ASCII)
    return f"{int(match[1]):02}:{match[2]}:{match[3] or '00'}" if match else None


def _uuid(value: Value) -> Value:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _anything(value: Value) -> Value:
    return value


_KINDS: Mapping[str, tuple[str, Reader]] = {
    "string": ("a text", _text),
    "integer": ("a whole number such as 12", _whole),
    "number": ("a number such as 12.50", _number),
    "boolean": ("true or false", _flag),
    "date": ('a date such as "2024-12-31"', _date),
    "datetime": ('a date and a time such as "2024-12-31 14:30:00"', _date_and_time),
    "time": ('a time such as "14:30"', _clock),
    "guid": ("a UUID", _uuid),
    "object": ("a value", _anything),
}

_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("text", "varchar", "char", "email", "name", "url", "phone", "mobile"), "string"),
    **dict.fromkeys(("int", "bigint", "smallint"), "integer"),
    **dict.fromkeys(("double", "float", "decimal", "numeric", "real", "money", "currency"), "number"),
    **dict.fromkeys(("bool",), "boolean"),
    **dict.fromkeys(("timestamp",), "datetime"),
    **dict.fromkeys(("hour",), "time"),
    **dict.fromkeys(("uuid",), "guid"),
    **dict.fromkeys(("json", "array", "map", "any"), "object"),
}

TYPES: frozenset[str] = frozenset(_KINDS) | frozenset(_ALIASES)
"""Every type that a field may have, in small letters."""


def in_form(definition: TableDefinition, row: Mapping[str, Value]) -> dict[str, Value]:
    """Return a row, or changes of one, with the names and in the form of a table's fields.

    NOTHING is in every form, and so is an empty text for what is no text.

    Raises
    ------
    ScriptError
        If the table has no such field, or a value is not of its type or too long; the sentence says what is expected.
        Decimals are not too long but rounded.
    """
    columns = {column.name: column for column in definition.columns}
    formed: dict[str, Value] = {}
    for name, value in row.items():
        column = columns.get(_spelled(name, columns, definition))
        if column is not None:
            formed[column.name] = _in_form(column, value, definition.name)
    return formed


def _spelled(name: str, columns: Mapping[str, Column], definition: TableDefinition) -> str:
    found = find_key(dict.fromkeys(columns), name)
    if found is not None:
        return found
    near = difflib.get_close_matches(name.casefold(), [column.casefold() for column in columns], n=1)
    hint = f"; did you mean {find_key(dict.fromkeys(columns), near[0])}?" if near else ""
    raise ScriptError(f"the table {definition.name} has no field {name}{hint}")


def _in_form(column: Column, value: Value, table: str) -> Value:
    kind = column.type.lower()
    name = _ALIASES.get(kind, kind)
    if name not in _KINDS:
        raise ScriptError(f"{column.name} of {table} has the type {column.type}, which no field has")
    expected, read = _KINDS[name]
    if value is None or (value == "" and name != "string"):
        return None
    formed = read(value)
    if formed is None:
        raise ScriptError(f"{column.name} of {table} expects {expected}, not {shown(value)}")
    match formed:
        case str() if name == "string" and column.length and len(formed) > column.length:
            raise ScriptError(f"{column.name} of {table} holds at most {column.length} characters, not {len(formed)}")
        case int() | float() if name in ("integer", "number"):
            return _sized(column, formed, table)
        case _:
            return formed


def _sized(column: Column, number: Number, table: str) -> Number:
    """Return a number with the decimals its field has, as SQL's DECIMAL does: rounded, and too large is an error."""
    if isinstance(number, float) and column.precision is not None:
        number = float(rounded(number, min(column.precision, MOST_PLACES)))
    if column.length is not None:
        most = max(column.length - (column.precision or 0), 0)
        digits = len(str(abs(int(number)))) if abs(number) >= 1 else 0
        if digits > most:
            raise ScriptError(f"{column.name} of {table} holds at most {most} digits before the point, not {digits}")
    return number

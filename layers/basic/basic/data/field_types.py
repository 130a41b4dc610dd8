"""The types of the fields of a TABLE, and how values are converted to them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from basic.functions.parsed_dates import parse_date
from basic.values import Value, parse_numeric, to_finite, to_text


@dataclass(frozen=True, slots=True)
class FieldType:
    """A type of field.

    Attributes
    ----------
    name
        In lower case.
    expected
        What a value of the type is, for errors.
    convert
        Converts a value to the type; None if the value is not of the type.
    """

    name: str
    expected: str
    convert: Callable[[Value], Value]


def _to_string(value: Value) -> Value:
    return None if isinstance(value, list | dict) else to_text(value)


def _to_integer(value: Value) -> Value:
    number = _to_number(value)
    return int(number) if isinstance(number, int | float) and number == int(number) else None


def _to_number(value: Value) -> Value:
    match value:
        case bool() | list() | dict() | None:
            return None
        case str():
            return parse_numeric(value)
        case _:
            return to_finite(value)


def _to_boolean(value: Value) -> Value:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(to_text(value).lower())


def _to_date(value: Value) -> Value:
    parsed = parse_date(value) if isinstance(value, str) else None
    return parsed.at.date().isoformat() if parsed else None


def _to_datetime(value: Value) -> Value:
    parsed = parse_date(value) if isinstance(value, str) else None
    return parsed.at.isoformat(sep=" ", timespec="seconds") if parsed else None


def _to_time(value: Value) -> Value:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", to_text(value).strip(), re.ASCII)
    return f"{int(match[1]):02}:{match[2]}:{match[3] or '00'}" if match else None


def _to_uuid(value: Value) -> Value:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


_TYPES = (
    FieldType("string", "a text", _to_string),
    FieldType("integer", "a whole number such as 12", _to_integer),
    FieldType("number", "a number such as 12.50", _to_number),
    FieldType("boolean", "true or false", _to_boolean),
    FieldType("date", 'a date such as "2024-12-31"', _to_date),
    FieldType("datetime", 'a date and a time such as "2024-12-31 14:30:00"', _to_datetime),
    FieldType("time", 'a time such as "14:30"', _to_time),
    FieldType("guid", "a UUID", _to_uuid),
    FieldType("object", "a value", lambda value: value),
)

_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(
        ("text", "varchar", "char", "email", "name", "url", "phone", "mobile", "nvarchar", "character"), "string"
    ),
    **dict.fromkeys(("int", "bigint", "smallint", "tinyint", "serial", "bigserial"), "integer"),
    **dict.fromkeys(("double", "float", "decimal", "numeric", "real", "money", "currency"), "number"),
    **dict.fromkeys(("bool", "bit"), "boolean"),
    **dict.fromkeys(("timestamp", "timestamptz"), "datetime"),
    **dict.fromkeys(("hour",), "time"),
    **dict.fromkeys(("uuid",), "guid"),
    **dict.fromkeys(("json", "jsonb", "array", "map", "any"), "object"),
}

_BY_NAME = {field_type.name: field_type for field_type in _TYPES}

FIELD_TYPES: Mapping[str, FieldType] = _BY_NAME | {alias: _BY_NAME[name] for alias, name in _ALIASES.items()}
"""Every type by its name and its aliases, in lower case."""

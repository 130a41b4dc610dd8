"""The built-in functions of the language. They are pure: all they know of the world is in the facts of the turn."""

from collections.abc import Mapping
from types import MappingProxyType

from basic.functions import (
    answers,
    array_parts,
    arrays,
    date_periods,
    dates,
    encodings,
    errors,
    exports,
    formats,
    numbers,
    rows,
    text,
    types,
)
from basic.functions.builtin import BuiltinFunction

__all__ = ["ALIASES", "FUNCTIONS", "BuiltinFunction"]

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "ARRAY_POP": "POP",
        "ARRAY_PUSH": "APPEND",
        "ARRAY_SHIFT": "SHIFT",
        "AVERAGE": "AVG",
        "CANCELED": "CANCELLED",
        "CDBL": "VAL",
        "CEIL": "CEILING",
        "CINT": "ROUND",
        "CSTR": "STR",
        "DATE_ADD": "DATEADD",
        "DATE_DIFF": "DATEDIFF",
        "FIX": "INT",
        "GROUPBY": "GROUP_BY",
        "ISNUMERIC": "IS_NUMERIC",
        "IS_EMPTY": "ISEMPTY",
        "IS_NULL": "ISNULL",
        "FROM": "USER_ID",
        "FROMJSON": "JSON_PARSE",
        "JSON": "TOJSON",
        "JSON_STRINGIFY": "TOJSON",
        "LENGTH": "LEN",
        "LOWER": "LCASE",
        "LOWERCASE": "LCASE",
        "NVL": "COALESCE",
        "PARSEFLOAT": "VAL",
        "PARSEJSON": "JSON_PARSE",
        "PARSE_JSON": "JSON_PARSE",
        "PUSH": "APPEND",
        "SQR": "SQRT",
        "SUBARRAY": "SLICE",
        "TO_JSON": "TOJSON",
        "TO_NUMBER": "VAL",
        "TO_YAML": "TOYAML",
        "UNSHIFT": "PREPEND",
        "UPPER": "UCASE",
        "UPPERCASE": "UCASE",
        "USERNAME": "USER_ID",
        "UUID": "GUID",
    }
)
"""Other names of functions."""

_MODULES = (
    answers,
    errors,
    text,
    types,
    numbers,
    formats,
    dates,
    date_periods,
    arrays,
    array_parts,
    rows,
    encodings,
    exports,
)

_BY_NAME = {function.name: function for module in _MODULES for function in module.FUNCTIONS}

FUNCTIONS: Mapping[str, BuiltinFunction] = MappingProxyType(
    _BY_NAME | {alias: _BY_NAME[name] for alias, name in ALIASES.items()}
)
"""Every function by its name and by its aliases, in upper case with words joined by ``_``."""

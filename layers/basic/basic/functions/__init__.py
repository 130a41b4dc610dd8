"""The built-in functions of the language. They are pure: all they know of the world is in the facts of the turn."""

from collections.abc import Mapping
from types import MappingProxyType

from basic.functions import arrays, dates, encodings, formats, numbers, rows, text
from basic.functions.builtin import BuiltinFunction

__all__ = ["ALIASES", "FUNCTIONS", "BuiltinFunction"]

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "AVERAGE": "AVG",
        "CEIL": "CEILING",
        "CSTR": "STR",
        "DATE_ADD": "DATEADD",
        "DATE_DIFF": "DATEDIFF",
        "FIX": "INT",
        "GROUPBY": "GROUP_BY",
        "ISNUMERIC": "IS_NUMERIC",
        "IS_EMPTY": "ISEMPTY",
        "IS_NULL": "ISNULL",
        "JSON": "TOJSON",
        "LENGTH": "LEN",
        "LOWER": "LCASE",
        "PUSH": "APPEND",
        "SQR": "SQRT",
        "TO_JSON": "TOJSON",
        "TO_YAML": "TOYAML",
        "UPPER": "UCASE",
    }
)
"""Other names of functions."""

_MODULES = (text, numbers, formats, dates, arrays, rows, encodings)

_BY_NAME = {function.name: function for module in _MODULES for function in module.FUNCTIONS}

FUNCTIONS: Mapping[str, BuiltinFunction] = MappingProxyType(
    _BY_NAME | {alias: _BY_NAME[name] for alias, name in ALIASES.items()}
)
"""Every function by its name and by its aliases, in upper case with words joined by ``_``."""

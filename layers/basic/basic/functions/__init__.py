"""The functions of the language: `FUNCTIONS`, by name. Pure: what they need of the world is in the turn's facts."""

from collections.abc import Mapping
from types import MappingProxyType

from basic.functions import arrays, encodings, formats, moments, numbers, rows, texts
from basic.functions.function import Function

__all__ = ["ALIASES", "FUNCTIONS", "Function"]

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

_ALL = (
    *texts.FUNCTIONS,
    *numbers.FUNCTIONS,
    *formats.FUNCTIONS,
    *moments.FUNCTIONS,
    *arrays.FUNCTIONS,
    *rows.FUNCTIONS,
    *encodings.FUNCTIONS,
)

_BY_NAME = {function.name: function for function in _ALL}

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    _BY_NAME | {alias: _BY_NAME[name] for alias, name in ALIASES.items()}
)
"""Every function by its name and by its aliases, in capitals, words joined by ``_``."""

"""FORMAT: formats numbers, dates and texts by a pattern.

A text that is a date is formatted by a date pattern (`basic.functions.date_format`), a number or a numeric text by a
number pattern (`basic.functions.number_format`), everything else by a text pattern; a value that does not fit its
pattern is unchanged. Names, separators and currency are those of the bot's language, or of the language at the end of
the pattern: ``C2[pt-BR]``.

In a text pattern ``@`` is the text, ``!`` or ``>`` the text in upper case, ``&`` or ``<`` in lower case; only the first
of these letters in the pattern counts, and ``@`` has precedence.
"""

import re
from collections.abc import Callable, Mapping

from basic.errors import ScriptError
from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, with_turn
from basic.functions.date_format import format_date, parse_date_pattern
from basic.functions.locales import get_locale
from basic.functions.number_format import format_number, is_number_pattern
from basic.functions.parsed_dates import parse_date
from basic.sizes import check_size
from basic.turn import TurnFacts
from basic.values import Number, Value, parse_numeric, to_number, to_text

MAX_PATTERN_LENGTH = 500

_LOCALE = re.compile(r"(?P<pattern>.*)\[(?P<tag>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)\]", re.DOTALL)
_TEXT_CASES: Mapping[str, Callable[[str], str]] = {
    "@": str,
    "!": str.upper,
    ">": str.upper,
    "&": str.lower,
    "<": str.lower,
}


def format_value(turn: TurnFacts, value: Value, pattern: Value = None) -> str:
    """Format a value by a pattern; see the module."""
    if pattern is None or value is None:
        return to_text(value)
    complete_pattern = to_text(pattern)
    if len(complete_pattern) > MAX_PATTERN_LENGTH:
        raise ScriptError(
            f"FORMAT expects a pattern of at most {MAX_PATTERN_LENGTH} characters, not {len(complete_pattern)}"
        )
    value_pattern, tag = _split_locale(complete_pattern, turn.locale)
    locale = get_locale(tag)
    parts = parse_date_pattern(value_pattern)
    if any(part.letter for part in parts) and isinstance(value, str) and (date := parse_date(value, turn)):
        return format_date(parts, date.at, locale)
    number = _to_number(value)
    if number is not None and is_number_pattern(value_pattern):
        return format_number(number, value_pattern, locale)
    return _format_text(to_text(value), value_pattern)


def _split_locale(pattern: str, default: str) -> tuple[str, str]:
    match = _LOCALE.fullmatch(pattern)
    return (match["pattern"], match["tag"]) if match else (pattern, default)


def _to_number(value: Value) -> Number | None:
    if isinstance(value, str):
        return parse_numeric(value)
    return None if isinstance(value, bool | list | dict) else to_number(value)


def _format_text(text: str, pattern: str) -> str:
    letter = "@" if "@" in pattern else next((letter for letter in pattern if letter in _TEXT_CASES), None)
    if letter is None:
        return text
    convert = _TEXT_CASES[letter]
    check_size(len(pattern) + pattern.count(letter) * 2 * len(text))
    return pattern.replace(letter, convert(text))


FUNCTIONS = (
    BuiltinFunction(
        "FORMAT",
        with_turn(format_value),
        1,
        2,
        "A number, a date or a text, formatted by a pattern; without one, the same as STR",
        'FORMAT(1234.5, "#,##0.00") = "1,234.50"',
        cost=costs.formatting,
    ),
)

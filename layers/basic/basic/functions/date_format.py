"""Date patterns of FORMAT.

=====================  ======================================================================================
date pattern           is replaced by
=====================  ======================================================================================
``yyyy`` ``yy``        the year; ``y`` and ``d`` ignore case
``MMMM`` ``MMM``       the month's name, in full and short
``MM`` ``M``           the month; after an hour, the minute, as ``HH:MM`` is often written
``dddd`` ``ddd``       the weekday's name, in full and short
``dd`` ``d``           the day
``HH`` ``H``           the hour, 0 to 23
``hh`` ``h``           the hour, 1 to 12
``mm`` ``m``           the minute; the month if next to a day or a year and not to an hour, as in ``dd/mm/yyyy``
``ss`` ``s`` ``fff``   the second, the millisecond
``tt`` ``AM/PM``       the half of the day
=====================  ======================================================================================
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from basic.functions.locales import Locale
from basic.functions.patterns import LITERAL, unquote

_TOKEN = re.compile(
    rf"(?P<literal>{LITERAL})"
    r"|(?P<part>(?i:am/pm|y+|d+)|M+|m+|H+|h+|s+|f{3}|tt)"
    r"|(?P<other>.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class DatePart:
    """A part of a date pattern: the letter of a field with its text, or (with an empty letter) a literal text."""

    letter: str
    text: str


def parse_date_pattern(pattern: str) -> list[DatePart]:
    """Split a date pattern into its parts."""
    parts = [_match_to_part(match) for match in _TOKEN.finditer(pattern)]
    fields = [position for position, part in enumerate(parts) if part.letter]
    letters = {part.letter for part in parts}
    for index, position in enumerate(fields):
        before = parts[fields[index - 1]].letter if index else ""
        after = parts[fields[index + 1]].letter if index + 1 < len(fields) else ""
        part = parts[position]
        if part.letter in "Mm" and len(part.text) <= 2:  # noqa: PLR2004 - longer ones are names of months
            parts[position] = DatePart(_resolve_m(part.letter, before, after, letters), part.text)
    return parts


def _match_to_part(match: re.Match[str]) -> DatePart:
    if match["part"] is None:
        return DatePart("", unquote(match[0]) if match["literal"] else match[0])
    part = match["part"]
    if part.lower() == "am/pm":
        return DatePart("t", part)
    return DatePart(part[0].lower() if part[0] in "YyDd" else part[0], part)


def _resolve_m(letter: str, before: str, after: str, letters: set[str]) -> str:
    """Return whether an ``M`` or ``m`` is a month or a minute: ``HH:MM`` is a time, ``dd/mm/yyyy`` a date."""
    if before in {"H", "h"}:
        return "m"
    if letter == "M":
        return "M"
    is_date = (before in {"d", "y"} or after in {"d", "y"}) and after != "s" and "M" not in letters
    return "M" if is_date else "m"


_FORMATTERS: Mapping[str, Callable[[datetime, int, Locale], str]] = {
    "y": lambda at, length, _: f"{at.year:04}" if length > 2 else f"{at.year % 100:02}",  # noqa: PLR2004 - yy is short
    "M": lambda at, length, locale: _format_name(at.month, length, locale.months_short, locale.months, at.month - 1),
    "d": lambda at, length, locale: _format_name(at.day, length, locale.days_short, locale.days, at.isoweekday() % 7),
    "H": lambda at, length, _: _pad(at.hour, length),
    "h": lambda at, length, _: _pad((at.hour - 1) % 12 + 1, length),
    "m": lambda at, length, _: _pad(at.minute, length),
    "s": lambda at, length, _: _pad(at.second, length),
    "f": lambda at, _, __: f"{at.microsecond // 1000:03}",
    "t": lambda at, _, locale: locale.halves[at.hour >= 12],  # noqa: PLR2004 - noon
}


def format_date(parts: Sequence[DatePart], at: datetime, locale: Locale) -> str:
    """Format a date by the parts of a pattern."""
    return "".join(_format_part(part, at, locale) for part in parts)


def _format_part(part: DatePart, at: datetime, locale: Locale) -> str:
    return _FORMATTERS[part.letter](at, len(part.text), locale) if part.letter else part.text


def _pad(number: int, length: int) -> str:
    return f"{number:0{min(length, 2)}}"


def _format_name(number: int, length: int, short: Sequence[str], names: Sequence[str], position: int) -> str:
    if length > 3:  # noqa: PLR2004 - MMMM and dddd are names
        return names[position]
    return short[position] if length == 3 else _pad(number, length)  # noqa: PLR2004 - MMM and ddd are short ones

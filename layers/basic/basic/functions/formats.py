r"""FORMAT: numbers, dates and texts by a pattern.

A text that is a date is written by a pattern with parts of a date, a number (or a text that is one) by a pattern with
places for digits, anything else by a pattern with a place for text; what does not fit its pattern stays as it is.
Names, separators and money are the bot's language's, or that of a pattern that ends in one: ``C2[pt-BR]``.

==============================  ===============================================================================
number pattern                  writes 1234.5 as (English)
==============================  ===============================================================================
``N``, ``N0`` … ``N15``         ``1,234.50``: grouped, two decimals or so many
``n``, ``F``, ``F0`` … ``F15``  ``1234.50``: not grouped, always with a point
``f``                           ``1234.5``: as STR does
``C``, ``C0`` … ``C15``         ``$1,234.50``: in the money of the locale's country
``P``, ``P0`` … ``P15``         ``123,450.00%``
``#,##0.00``, ``$#,###``,       ``1,234.50``, ``$1,235``, ``123450%``; ``0`` is a digit that is always there, ``#`` one
``0%`` …                        that may be, ``,`` among them groups; after ``;`` stands the pattern of negative
                                numbers, and after another that of zero
==============================  ===============================================================================

=====================  ======================================================================================
date pattern           writes
=====================  ======================================================================================
``yyyy`` ``yy``        the year; large and small letters mean the same in ``y`` and ``d``
``MMMM`` ``MMM``       the month's name, in full and short
``MM`` ``M``           the month; after an hour, the minute, as ``HH:MM`` is often written
``dddd`` ``ddd``       the weekday's name, in full and short
``dd`` ``d``           the day
``HH`` ``H``           the hour of 24
``hh`` ``h``           the hour of 12
``mm`` ``m``           the minute; beside a day or a year and far from any hour, the month, as in ``dd/mm/yyyy``
``ss`` ``s`` ``fff``   the second, the millisecond
``tt`` ``AM/PM``       the half of the day
=====================  ======================================================================================

In both, ``'text'``, ``"text"`` and ``\x`` stand for themselves. In a text pattern ``@`` is the text, ``!`` or ``>`` the
text in capitals, ``&`` or ``<`` in small letters; the first kind in the pattern counts, ``@`` before the others.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from basic.errors import ScriptError
from basic.functions.function import Function, bounded, turning
from basic.functions.locales import Locale, locale_of
from basic.functions.moments import read_moment
from basic.functions.numbers import rounded
from basic.turn import TurnFacts
from basic.values import Number, Value, parse_numeric, to_number, to_text

LONGEST_PATTERN = 500

_LOCALE = re.compile(r"(?P<pattern>.*)\[(?P<tag>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)\]", re.DOTALL)
_STANDARD = re.compile(r"(?P<kind>[NnFfCcPp])(?P<places>\d|1[0-5])?", re.ASCII)
_LITERAL = r"'[^']*'|\"[^\"]*\"|\\."
_PICTURE = re.compile(rf"(?P<literal>{_LITERAL})|(?P<digits>[#0][#0,.]*|\.[#0]+)|(?P<other>.)", re.DOTALL)
_DATE_PARTS = re.compile(
    rf"(?P<literal>{_LITERAL})"
    r"|(?P<part>(?i:am/pm|y+|d+)|M+|m+|H+|h+|s+|f{3}|tt)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_TEXT_MARKS: Mapping[str, Callable[[str], str]] = {
    "@": str,
    "!": str.upper,
    ">": str.upper,
    "&": str.lower,
    "<": str.lower,
}


def format_value(turn: TurnFacts, value: Value, pattern: Value = None) -> str:
    """Write a value by a pattern; see the head of this module."""
    if pattern is None or value is None:
        return to_text(value)
    wanted, tag = _split_locale(to_text(pattern), turn.locale)
    if len(wanted) > LONGEST_PATTERN:
        raise ScriptError(f"FORMAT expects a pattern of at most {LONGEST_PATTERN} characters, not {len(wanted)}")
    locale = locale_of(tag)
    parts = _date_parts(wanted)
    if any(part.letter for part in parts) and isinstance(value, str) and (moment := read_moment(value, turn)):
        return "".join(_write_part(part, moment.at, locale) for part in parts)
    number = _number_of(value)
    if number is not None and is_number_pattern(wanted):
        return format_number(number, wanted, locale)
    return _format_text(to_text(value), wanted)


def _split_locale(pattern: str, default: str) -> tuple[str, str]:
    match = _LOCALE.fullmatch(pattern)
    return (match["pattern"], match["tag"]) if match else (pattern, default)


def _number_of(value: Value) -> Number | None:
    if isinstance(value, str):
        return parse_numeric(value)
    return None if isinstance(value, bool | list | dict) else to_number(value)


def is_number_pattern(pattern: str) -> bool:
    """Tell whether a pattern is one of numbers: a letter of the table, or one with a place for digits."""
    if _STANDARD.fullmatch(pattern):
        return True
    return any(match["digits"] for match in _PICTURE.finditer(pattern))


# ----------------------------------------------------------------------------------------------------------- numbers


def format_number(number: Number, pattern: str, locale: Locale) -> str:
    """Write a number by a number pattern."""
    if match := _STANDARD.fullmatch(pattern):
        return _format_standard(number, match["kind"], match["places"], locale)
    sections = _sections(pattern)
    if number == 0 and len(sections) > 2:  # noqa: PLR2004 - positive; negative; zero
        return _Picture(sections[2]).write(0, locale)
    if number < 0 and len(sections) > 1 and sections[1]:
        return _Picture(sections[1]).write(-number, locale)
    written = _Picture(sections[0]).write(abs(number), locale)
    return f"-{written}" if number < 0 and re.search("[1-9]", written) else written


def _format_standard(number: Number, kind: str, places: str | None, locale: Locale) -> str:
    if kind == "f" and places is None:
        return to_text(number)
    if kind in "Cc":
        count = locale.currency.digits if places is None else int(places)
        return _signed(number, count, lambda digits: _money(_grouped(digits, locale), locale))
    count = 2 if places is None else int(places)
    if kind in "Pp":
        before, after = locale.percent
        return _signed(_times_hundred(number), count, lambda digits: f"{before}{_grouped(digits, locale)}{after}")
    if kind == "N":
        return _signed(number, count, lambda digits: _grouped(digits, locale))
    return _signed(number, count, str)


def _times_hundred(number: Number) -> Decimal:
    return Decimal(repr(number)).scaleb(2)


def _signed(number: Number | Decimal, places: int, write: Callable[[str], str]) -> str:
    digits = f"{rounded(number, places):f}"
    if not digits.startswith("-"):
        return write(digits)
    written = write(digits[1:])
    return f"-{written}" if re.search("[1-9]", digits) else written


def _grouped(digits: str, locale: Locale) -> str:
    integer, _, fraction = digits.partition(".")
    return group(integer, locale) + (locale.decimal + fraction if fraction else "")


def group(digits: str, locale: Locale) -> str:
    """Put the separator of a locale between the groups of a whole number."""
    last, others = locale.groups
    parts = [digits[-last:]]
    rest = digits[:-last]
    while rest:
        parts.append(rest[-others:])
        rest = rest[:-others]
    return locale.group.join(reversed(parts))


def _money(amount: str, locale: Locale) -> str:
    gap = " " if locale.currency.space else ""
    symbol = locale.currency.symbol
    return f"{symbol}{gap}{amount}" if locale.currency.before else f"{amount}{gap}{symbol}"


def _sections(pattern: str) -> Sequence[str]:
    sections = [""]
    for match in _PICTURE.finditer(pattern):
        if match["other"] == ";":
            sections.append("")
        else:
            sections[-1] += match[0]
    return sections


class _Picture:
    """One section of a pattern of ``0`` and ``#``."""

    def __init__(self, section: str) -> None:
        self._before = self._after = ""
        self._digits = ""
        self._percent = False
        for match in _PICTURE.finditer(section):
            self._take(match)
        integer, _, self._fraction = self._digits.partition(".")
        self._grouped = "," in integer.rstrip(",")
        self._integer = integer.replace(",", "")

    def _take(self, match: re.Match[str]) -> None:
        if match["digits"] and not self._digits:
            self._digits = match["digits"]
            return
        text = _unquoted(match[0]) if match["literal"] else match[0]
        self._percent |= match["other"] == "%"
        if self._digits:
            self._after += text
        else:
            self._before += text

    def write(self, number: Number, locale: Locale) -> str:
        """Write a number that is not negative; a section without a place for digits is only its text."""
        if not self._digits:
            return self._before
        places = self._fraction.replace(",", "").replace(".", "")
        digits = f"{rounded(_times_hundred(number) if self._percent else number, len(places)):f}"
        integer, _, fraction = digits.partition(".")
        integer = integer.lstrip("0").rjust(self._integer.count("0"), "0")
        kept = fraction.rstrip("0").ljust(places.rfind("0") + 1, "0")
        if not integer and not kept:
            integer = "0"
        shown = group(integer, locale) if self._grouped else integer
        return f"{self._before}{shown}{locale.decimal + kept if kept else ''}{self._after}"


def _unquoted(literal: str) -> str:
    return literal[1:] if literal.startswith("\\") else literal[1:-1]


# ------------------------------------------------------------------------------------------------------------- dates


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a date pattern: what it writes (a letter; empty for text), and how long it is or the text itself."""

    letter: str
    text: str


def _date_parts(pattern: str) -> list[_Part]:
    found = [_part_of(match) for match in _DATE_PARTS.finditer(pattern)]
    fields = [position for position, part in enumerate(found) if part.letter]
    letters = {part.letter for part in found}
    for place, position in enumerate(fields):
        before = found[fields[place - 1]].letter if place else ""
        after = found[fields[place + 1]].letter if place + 1 < len(fields) else ""
        part = found[position]
        if part.letter in "Mm" and len(part.text) <= 2:  # noqa: PLR2004 - longer ones are names of months
            found[position] = _Part(_month_or_minute(part.letter, before, after, letters), part.text)
    return found


def _part_of(match: re.Match[str]) -> _Part:
    if match["part"] is None:
        return _Part("", _unquoted(match[0]) if match["literal"] else match[0])
    part = match["part"]
    if part.lower() == "am/pm":
        return _Part("t", part)
    return _Part(part[0].lower() if part[0] in "YyDd" else part[0], part)


def _month_or_minute(letter: str, before: str, after: str, letters: set[str]) -> str:
    """Say what ``MM`` or ``mm`` means from what stands beside it: ``HH:MM`` is a time, ``dd/mm/yyyy`` a date."""
    if before in {"H", "h"}:
        return "m"
    if letter == "M":
        return "M"
    is_date = (before in {"d", "y"} or after in {"d", "y"}) and after != "s" and "M" not in letters
    return "M" if is_date else "m"


_WRITE: Mapping[str, Callable[[datetime, int, Locale], str]] = {
    "y": lambda at, length, _: f"{at.year:04}" if length > 2 else f"{at.year % 100:02}",  # noqa: PLR2004 - yy is short
    "M": lambda at, length, locale: _named(at.month, length, locale.months_short, locale.months, at.month - 1),
    "d": lambda at, length, locale: _named(at.day, length, locale.days_short, locale.days, at.isoweekday() % 7),
    "H": lambda at, length, _: _padded(at.hour, length),
    "h": lambda at, length, _: _padded((at.hour - 1) % 12 + 1, length),
    "m": lambda at, length, _: _padded(at.minute, length),
    "s": lambda at, length, _: _padded(at.second, length),
    "f": lambda at, _, __: f"{at.microsecond // 1000:03}",
    "t": lambda at, _, locale: locale.halves[at.hour >= 12],  # noqa: PLR2004 - noon
}


def _write_part(part: _Part, at: datetime, locale: Locale) -> str:
    return _WRITE[part.letter](at, len(part.text), locale) if part.letter else part.text


def _padded(number: int, length: int) -> str:
    return f"{number:0{min(length, 2)}}"


def _named(number: int, length: int, short: Sequence[str], names: Sequence[str], position: int) -> str:
    if length > 3:  # noqa: PLR2004 - MMMM and dddd are names
        return names[position]
    return short[position] if length == 3 else _padded(number, length)  # noqa: PLR2004 - MMM and ddd are short ones


# ------------------------------------------------------------------------------------------------------------- texts


def _format_text(text: str, pattern: str) -> str:
    mark = "@" if "@" in pattern else next((mark for mark in pattern if mark in _TEXT_MARKS), None)
    if mark is None:
        return text
    change = _TEXT_MARKS[mark]
    bounded(len(pattern) + pattern.count(mark) * 2 * len(text))
    return pattern.replace(mark, change(text))


FUNCTIONS = (
    Function(
        "FORMAT",
        turning(format_value),
        1,
        2,
        "A number, a date or a text by a pattern; without one, as STR does",
        'FORMAT(1234.5, "#,##0.00") = "1,234.50"',
    ),
)

"""Number patterns of FORMAT.

==============================  ===============================================================================
number pattern                  1234.5 (English)
==============================  ===============================================================================
``N``, ``N0`` … ``N15``         ``1,234.50``: grouped, two decimals or the number given
``n``, ``F``, ``F0`` … ``F15``  ``1234.50``: not grouped, always with a point
``f``                           ``1234.5``: as STR does
``C``, ``C0`` … ``C15``         ``$1,234.50``: in the money of the locale's country
``P``, ``P0`` … ``P15``         ``123,450.00%``
``#,##0.00``, ``$#,###``,       ``1,234.50``, ``$1,235``, ``123450%``; ``0`` is a required digit, ``#`` an optional
``0%`` …                        one, ``,`` among them groups; ``;`` separates the patterns of positive numbers, of
                                negative numbers and of zero
==============================  ===============================================================================
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from basic.functions.locales import Locale
from basic.functions.numbers import round_half_up
from basic.functions.patterns import LITERAL, unquote
from basic.values import Number, to_text

_STANDARD = re.compile(r"(?P<kind>[NnFfCcPp])(?P<places>\d|1[0-5])?", re.ASCII)
_TOKEN = re.compile(rf"(?P<literal>{LITERAL})|(?P<digits>[#0][#0,.]*|\.[#0]+)|(?P<other>.)", re.DOTALL)


def is_number_pattern(pattern: str) -> bool:
    """Return whether a pattern formats numbers: it is a letter of the table or contains digits."""
    if _STANDARD.fullmatch(pattern):
        return True
    return any(match["digits"] for match in _TOKEN.finditer(pattern))


def format_number(number: Number, pattern: str, locale: Locale) -> str:
    """Format a number by a number pattern."""
    if match := _STANDARD.fullmatch(pattern):
        return _format_standard(number, match["kind"], match["places"], locale)
    sections = _split_sections(pattern)
    if number == 0 and len(sections) > 2:  # noqa: PLR2004 - positive; negative; zero
        return _Section(sections[2]).format(0, locale)
    if number < 0 and len(sections) > 1 and sections[1]:
        return _Section(sections[1]).format(-number, locale)
    formatted = _Section(sections[0]).format(abs(number), locale)
    return f"-{formatted}" if number < 0 and re.search("[1-9]", formatted) else formatted


def _format_standard(number: Number, kind: str, places: str | None, locale: Locale) -> str:
    if kind == "f" and places is None:
        return to_text(number)
    if kind in "Cc":
        count = locale.currency.digits if places is None else int(places)
        return _format_signed(number, count, lambda digits: _add_currency(_format_grouped(digits, locale), locale))
    count = 2 if places is None else int(places)
    if kind in "Pp":
        before, after = locale.percent
        return _format_signed(
            _to_percent(number), count, lambda digits: f"{before}{_format_grouped(digits, locale)}{after}"
        )
    if kind == "N":
        return _format_signed(number, count, lambda digits: _format_grouped(digits, locale))
    return _format_signed(number, count, str)


def _to_percent(number: Number) -> Decimal:
    return Decimal(repr(number)).scaleb(2)


def _format_signed(number: Number | Decimal, places: int, format_digits: Callable[[str], str]) -> str:
    digits = f"{round_half_up(number, places):f}"
    if not digits.startswith("-"):
        return format_digits(digits)
    formatted = format_digits(digits[1:])
    return f"-{formatted}" if re.search("[1-9]", digits) else formatted


def _format_grouped(digits: str, locale: Locale) -> str:
    integer, _, fraction = digits.partition(".")
    return group_digits(integer, locale) + (locale.decimal + fraction if fraction else "")


def group_digits(digits: str, locale: Locale) -> str:
    """Insert the separator of a locale between the groups of digits."""
    last, others = locale.groups
    parts = [digits[-last:]]
    rest = digits[:-last]
    while rest:
        parts.append(rest[-others:])
        rest = rest[:-others]
    return locale.group.join(reversed(parts))


def _add_currency(amount: str, locale: Locale) -> str:
    gap = " " if locale.currency.space else ""
    symbol = locale.currency.symbol
    return f"{symbol}{gap}{amount}" if locale.currency.before else f"{amount}{gap}{symbol}"


def _split_sections(pattern: str) -> Sequence[str]:
    sections = [""]
    for match in _TOKEN.finditer(pattern):
        if match["other"] == ";":
            sections.append("")
        else:
            sections[-1] += match[0]
    return sections


class _Section:
    """One section of a pattern of ``0`` and ``#``."""

    def __init__(self, section: str) -> None:
        self._before = self._after = ""
        self._digits = ""
        self._percent = False
        for match in _TOKEN.finditer(section):
            self._add(match)
        integer, _, self._fraction = self._digits.partition(".")
        self._grouped = "," in integer.rstrip(",")
        self._integer = integer.replace(",", "")

    def _add(self, match: re.Match[str]) -> None:
        if match["digits"] and not self._digits:
            self._digits = match["digits"]
            return
        text = unquote(match[0]) if match["literal"] else match[0]
        self._percent |= match["other"] == "%"
        if self._digits:
            self._after += text
        else:
            self._before += text

    def format(self, number: Number, locale: Locale) -> str:
        """Format a number of at least 0; a section without digits is only its text."""
        if not self._digits:
            return self._before
        places = self._fraction.replace(",", "").replace(".", "")
        digits = f"{round_half_up(_to_percent(number) if self._percent else number, len(places)):f}"
        integer, _, fraction = digits.partition(".")
        integer = integer.lstrip("0").rjust(self._integer.count("0"), "0")
        decimals = fraction.rstrip("0").ljust(places.rfind("0") + 1, "0")
        if not integer and not decimals:
            integer = "0"
        digits = group_digits(integer, locale) if self._grouped else integer
        return f"{self._before}{digits}{locale.decimal + decimals if decimals else ''}{self._after}"

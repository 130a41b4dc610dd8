"""Formats of numbers, money and dates by locale; ``python -m tools.locales`` generates ``locales.json`` from CLDR."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("locales.json")


@dataclass(frozen=True, slots=True)
class Currency:
    """The money of a locale's country.

    Attributes
    ----------
    symbol
        Such as ``R$``.
    digits
        Decimal places of an amount.
    before
        Whether the symbol is before the amount.
    space
        Whether there is a space between them.
    """

    symbol: str
    digits: int
    before: bool
    space: bool


@dataclass(frozen=True, slots=True)
class Locale:
    """The formats of a language, or of a language in a country.

    Attributes
    ----------
    decimal
        The decimal point.
    group
        The separator between groups of digits.
    groups
        The number of digits of the last group and of the groups before it.
    percent
        The text before and after a percentage.
    currency
        The money.
    months, months_short
        The names of the months, as used in a date.
    days, days_short
        The names of the days of the week, from Sunday.
    halves
        The halves of the day: ``AM`` and ``PM``.
    """

    decimal: str
    group: str
    groups: Sequence[int]
    percent: Sequence[str]
    currency: Currency
    months: Sequence[str]
    months_short: Sequence[str]
    days: Sequence[str]
    days_short: Sequence[str]
    halves: Sequence[str]


@cache
def get_locale(tag: str) -> Locale:
    """Return the locale of a language tag, ignoring its case and separator.

    An unknown country falls back to the language, an unknown language to English.
    """
    language, _, rest = tag.replace("_", "-").partition("-")
    region = rest.rpartition("-")[2].upper()
    entries = _load_locales()
    language = language.lower() if language.lower() in entries else "en"
    entry = {**entries[language], **entries.get(f"{language}-{region}", {})}
    return Locale(**entry | {"currency": Currency(**entry["currency"])})


@cache
def _load_locales() -> Mapping[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return loaded

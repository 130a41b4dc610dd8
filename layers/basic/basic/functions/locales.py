"""How languages write numbers, money and dates. ``locales.json`` is CLDR's, made by ``python -m tools.locales``."""

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
        Whether the symbol stands before the amount.
    space
        Whether there is a space between them.
    """

    symbol: str
    digits: int
    before: bool
    space: bool


@dataclass(frozen=True, slots=True)
class Locale:
    """How one language, or one country's form of it, writes things.

    Attributes
    ----------
    decimal
        The decimal point.
    group
        What stands between groups of digits.
    groups
        Digits of the last group and of those before it.
    percent
        What stands before and after a percentage.
    currency
        The money.
    months, months_short
        The names of the months, as they stand in a date.
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
def locale_of(tag: str) -> Locale:
    """Return the locale of a language tag, whatever its case and separator.

    A country that is not in the table gives its language, a language that is not, English.
    """
    language, _, rest = tag.replace("_", "-").partition("-")
    region = rest.rpartition("-")[2].upper()
    entries = _table()
    language = language.lower() if language.lower() in entries else "en"
    entry = {**entries[language], **entries.get(f"{language}-{region}", {})}
    return Locale(**entry | {"currency": Currency(**entry["currency"])})


@cache
def _table() -> Mapping[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return loaded

"""Generates the table of locales for FORMAT from the CLDR data of Babel: ``python -m tools.locales [--check]``.

Babel has 31 MB of data for a thousand locales; the functions need the names and symbols of a few, which are 30 KB.
"""

import argparse
import json
import re
import sys
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision, get_currency_symbol, get_territory_currencies

from tools.documents import ROOT

FILE = ROOT / "layers/basic/basic/functions/locales.json"

LANGUAGES = ("en", "pt", "es", "fr", "de", "it", "nl", "pl", "ru", "tr", "ar", "hi", "ja", "ko", "zh")
"""The languages that HEAR AS LANGUAGE accepts."""

REGIONS = (
    *("en-AU", "en-CA", "en-GB", "en-IE", "en-IN", "en-NZ", "en-ZA"),
    *("pt-AO", "pt-MZ", "pt-PT", "es-AR", "es-CL", "es-CO", "es-MX", "es-PE", "es-UY"),
    *("fr-CA", "fr-CH", "de-AT", "de-CH", "it-CH", "zh-TW"),
)
"""Regions with other symbols or another currency than the main country of the language."""

_SPACES = {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "}
_DIRECTIONS = dict.fromkeys(("\N{RIGHT-TO-LEFT MARK}", "\N{LEFT-TO-RIGHT MARK}", "\N{ARABIC LETTER MARK}"), "")
_PLAIN = str.maketrans(_SPACES | _DIRECTIONS)
"""Scripts search and compare the output of FORMAT, so it has ordinary spaces and no invisible marks."""


def describe_locale(tag: str) -> dict[str, Any]:
    """Return the data of a locale that FORMAT needs."""
    language, _, region = tag.partition("-")
    territory = region or get_global("likely_subtags")[language].split("_")[-1]
    locale = Locale.parse(f"{language}_{territory}")
    symbols = locale.number_symbols["latn"]
    days = [6, 0, 1, 2, 3, 4, 5]  # Babel's weeks begin on Monday, WEEKDAY's on Sunday
    return {
        "decimal": symbols["decimal"],
        "group": symbols["group"].translate(_PLAIN),
        "groups": list(locale.decimal_formats[None].grouping),
        "percent": re.split("[#,0]+", locale.percent_formats[None].pattern.translate(_PLAIN)),
        "currency": describe_currency(locale, territory),
        "months": [locale.months["format"]["wide"][month] for month in range(1, 13)],
        "months_short": [locale.months["format"]["abbreviated"][month] for month in range(1, 13)],
        "days": [locale.days["format"]["wide"][day] for day in days],
        "days_short": [locale.days["format"]["abbreviated"][day] for day in days],
        "halves": [locale.day_periods["format"]["abbreviated"][half].translate(_PLAIN) for half in ("am", "pm")],
    }


def describe_currency(locale: Locale, territory: str) -> dict[str, Any]:
    """Return the currency of a territory and its position beside an amount."""
    code = get_territory_currencies(territory)[0]
    pattern = locale.currency_formats["standard"].pattern.translate(_PLAIN).partition(";")[0]
    return {
        "symbol": get_currency_symbol(code, locale).translate(_PLAIN),
        "digits": get_currency_precision(code),
        "before": pattern.startswith("\N{CURRENCY SIGN}"),
        "space": " " in pattern,
    }


def build_table() -> dict[str, dict[str, Any]]:
    """Return all locales by their tags. A region has only the values that differ from its language."""
    languages = {language: describe_locale(language) for language in LANGUAGES}
    regions = {tag: _select_differences(describe_locale(tag), languages[tag[:2]]) for tag in REGIONS}
    return languages | regions


def _select_differences(region: dict[str, Any], language: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in region.items() if value != language[name]}


def format_table() -> str:
    """Return the content of the file: one line per locale."""
    lines = [f"  {json.dumps(tag)}: {json.dumps(entry, ensure_ascii=False)}" for tag, entry in build_table().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Write the table, or check that it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m tools.locales")
    parser.add_argument("--check", action="store_true", help="do not write; fail if the table is out of date")
    if parser.parse_args().check:
        if FILE.read_text(encoding="utf-8") != format_table():
            sys.exit(f"{FILE.relative_to(ROOT)} is out of date; run python -m tools.locales")
    else:
        FILE.write_text(format_table(), encoding="utf-8")


if __name__ == "__main__":
    main()

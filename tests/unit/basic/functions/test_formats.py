"""FORMAT: every documented pattern, and round trips."""

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from babel import Locale as BabelLocale
from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.functions.locales import get_locale
from basic.values import Value
from tests.unit.basic.functions.evaluation import call
from tools import locales

MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001 - moments are texts in UTC
TAGS = st.sampled_from(sorted(locales.build_table()))
AMOUNTS = st.integers(-(10**12), 10**12) | st.floats(-1e12, 1e12)

DATE = "2024-03-05 14:09:07.123"


@pytest.mark.parametrize(
    ("value", "pattern", "written"),
    [
        (1234.5, "N", "1,234.50"),
        (1234.5, "N0", "1,235"),
        (1234.5, "N3", "1,234.500"),
        (1234.5, "n", "1234.50"),
        (1234.5, "F", "1234.50"),
        (1234.5, "F1", "1234.5"),
        (1234.5, "f", "1234.5"),
        (1234.5, "C", "$1,234.50"),
        (-1234.5, "C", "-$1,234.50"),
        (1234.5, "C2[en]", "$1,234.50"),
        (1234.5, "C2[pt]", "R$ 1.234,50"),
        (1234.5, "C[pt-BR]", "R$ 1.234,50"),
        (1234.5, "C[pt_PT]", "1 234,50 €"),
        (1234.5, "C[fr]", "1 234,50 €"),
        (1234.5, "C[en-GB]", "£1,234.50"),
        (1234.5, "C[ja]", "￥1,235"),
        (1234567.8, "N1[hi]", "12,34,567.8"),
        (1234.56, "N[de]", "1.234,56"),
        (0.85, "0%", "85%"),
        (0.85, "P0", "85%"),
        (0.8512, "P", "85.12%"),
        (0.8512, "0.0%", "85.1%"),
        (1234.5, "0.00", "1234.50"),
        (1234.5, "#,##0.00", "1,234.50"),
        (0, "#,##0.00", "0.00"),
        (0.5, "#,##0.00", "0.50"),
        (0.5, "#.##", ".5"),
        (4.666, "#.#", "4.7"),
        (1234567, "#,###", "1,234,567"),
        (0, "#,###", "0"),
        (1234.5, "$#,###", "$1,235"),
        (-1234.5, "$#,###", "-$1,235"),
        (1234.5, "R$ #,##0.00[pt]", "R$ 1.234,50"),
        (7, "000", "007"),
        (-7, "000", "-007"),
        (12.3, "0.00 'kg'", "12.30 kg"),
        (12.3, '0" %"', "12 %"),
        (12.3, r"\#0", "#12"),
        (-5, "0.00;(0.00)", "(5.00)"),
        (0, "0.00;(0.00);none", "none"),
        (5, "0.00;(0.00);none", "5.00"),
        (-0.001, "0.00", "0.00"),
        (-0.001, "N", "0.00"),
        (2.675, "N", "2.68"),
        (1e300, "N0", f"{10**300:,}"),
        ("1234.5", "N", "1,234.50"),
        (1234, None, "1234"),
        (0.1 + 0.2, None, "0.3"),
    ],
)
def test_number_is_formatted_by_its_pattern(value: Value, pattern: str | None, written: str) -> None:
    assert call("FORMAT", value, pattern) == written


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("yyyy-MM-dd HH:mm:ss", "2024-03-05 14:09:07"),
        ("YYYY-MM-DD HH:mm:ss", "2024-03-05 14:09:07"),
        ("YYYYMMDDHHmmss", "20240305140907"),
        ("YYYYMMDD_HHmmss", "20240305_140907"),
        ("dd/MM/yyyy", "05/03/2024"),
        ("dd/MM/yyyy HH:mm", "05/03/2024 14:09"),
        ("dd/mm/yyyy", "05/03/2024"),
        ("mm/dd/yyyy", "03/05/2024"),
        ("yyyy-mm-dd hh:mm", "2024-03-05 02:09"),
        ("HH:MM", "14:09"),
        ("HH:MM dd/MM", "14:09 05/03"),
        ("mm:ss", "09:07"),
        ("d/M/yy", "5/3/24"),
        ("MM-DD", "03-05"),
        ("YYYY", "2024"),
        ("MM", "03"),
        ("mm", "09"),
        ("MMMM d, yyyy", "March 5, 2024"),
        ("ddd dd MMM", "Tue 05 Mar"),
        ("dddd", "Tuesday"),
        ("h:mm tt", "2:09 PM"),
        ("hh:mm AM/PM", "02:09 PM"),
        ("HH:mm:ss.fff", "14:09:07.123"),
        ("H", "14"),
        ("d 'de' MMMM 'de' yyyy[pt]", "5 de março de 2024"),
        ("dddd, d. MMMM yyyy[de]", "Dienstag, 5. März 2024"),
        (r"\d\d dd", "dd 05"),
        ("yyyy-MM-ddTHH:mm:ssZ", "2024-03-05T14:09:07Z"),
        ("yyyy-MM-dd 00:00:00", "2024-03-05 00:00:00"),
    ],
)
def test_date_is_formatted_by_its_pattern(pattern: str, written: str) -> None:
    assert call("FORMAT", DATE, pattern) == written


@pytest.mark.parametrize(
    ("hour", "written"), [(0, "12 AM"), (1, "1 AM"), (11, "11 AM"), (12, "12 PM"), (13, "1 PM"), (23, "11 PM")]
)
def test_midnight_and_noon_are_twelve(hour: int, written: str) -> None:
    assert call("FORMAT", f"2024-01-01 {hour:02}:00", "h tt") == written


@pytest.mark.parametrize(
    ("value", "pattern", "written"),
    [
        ("John", "Hello @!", "Hello John!"),
        ("Maria", "Hello, !", "Hello, MARIA"),
        ("HELLO", "Result: &!", "Result: hello!"),
        ("hello", "RESULT: >", "RESULT: HELLO"),
        ("hello", "Prefix: @", "Prefix: hello"),
        ("$1,234.50", "!", "$1,234.50"),
        (5, "@ items", "5 items"),
        ("John", "Room #5: @", "Room #5: John"),
    ],
)
def test_text_is_formatted_by_its_pattern(value: Value, pattern: str, written: str) -> None:
    assert call("FORMAT", value, pattern) == written


@pytest.mark.parametrize(
    ("value", "pattern", "written"),
    [
        ("soon", "dd/MM/yyyy", "soon"),
        ("soon", "0.00", "soon"),
        ("2024-02-30", "dd/MM/yyyy", "2024-02-30"),
        (5, "dd/MM/yyyy", "5"),
        (True, "0.00", "true"),
        (None, "0.00", ""),
        ([1], "0.00", "[1]"),
        (5, "N99", "5"),
    ],
)
def test_value_that_does_not_fit_its_pattern_is_unchanged(value: Value, pattern: str, written: str) -> None:
    assert call("FORMAT", value, pattern) == written


def test_language_of_the_bot_decides_unless_the_pattern_does() -> None:
    assert call("FORMAT", 1234.5, "N", locale="pt-BR") == "1.234,50"
    assert call("FORMAT", 1234.5, "#,##0.00", locale="pt-BR") == "1.234,50"
    assert call("FORMAT", 1234.5, "N[en]", locale="pt-BR") == "1,234.50"
    assert call("FORMAT", DATE, "MMMM", locale="es-MX") == "marzo"


@pytest.mark.parametrize("tag", ["xx", "", "tlh-KX", "en-ZZ"])
def test_unknown_locale_falls_back(tag: str) -> None:
    assert get_locale(tag) == get_locale("en")


@pytest.mark.parametrize("tag", ["pt-BR", "pt_br", "PT", "pt-Latn-BR"])
def test_locale_tag_ignores_case_and_separator(tag: str) -> None:
    assert get_locale(tag).currency.symbol == "R$"


def read_back(written: str, tag: str) -> Decimal:
    locale = get_locale(tag)
    plain = written.replace(locale.group, "").replace(locale.decimal, ".")
    return Decimal(plain)


@given(AMOUNTS, st.integers(0, 9), TAGS)
def test_grouped_number_round_trips(number: float, places: int, tag: str) -> None:
    expected = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

    assert read_back(str(call("FORMAT", number, f"N{places}[{tag}]")), tag) == expected


@given(AMOUNTS, TAGS)
def test_digit_pattern_equals_its_standard_pattern(number: float, tag: str) -> None:
    assert call("FORMAT", number, f"#,##0.00[{tag}]") == call("FORMAT", number, f"N[{tag}]")


@given(MOMENTS, TAGS)
def test_date_round_trips(at: datetime, tag: str) -> None:
    moment = at.strftime("%Y-%m-%d %H:%M:%S")
    written = call("FORMAT", moment, f"dd/MM/yyyy HH:mm:ss[{tag}]")

    assert call("FORMAT", written, "yyyy-MM-dd HH:mm:ss") == moment


def plain(text: str) -> str:
    """Remove characters that scripts cannot type: special spaces and direction marks."""
    return re.sub("[\u200e\u200f\u061c]", "", re.sub("[\u00a0\u202f]", " ", text))


@given(st.decimals(0, 10**9, places=2), TAGS)
def test_numbers_and_money_have_the_formats_of_cldr(amount: Decimal, tag: str) -> None:
    babel = BabelLocale.parse(tag if "-" in tag else FIRST_COUNTRY[tag], sep="-")
    money = format_currency(amount, CURRENCY[tag], locale=babel) if tag in CURRENCY else None

    pattern = "#,##,##0.00" if tag in {"hi", "en-IN"} else "#,##0.00"

    assert call("FORMAT", float(amount), f"N2[{tag}]") == plain(format_decimal(amount, pattern, locale=babel))
    assert money is None or call("FORMAT", float(amount), f"C[{tag}]") == plain(money)


COUNTRIES = ("US", "BR", "ES", "FR", "DE", "IT", "NL", "PL", "RU", "TR", "EG", "IN", "JP", "KR", "CN")
FIRST_COUNTRY = {
    language: f"{language}-{country}" for language, country in zip(locales.LANGUAGES, COUNTRIES, strict=True)
}
CURRENCY = {
    "en": "USD",
    "pt": "BRL",
    "es": "EUR",
    "fr": "EUR",
    "de": "EUR",
    "hi": "INR",
    "pl": "PLN",
    "en-GB": "GBP",
    "de-CH": "CHF",
    "pt-PT": "EUR",
}


@given(MOMENTS, TAGS)
def test_names_in_dates_are_those_of_the_cldr(at: datetime, tag: str) -> None:
    babel = BabelLocale.parse(tag if "-" in tag else FIRST_COUNTRY[tag], sep="-")

    written = call("FORMAT", at.strftime("%Y-%m-%d %H:%M:%S"), f"dddd|ddd|MMMM|MMM|tt[{tag}]")

    assert written == plain(format_datetime(at, "EEEE|EEE|MMMM|MMM|a", locale=babel))


def test_the_table_of_languages_is_what_babel_says() -> None:
    assert locales.FILE.read_text(encoding="utf-8") == locales.format_table(), "python -m tools.locales"


def test_pattern_length_is_limited() -> None:
    assert call("FORMAT", 1.7e308, "0." + "0" * 498) == f"{int(1.7 * 10**16)}{'0' * 292}." + "0" * 498
    with pytest.raises(ScriptError, match="FORMAT expects a pattern of at most 500 characters, not 501"):
        call("FORMAT", 1, "0" * 501)


@given(st.text(max_size=20), AMOUNTS)
def test_no_pattern_raises(pattern: str, number: float) -> None:
    for value in (number, DATE, "text", True, None):
        assert isinstance(call("FORMAT", value, pattern), str)


@given(st.text(alphabet="#0,.;%'\"\\NCFPnfyMdHhmst@!&<>[]enpt /:-", max_size=20), AMOUNTS)
def test_no_pattern_of_date_letters_raises(pattern: str, number: float) -> None:
    for value in (number, DATE, "text"):
        assert isinstance(call("FORMAT", value, pattern), str)

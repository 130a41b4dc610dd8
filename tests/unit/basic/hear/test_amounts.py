"""INTEGER, FLOAT, MONEY and BOOLEAN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.functions import FUNCTIONS
from basic.turn import TurnFacts
from basic.values import Value
from tests.unit.basic.hear.answers import FRIDAY, is_rejected, parse_answer


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("-7", -7),
        ("+7", 7),
        ("1,234", 1234),
        ("1.234", 1234),
        ("1 234 567", 1234567),
        ("12,34,567", 1234567),
        ("007", 7),
        (" 5 ", 5),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_integer_has_no_separators(text: str, number: int) -> None:
    assert parse_answer("INTEGER", text) == number


@pytest.mark.parametrize(
    "text",
    ["", "twelve", "12.5", "1,23", "1,2345", "0.125", "1.234,567", "12a", "1e3", "--5", "9223372036854775808", "٣"],
)
def test_invalid_integer_is_rejected(text: str) -> None:
    assert is_rejected("INTEGER", text)


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [
        ("3.14", "en", 3.14),
        ("3,14", "en", 3.14),
        ("3,14", "pt", 3.14),
        (".5", "en", 0.5),
        (",5", "pt", 0.5),
        ("-2.5", "en", -2.5),
        ("7", "en", 7),
        ("7.", "en", 7),
        ("1,234.56", "en", 1234.56),
        ("1.234,56", "en", 1234.56),
        ("1 234,56", "fr", 1234.56),
        ("1,234", "en", 1234),
        ("1,234", "pt", 1.23),
        ("1.234", "pt", 1234),
        ("1.234", "en", 1.23),
        ("1.234.567", "en", 1234567),
        ("2.675", "en", 2.68),
        ("0.125", "pt", 0.13),
    ],
)
def test_number_has_two_decimals(text: str, locale: str, number: float) -> None:
    assert parse_answer("FLOAT", text, locale=locale) == number


@pytest.mark.parametrize(
    "text", ["", ".", ",", "-", "1.2.3", "1,2,3", "1,234,56", "1.2,3.4", "abc", "1e5", "1" * 20, "$5"]
)
def test_invalid_number_is_rejected(text: str) -> None:
    assert is_rejected("FLOAT", text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("100", 100),
        ("1,234.56", 1234.56),
        ("R$ 100,00", 100),
        ("R$1.234,56", 1234.56),
        ("$100.00", 100),
        ("100 €", 100),
        ("US$ 5", 5),
        ("USD 5.50", 5.5),
        ("5 BRL", 5),
        ("20 reais", 20),
        ("10 dollars", 10),
        ("-5", -5),
        ("-$5", -5),
        ("$-5", -5),
        ("$ 1.234", 1234),
        ("1,234", 1234),
    ],
)
def test_amount_has_no_currency(text: str, amount: float) -> None:
    assert parse_answer("MONEY", text) == amount


@pytest.mark.parametrize("text", ["", "R$", "free", "five", "$5$", "5 5 5", "1.2.3"])
def test_invalid_amount_is_rejected(text: str) -> None:
    assert is_rejected("MONEY", text)


@given(st.integers(0, 10**11), st.sampled_from(["en", "pt-BR", "pt-PT", "es", "fr", "de", "hi", "es-MX"]))
def test_money_parses_the_output_of_format(cents: int, locale: str) -> None:
    amount = cents / 100
    turn = TurnFacts(now=FRIDAY, random=None, locale=locale)  # type: ignore[arg-type]  # nothing is drawn here
    for pattern in ("C2", "N2"):
        written = FUNCTIONS["FORMAT"].call((amount, pattern), turn)

        assert parse_answer("MONEY", str(written), locale=locale) == amount


YES = "yes y sim ok sure confirm Yes! YES. S claro true 1 Okay sí"
NO = "no n não cancel deny nao NO No. cancelar nego false 0"


@pytest.mark.parametrize(("words", "meaning"), [(YES, True), (NO, False)])
def test_yes_and_no_are_valid_in_both_languages(words: str, meaning: bool) -> None:
    assert [parse_answer("BOOLEAN", word) for word in words.split()] == [meaning] * len(words.split())


@pytest.mark.parametrize("text", ["", "maybe", "yes no", "talvez", "2"])
def test_other_answers_are_rejected(text: Value) -> None:
    assert is_rejected("BOOLEAN", str(text))

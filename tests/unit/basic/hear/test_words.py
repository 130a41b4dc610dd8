"""NAME, LANGUAGE, COLOR and TEXT."""

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from basic.hear.hear_type import simplify
from tests.unit.basic.hear.answers import is_rejected, parse_answer
from tools.locales import LANGUAGES


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("john DOE", "John Doe"),
        ("  maria   da silva ", "Maria Da Silva"),
        ("o'neil-smith", "O'Neil-Smith"),
        ("JOSÉ", "José"),
        ("élise", "Élise"),
        ("रिया शर्मा", "रिया शर्मा"),
        ("李明", "李明"),
        ("al", "Al"),
    ],
)
def test_name_has_capital_initials(text: str, name: str) -> None:
    assert parse_answer("NAME", text) == name


@pytest.mark.parametrize(
    "text", ["", "x", "R2D2", "a@b", "<b>Ana</b>", "Ana_Lima", "-Ana", "' Ana", "Ana-", "a" * 101, "Ana, Bia"]
)
def test_invalid_name_is_rejected(text: str) -> None:
    assert is_rejected("NAME", text)


@pytest.mark.parametrize("code", LANGUAGES)
def test_language_is_found_by_code_and_names(code: str) -> None:
    names = [str(Locale(code).get_display_name(language)) for language in ("en", code, "pt", "es")]

    assert {parse_answer("LANGUAGE", text) for text in (code, code.upper(), f"{code}-XX", *names)} == {code}


@pytest.mark.parametrize("text", ["", "Klingon", "xx", "e", "xx-EN"])
def test_unknown_language_is_rejected(text: str) -> None:
    assert is_rejected("LANGUAGE", text)


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("red", "#FF0000"),
        ("Vermelho", "#FF0000"),
        ("#ff0000", "#FF0000"),
        ("ff0000", "#FF0000"),
        ("#f0a", "#FF00AA"),
        ("rgb(255, 0, 0)", "#FF0000"),
        ("RGB(0 128 255)", "#0080FF"),
    ],
)
def test_colour_is_hexadecimal(text: str, color: str) -> None:
    assert parse_answer("COLOR", text) == color


@pytest.mark.parametrize("text", ["", "reddish", "#ff", "#ggg", "rgb(256, 0, 0)", "fff", "#12345"])
def test_invalid_colour_is_rejected(text: str) -> None:
    assert is_rejected("COLOUR", text)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_both_notations_of_a_colour_are_equal(red: int, green: int, blue: int) -> None:
    assert parse_answer("COLOR", f"rgb({red},{green},{blue})") == parse_answer(
        "COLOR", f"#{red:02x}{green:02x}{blue:02x}"
    )


@given(st.text())
def test_any_text_is_text(text: str) -> None:
    assert parse_answer("TEXT", text) == parse_answer("STRING", text) == text.strip()


def test_simplify_removes_accents_and_punctuation() -> None:
    assert simplify(" Amanhã! ") == "amanha"

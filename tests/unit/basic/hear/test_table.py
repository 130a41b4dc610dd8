"""The table of types: what the reference is made of, and what users are told."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import Refusal, ScriptError
from basic.hear import TYPES, HearType, empty_value
from basic.hear.words import PLACEHOLDER
from tests.unit.basic.hear.listening import heard, is_refused

each = pytest.mark.parametrize(
    "kind", {kind.name: kind for kind in TYPES.values()}.values(), ids=lambda kind: kind.name
)
languages = pytest.mark.parametrize("language", ["en", "pt"])


@each
def test_an_example_is_heard_in_its_normal_form_by_every_name(kind: HearType) -> None:
    if kind.example is None:
        assert is_refused(kind.name, "no text will do")
        return
    said, normal = kind.example

    assert [heard(name, said) for name in (kind.name, *kind.aliases, kind.name.lower())] == [normal] * (
        len(kind.aliases) + 2
    )


@each
def test_a_type_says_its_normal_form_in_one_line(kind: HearType) -> None:
    assert 5 < len(kind.says) < 115
    assert kind.says[0].isupper() or kind.says.startswith("true")


@each
@languages
def test_a_refusal_names_what_is_expected_with_an_example(kind: HearType, language: str) -> None:
    if kind.name == "TEXT":
        return
    refusal = heard(kind.name, "?", locale=f"{language}-XX")

    assert refusal == Refusal(kind.expects[language])
    assert re.search(
        "such as|yes or no|at least 8" if language == "en" else "como|sim ou não|pelo menos 8", kind.expects[language]
    )


def quoted_examples(kind: HearType, language: str) -> list[str]:
    """Find the examples in the sentence of a refusal."""
    listed = re.split(r"such as |como ", kind.expects[language].removesuffix("."))[-1]
    return re.split(r", | or | ou ", listed)


@each
@languages
def test_the_example_of_a_refusal_is_taken(kind: HearType, language: str) -> None:
    if kind.example is None or kind.name in {"TEXT", "PASSWORD"}:
        return
    examples = quoted_examples(kind, language) if kind.name != "BOOLEAN" else ["yes", "no", "sim", "não"]

    assert examples
    assert not [example for example in examples if is_refused(kind.name, example, locale=language)]


def test_who_speaks_another_language_is_told_in_english() -> None:
    assert heard("EMAIL", "?", locale="ja-JP") == Refusal(TYPES["EMAIL"].expects["en"])


@pytest.mark.parametrize(
    ("names", "empty"),
    [
        ("INTEGER INT NUMBER FLOAT DECIMAL DOUBLE MONEY CURRENCY AMOUNT", 0),
        ("BOOLEAN", False),
        ("EMAIL NAME DATE HOUR TIME MOBILE PHONE ZIPCODE CEP POSTALCODE LANGUAGE CPF CNPJ URL UUID COLOR", ""),
        ("CREDITCARD CARD PASSWORD IMAGE AUDIO VIDEO FILE DOCUMENT QRCODE TEXT STRING LOGIN AUTH", ""),
    ],
)
def test_every_documented_type_has_its_empty_value(names: str, empty: object) -> None:
    for name in names.split():
        value = empty_value(name)
        assert (value, type(value)) == (empty, type(empty))


def test_an_unknown_type_is_an_error_of_the_script() -> None:
    with pytest.raises(ScriptError, match='HEAR knows no type "EMIAL"'):
        heard("EMIAL", "x")
    with pytest.raises(ScriptError, match='HEAR knows no type "EMIAL"'):
        empty_value("EMIAL")


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=60), st.sampled_from(["en", "pt-BR", "hi", "xx"]))
def test_every_answer_is_taken_or_refused_and_the_normal_form_is_its_own(name: str, text: str, locale: str) -> None:
    value = heard(name, text, locale=locale)

    if isinstance(value, str) and TYPES[name].name not in {"CREDITCARD", "PASSWORD"}:
        assert heard(name, value, locale=locale) == value


@given(st.text(min_size=8).filter(lambda text: len(text.strip()) >= 8))
def test_a_password_is_never_kept(password: str) -> None:
    assert heard("PASSWORD", password) == PLACEHOLDER


@pytest.mark.parametrize("password", ["", "1234567", "       "])
def test_a_short_password_is_refused_without_repeating_it(password: str) -> None:
    assert heard("PASSWORD", password) == Refusal("Please enter a password of at least 8 characters.")


SLOW = [
    *("a", "1", " ", "1,", "1,111", "1 ", "a.", "a-", "1-", "+", "(", "$", "A'", "de ", "- ", "a@", "a@a."),
    *("1\t", "rgb(", "2024-", "https://", "é", "\N{COMBINING ACUTE ACCENT}"),
]


@pytest.mark.parametrize("piece", SLOW)
@pytest.mark.parametrize("around", ["{}", "1{}x", "R$ {}x", "a@{}", "12 {}december", "https://{}/", "14{}x"])
def test_no_answer_takes_long_to_read(piece: str, around: str) -> None:
    for kind in {kind.name: kind for kind in TYPES.values()}.values():
        for length in (min(kind.longest, 8_000), 8_000):
            text = around.format(piece * length)[:length]
            started = time.process_time()
            heard(kind.name, text, locale="pt-BR")

            assert time.process_time() - started < 0.2, kind.name

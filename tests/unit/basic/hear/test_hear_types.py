"""The list of types of HEAR, which the reference is generated from."""

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import InvalidAnswer, ScriptError
from basic.hear import TYPES, HearType, get_empty_value
from basic.hear.words import PLACEHOLDER
from tests.cpu_time import takes_at_most
from tests.unit.basic.hear.answers import is_rejected, parse_answer

HEAR_TYPES = {hear_type.name: hear_type for hear_type in TYPES.values()}.values()
LANGUAGES = ("en", "pt", "es", "de", "ar")


def test_examples_have_their_normal_form_by_every_name_of_the_type() -> None:
    wrong = [
        (name, hear_type.example)
        for hear_type in HEAR_TYPES
        if hear_type.example is not None
        for name in (hear_type.name, *hear_type.aliases, hear_type.name.lower())
        if parse_answer(name, hear_type.example[0]) != hear_type.example[1]
    ]

    assert wrong == []


def test_types_without_an_example_reject_text() -> None:
    without_example = [hear_type.name for hear_type in HEAR_TYPES if hear_type.example is None]

    assert without_example
    assert [name for name in without_example if not is_rejected(name, "any text")] == []


def test_summaries_are_one_line() -> None:
    wrong = [
        hear_type.summary
        for hear_type in HEAR_TYPES
        if not 5 < len(hear_type.summary) < 115
        or not (hear_type.summary[0].isupper() or hear_type.summary.startswith("true"))
    ]

    assert wrong == []


HINTS = {
    "en": "such as|yes or no|at least 8",
    "pt": "como|sim ou não|pelo menos 8",
    "es": "como|por ejemplo|sí o no|al menos 8",
    "de": "etwa|Ja oder Nein|mindestens 8",
    "ar": "مثل|نعم أو لا|على الأقل",
}


def test_messages_are_in_the_languages_of_the_page() -> None:
    assert {tuple(hear_type.retry_messages) for hear_type in HEAR_TYPES} == {tuple(HINTS)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_invalid_answers_have_a_message_with_an_example(language: str) -> None:
    hint = HINTS[language]
    wrong = [
        hear_type.name
        for hear_type in HEAR_TYPES
        if hear_type.name != "TEXT"
        and not (
            parse_answer(hear_type.name, "?", locale=f"{language}-XX")
            == InvalidAnswer(hear_type.retry_messages[language])
            and re.search(hint, hear_type.retry_messages[language])
        )
    ]

    assert wrong == []


def quoted_examples(hear_type: HearType, language: str) -> list[str]:
    """Return the examples in the message for an invalid answer."""
    if hear_type.name == "BOOLEAN":
        return ["yes", "no", "sim", "não", "sí", "ja", "nein", "نعم", "لا"]
    listed = re.split(r"such as |como |etwa |مثل ", hear_type.retry_messages[language].removesuffix("."))[-1]
    return re.split(r", | or | ou | o | oder | أو ", listed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_in_messages_are_valid(language: str) -> None:
    wrong = [
        (hear_type.name, example)
        for hear_type in HEAR_TYPES
        if hear_type.example is not None and hear_type.name not in {"TEXT", "PASSWORD"}
        for example in quoted_examples(hear_type, language)
        if is_rejected(hear_type.name, example, locale=language)
    ]

    assert wrong == []


def test_message_is_english_for_other_languages() -> None:
    assert parse_answer("EMAIL", "?", locale="ja-JP") == InvalidAnswer(TYPES["EMAIL"].retry_messages["en"])


@pytest.mark.parametrize(
    ("names", "empty"),
    [
        ("INTEGER INT NUMBER FLOAT DECIMAL DOUBLE MONEY CURRENCY AMOUNT", None),
        ("BOOLEAN", None),
        ("EMAIL NAME DATE HOUR TIME MOBILE PHONE ZIPCODE CEP POSTALCODE LANGUAGE CPF CNPJ URL UUID COLOR", ""),
        ("CREDITCARD CARD PASSWORD IMAGE AUDIO VIDEO FILE DOCUMENT QRCODE TEXT STRING LOGIN AUTH", ""),
    ],
)
def test_documented_types_have_their_empty_value(names: str, empty: object) -> None:
    for name in names.split():
        value = get_empty_value(name)
        assert (value, type(value)) == (empty, type(empty))


def test_unknown_type_is_a_script_error() -> None:
    with pytest.raises(ScriptError, match='HEAR has no type "EMIAL"'):
        parse_answer("EMIAL", "x")
    with pytest.raises(ScriptError, match='HEAR has no type "EMIAL"'):
        get_empty_value("EMIAL")


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=60), st.sampled_from(["en", "pt-BR", "hi", "xx"]))
def test_every_answer_is_valid_or_rejected_and_the_normal_form_is_stable(name: str, text: str, locale: str) -> None:
    value = parse_answer(name, text, locale=locale)

    if isinstance(value, str) and TYPES[name].name not in {"CREDITCARD", "PASSWORD"}:
        assert parse_answer(name, value, locale=locale) == value


@given(st.text(min_size=8).filter(lambda text: len(text.strip()) >= 8))
def test_password_is_replaced_by_a_placeholder(password: str) -> None:
    assert parse_answer("PASSWORD", password) == PLACEHOLDER


@pytest.mark.parametrize("password", ["", "1234567", "       "])
def test_short_password_is_rejected_without_repeating_it(password: str) -> None:
    assert parse_answer("PASSWORD", password) == InvalidAnswer("Please enter a password of at least 8 characters.")


SLOW = [
    *("a", "1", " ", "1,", "1,111", "1 ", "a.", "a-", "1-", "+", "(", "$", "A'", "de ", "- ", "a@", "a@a."),
    *("1\t", "rgb(", "2024-", "https://", "é", "\N{COMBINING ACUTE ACCENT}"),
]


@pytest.mark.parametrize("piece", SLOW)
@pytest.mark.parametrize("around", ["{}", "1{}x", "R$ {}x", "a@{}", "12 {}december", "https://{}/", "14{}x"])
def test_no_answer_takes_long_to_parse(piece: str, around: str) -> None:
    for hear_type in HEAR_TYPES:
        for length in (min(hear_type.max_length, 8_000), 8_000):
            text = around.format(piece * length)[:length]

            assert takes_at_most(0.2, partial(parse_answer, hear_type.name, text, locale="pt-BR")), hear_type.name

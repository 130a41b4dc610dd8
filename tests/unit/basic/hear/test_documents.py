"""CPF, CNPJ, CREDITCARD and UUID: check digits, compared with independent implementations."""

import string
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from basic.hear import redacted_as
from tests.unit.basic.hear.answers import is_rejected, parse_answer


def check_digit(values: list[int], highest_weight: int) -> int:
    """Modulo 11 with weights that rise from 2 at the right and restart after the highest."""
    weights = (2 + place % (highest_weight - 1) for place in range(len(values)))
    rest = sum(value * weight for value, weight in zip(reversed(values), weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def with_check_digits(text: str, highest_weight: int) -> str:
    for _ in range(2):
        text += str(check_digit([ord(character) - 48 for character in text], highest_weight))
    return text


CPFS = (
    st.text(alphabet=string.digits, min_size=9, max_size=9)
    .filter(lambda text: len(set(text)) > 1)
    .map(lambda text: with_check_digits(text, 11))
)
CNPJS = (
    st.text(alphabet=string.digits + string.ascii_uppercase, min_size=12, max_size=12)
    .filter(lambda text: len(set(text)) > 1)
    .map(lambda text: with_check_digits(text, 9))
)


@given(CPFS)
def test_cpf_is_formatted(number: str) -> None:
    masked = f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"

    assert parse_answer("CPF", number) == parse_answer("CPF", masked) == masked


@given(CPFS, st.integers(0, 10), st.integers(1, 9))
def test_cpf_with_one_wrong_digit_is_rejected(number: str, place: int, shift: int) -> None:
    wrong = str((int(number[place]) + shift) % 10)
    changed = number[:place] + wrong + number[place + 1 :]
    # Rests of 0 and 1 have the same check digit, so one digit in some hundreds can change unnoticed.
    assume(with_check_digits(changed[:9], 11) != changed)

    assert is_rejected("CPF", changed)


@pytest.mark.parametrize(
    "text", ["", "11111111111", "00000000000", "1234567890", "123456789099", "123.456.789.09", "12345678900", "abc"]
)
def test_invalid_cpf_is_rejected(text: str) -> None:
    assert is_rejected("CPF", text)


@given(CNPJS)
def test_cnpj_is_formatted(number: str) -> None:
    masked = f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"

    assert parse_answer("CNPJ", number.lower()) == parse_answer("CNPJ", masked) == masked


@pytest.mark.parametrize(
    "text", ["", "00000000000000", "11111111111111", "12345678000194", "1234567800019", "12-345-678/0001-95"]
)
def test_invalid_cnpj_is_rejected(text: str) -> None:
    assert is_rejected("CNPJ", text)


def luhn_sum(digits: str) -> int:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled)


CARDS = (
    st.text(alphabet=string.digits, min_size=11, max_size=18)
    .map(lambda digits: digits + str(-luhn_sum(digits + "0") % 10))
    .filter(lambda digits: len(set(digits)) > 1)
)


@given(CARDS)
def test_card_is_masked(number: str) -> None:
    masked = parse_answer("CREDITCARD", number)

    assert isinstance(masked, str)
    assert masked.replace(" ", "") == number[:4] + "*" * (len(number) - 8) + number[-4:]


@given(CARDS, st.integers(0, 9))
def test_card_with_wrong_check_digit_is_rejected(number: str, digit: int) -> None:
    assume(number[-1] != str(digit))

    assert is_rejected("CREDITCARD", number[:-1] + str(digit))


@pytest.mark.parametrize(
    ("text", "masked"), [("4111 1111 1111 1111", "4111 **** **** 1111"), ("3782-822463-10005", "3782 **** *** 0005")]
)
def test_card_may_have_spaces_and_hyphens(text: str, masked: str) -> None:
    assert parse_answer("CARD", text) == masked


@pytest.mark.parametrize("text", ["", "0000000000000000", "4111", "4111111111111112", "4111 1111 1111 111a", "4" * 20])
def test_invalid_card_is_rejected(text: str) -> None:
    assert is_rejected("CREDITCARD", text)


@given(st.uuids())
def test_uuid_is_normalised(uuid: UUID) -> None:
    assert {
        parse_answer("UUID", text) for text in (str(uuid), str(uuid).upper(), uuid.hex, uuid.urn, f"{{{uuid}}}")
    } == {str(uuid)}


@pytest.mark.parametrize("text", ["", "123", "123e4567-e89b-12d3-a456-42661417400g"])
def test_invalid_uuid_is_rejected(text: str) -> None:
    assert is_rejected("UUID", text)


@pytest.mark.parametrize(
    ("type_name", "text", "stored"),
    [
        ("PASSWORD", "correct horse", "********"),
        ("pass", "short", "********"),
        ("SECRET", "x" * 8_000, "********"),
        ("CARD", " 4111-1111-1111-1111 ", "4111 **** **** 1111"),
        ("CREDITCARD", "4111 1111 1111 1112", "**** **** **** ****"),
        ("CREDITCARD", "٤١١١ and 12/30", "**** and **/**"),
        ("CREDITCARD", "1" * 8_000, "*" * 8_000),
        ("EMAIL", "ana@example.com", None),
        ("", "Hello", None),
        ("no type", "Hello", None),
    ],
)
def test_redacted_message_contains_no_more_than_the_script_gets(type_name: str, text: str, stored: str | None) -> None:
    assert redacted_as(type_name, text) == stored


@given(st.text(), st.integers(0, 10**19 - 1))
def test_redacted_card_has_at_most_eight_digits_in_any_text(around: str, number: int) -> None:
    stored = redacted_as("CARD", f"{around}{number}{around}") or ""

    assert sum(character.isdecimal() for character in stored) in (0, 8)

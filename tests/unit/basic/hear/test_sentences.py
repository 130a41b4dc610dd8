"""Values inside a sentence: exactly one is an answer, and with two there is no guess."""

import pytest

from basic.values import Value
from tests.unit.basic.hear.answers import is_rejected, parse_answer

CARD = "4111 1111 1111 1111"
UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("kind", "answer", "locale", "value"),
    [
        ("INTEGER", "4 people", "en", 4),
        ("INTEGER", "a table for 4.", "en", 4),
        ("INTEGER", "1,234 people!", "en", 1234),
        ("INTEGER", "4?", "en", 4),
        ("FLOAT", "about 36,5 degrees", "en", 36.5),
        ("MONEY", "R$ 10,50 por favor", "pt-BR", 10.5),
        ("MONEY", "it was $5.", "en", 5),
        ("EMAIL", "my mail is ana@example.com.", "en", "ana@example.com"),
        ("EMAIL", "Ana <ana@example.com>", "en", "ana@example.com"),
        ("MOBILE", "my number is (11) 99999-8888, thanks", "pt-BR", "(11) 99999-8888"),
        ("ZIPCODE", "my zip is 10001.", "en", "10001"),
        ("ZIPCODE", "sw1a 1aa please", "en", "SW1A 1AA"),
        ("URL", "my site is example.com.", "en", "https://example.com"),
        ("BOOLEAN", "yes please", "en", True),
        ("BOOLEAN", "sim, por favor", "pt-BR", True),
        ("BOOLEAN", "no thanks", "en", False),
        ("BOOLEAN", "no, not now", "en", False),
        ("DATE", "on 24 December 2030, please", "en", "2030-12-24"),
        ("DATE", "no dia 25/12/2030", "pt-BR", "2030-12-25"),
        ("DATE", "tomorrow at 5 pm", "en", "2024-03-16"),
        ("DATE", "the day after tomorrow, please", "en", "2024-03-17"),
        ("HOUR", "at 2 pm please", "en", "14:00"),
        ("HOUR", "14:30 on 25/12/2030", "en", "14:30"),
        ("CPF", "meu cpf é 123.456.789-09", "pt-BR", "123.456.789-09"),
        ("CNPJ", "é 12.345.678/0001-95.", "pt-BR", "12.345.678/0001-95"),
        ("CREDITCARD", f"it is {CARD}.", "en", "4111 **** **** 1111"),
        ("UUID", f"its id: {UUID}!", "en", UUID),
        ("NAME", "my name is ana souza", "en", "Ana Souza"),
        ("NAME", "Olá, me chamo Ana.", "pt-BR", "Ana"),
        ("LANGUAGE", "in English please", "en", "en"),
        ("COLOR", "I like red", "en", "#FF0000"),
        ("COLOR", "#ff0000 please", "en", "#FF0000"),
    ],
)
def test_only_value_in_a_sentence_is_the_answer(kind: str, answer: str, locale: str, value: Value) -> None:
    assert parse_answer(kind, answer, locale=locale) == value


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("INTEGER", "2 or 3"),
        ("INTEGER", "two or 3"),
        ("INTEGER", "4-6 people"),
        ("INTEGER", "12.5 kg"),
        ("INTEGER", "2 dozen"),
        ("INTEGER", "can I bring 4?"),
        ("INTEGER", "room42"),
        ("FLOAT", "2 and a half"),
        ("MONEY", "$5 or $6"),
        ("MONEY", "5k"),
        ("EMAIL", "ana@example.com or bo@example.com"),
        ("EMAIL", "it is ana@"),
        ("MOBILE", "11 99999-8888 or 11 98888-7777"),
        ("ZIPCODE", "10001 or 10002"),
        ("URL", "example.com or example.org"),
        ("BOOLEAN", "not sure"),
        ("BOOLEAN", "no problem"),
        ("BOOLEAN", "maybe yes"),
        ("BOOLEAN", "yes and no"),
        ("BOOLEAN", "are you sure?"),
        ("BOOLEAN", "yes " + "really " * 2 + "a b c d e f g"),
        ("DATE", "from 1 to 5 May 2030"),
        ("DATE", "24 or 25/12/2030"),
        ("DATE", "tomorrow or Friday"),
        ("DATE", "a week from tomorrow"),
        ("DATE", "not tomorrow"),
        ("DATE", "before 25/12/2030"),
        ("HOUR", "from 2 to 3 pm"),
        ("HOUR", "2 pm or 3 pm"),
        ("HOUR", "half past 2 pm"),
        ("HOUR", "2 apples"),
        ("COLOR", "not red"),
        ("COLOR", "red or blue"),
        ("LANGUAGE", "English or German"),
    ],
)
def test_sentence_with_two_values_or_none_is_asked_again(kind: str, answer: str) -> None:
    assert is_rejected(kind, answer)


def test_no_is_a_preposition_in_portuguese() -> None:
    assert parse_answer("BOOLEAN", "sim, no sábado", locale="pt-BR") is True
    assert is_rejected("BOOLEAN", "no sábado", locale="pt-BR")
    assert parse_answer("BOOLEAN", "no gracias", locale="es") is False

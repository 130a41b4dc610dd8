"""Types of numbers with check digits, and of ids."""

import re
from uuid import UUID

from basic.hear.hear_type import HearAnswer, HearType
from basic.hear.sentences import find_matches

_SAME_DIGITS = re.compile(r"(.)\1*")
_CARD = re.compile(r"\d(?:[ -]?\d){11,18}", re.ASCII)
"""12 to 19 digits: ISO/IEC 7812-1."""

_CPF = re.compile(r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", re.ASCII)
_UUID = r"\{?[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\}?"
_CNPJ = re.compile(r"[\dA-Z]{2}\.?[\dA-Z]{3}\.?[\dA-Z]{3}/?[\dA-Z]{4}-?\d{2}", re.ASCII)


def parse_cpf(answer: HearAnswer) -> str | None:
    """Parse a Brazilian personal tax number; eleven equal digits are invalid although their check digits are right."""
    from stdnum.br import cpf as numbers  # noqa: PLC0415 - 30 ms that most bots never need

    text = re.sub(r"\s", "", answer.text)
    digits = re.sub(r"\D", "", text)
    if not _CPF.fullmatch(text) or _SAME_DIGITS.fullmatch(digits) or not numbers.is_valid(digits):
        return None
    return str(numbers.format(digits))


def parse_cnpj(answer: HearAnswer) -> str | None:
    """Parse a Brazilian company number, of digits or, as issued since July 2026, of letters and digits."""
    from stdnum.br import cnpj as numbers  # noqa: PLC0415 - most bots never need it

    text = re.sub(r"\s", "", answer.text.upper())
    characters = re.sub(r"[./-]", "", text)
    if not _CNPJ.fullmatch(text) or _SAME_DIGITS.fullmatch(characters) or not numbers.is_valid(characters):
        return None
    return str(numbers.format(characters))


def parse_card(answer: HearAnswer) -> str | None:
    """Parse a card number and return only its first and last four digits."""
    return _mask_card(answer.text)


def _mask_card(text: str) -> str | None:
    from stdnum import luhn  # noqa: PLC0415 - most bots never need it

    digits = re.sub("[ -]", "", text)
    if not _CARD.fullmatch(text) or _SAME_DIGITS.fullmatch(digits) or not luhn.is_valid(digits):
        return None
    stars = "*" * (len(digits) - 8)
    return " ".join([digits[:4], *re.findall(r"\*{1,4}", stars), digits[-4:]])


def redact_card(text: str) -> str:
    """Redact all but the first and last four digits of a card number, and all digits of an invalid one."""
    return _mask_card(text.strip()) or re.sub(r"\d", "*", text)


def parse_uuid(answer: HearAnswer) -> str | None:
    """Parse a UUID."""
    try:
        return str(UUID(answer.text)) if answer.text.isascii() else None
    except ValueError:
        return None


TYPES = (
    HearType(
        "CPF",
        (),
        parse_cpf,
        "",
        "A Brazilian personal tax number with valid check digits, as 000.000.000-00",
        {
            "en": "Please enter a CPF of 11 digits, such as 123.456.789-09.",
            "pt": "Por favor, informe um CPF com 11 dígitos, como 123.456.789-09.",
            "es": "Introduce un CPF de 11 dígitos, como 123.456.789-09.",
            "de": "Bitte geben Sie eine CPF mit 11 Ziffern ein, etwa 123.456.789-09.",
            "ar": "يرجى إدخال رقم CPF من 11 خانة، مثل 123.456.789-09.",
        },
        ("12345678909", "123.456.789-09"),
        find=find_matches(_CPF.pattern),
    ),
    HearType(
        "CNPJ",
        (),
        parse_cnpj,
        "",
        "A Brazilian company number with valid check digits, as 00.000.000/0000-00",
        {
            "en": "Please enter a CNPJ of 14 characters, such as 12.345.678/0001-95.",
            "pt": "Por favor, informe um CNPJ com 14 caracteres, como 12.345.678/0001-95.",
            "es": "Introduce un CNPJ de 14 caracteres, como 12.345.678/0001-95.",
            "de": "Bitte geben Sie eine CNPJ mit 14 Zeichen ein, etwa 12.345.678/0001-95.",
            "ar": "يرجى إدخال رقم CNPJ من 14 خانة، مثل 12.345.678/0001-95.",
        },
        ("12345678000195", "12.345.678/0001-95"),
        find=find_matches(_CNPJ.pattern),
    ),
    HearType(
        "CREDITCARD",
        ("CARD",),
        parse_card,
        "",
        "A card number with a valid check digit; only its first and last four digits are stored",
        {
            "en": "Please enter a card number, such as 4111 1111 1111 1111.",
            "pt": "Por favor, informe um número de cartão, como 4111 1111 1111 1111.",
            "es": "Introduce un número de tarjeta, como 4111 1111 1111 1111.",
            "de": "Bitte geben Sie eine Kartennummer ein, etwa 4111 1111 1111 1111.",
            "ar": "يرجى إدخال رقم بطاقة، مثل 4111 1111 1111 1111.",
        },
        ("4111111111111111", "4111 **** **** 1111"),
        redact=redact_card,
        find=find_matches(_CARD.pattern),
    ),
    HearType(
        "UUID",
        ("GUID",),
        parse_uuid,
        "",
        "A UUID in lower case with hyphens",
        {
            "en": "Please enter a UUID, such as 123e4567-e89b-12d3-a456-426614174000.",
            "pt": "Por favor, informe um UUID, como 123e4567-e89b-12d3-a456-426614174000.",
            "es": "Introduce un UUID, como 123e4567-e89b-12d3-a456-426614174000.",
            "de": "Bitte geben Sie eine UUID ein, etwa 123e4567-e89b-12d3-a456-426614174000.",
            "ar": "يرجى إدخال معرّف UUID، مثل 123e4567-e89b-12d3-a456-426614174000.",
        },
        ("{123E4567-E89B-12D3-A456-426614174000}", "123e4567-e89b-12d3-a456-426614174000"),
        find=find_matches(_UUID),
    ),
)

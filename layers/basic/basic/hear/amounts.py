"""Numbers and money, as people write them in their country, and yes or no."""

import re
from decimal import Decimal

from basic.functions.locales import locale_of
from basic.functions.numbers import rounded
from basic.hear.answer import Answer, HearType, plain

_GROUPED = r"\d{1,3}(?P<mark>[., ])(?:\d{2,3}(?P=mark))*\d{3}"
_WHOLE = re.compile(rf"[+-]?(?:\d+|{_GROUPED})", re.ASCII)
_WITH_GROUPS = re.compile(rf"{_GROUPED}(?:(?!(?P=mark))[.,](?P<fraction>\d+))?", re.ASCII)
_WITHOUT_GROUPS = re.compile(r"(?P<integer>\d+)(?:[.,](?P<fraction>\d*))?|[.,](?P<only>\d+)", re.ASCII)

_CURRENCY = (
    r"(?:[A-Za-z]{0,3}[$€£¥₹₩₽₺]|(?i:reais|real|d[oó]lar(?:es)?|dollars?|euros?|pounds?|pesos?|libras?)|[A-Za-z]{3}\b)"
)
_MONEY = re.compile(
    rf"(?P<sign>[+-]?)\s*(?:{_CURRENCY}\s*(?P<after>[+-]?[\d.,][\d., ]*)|(?P<before>[\d.,][\d., ]*?)\s*{_CURRENCY}?)"
)

_LARGEST_WHOLE = 2**63 - 1
_MOST_DIGITS = 15
"""A float is not sure of more."""

_YES = re.compile(
    "yes|y|yeah|yep|yup|sure|ok|okay|confirm(?:ed)?|true|agreed?|accept|1"
    "|sim|s|claro|confirm[ao]r?|aceito|concordo|verdadeiro|si"
)
_NO = re.compile(
    "no|n|nope|nah|cancel|deny|denied|false|disagree|decline|0|nao|cancelar?|negar?|nego|recuso|discordo|falso"
)


def whole_number(answer: Answer) -> int | None:
    """Read a whole number; points, commas and spaces may group its digits."""
    if not _WHOLE.fullmatch(answer.text):
        return None
    number = Decimal(re.sub("[., ]", "", answer.text))
    return int(number) if abs(number) <= _LARGEST_WHOLE else None


def decimal_number(answer: Answer) -> float | None:
    """Read a number, to two decimals."""
    return _two_decimals(answer.text, frozenset({locale_of(answer.turn.locale).group, " "}))


def money(answer: Answer) -> float | None:
    """Read an amount with or without the sign, the code or the name of a currency."""
    match = _MONEY.fullmatch(answer.text)
    if match is None:
        return None
    return _two_decimals(match["sign"] + (match["after"] or match["before"]), frozenset({".", ",", " "}))


def _two_decimals(text: str, groups: frozenset[str]) -> float | None:
    negative = text.startswith("-")
    size = _unsigned(text[1:].strip() if text[:1] in {"+", "-"} else text, groups)
    if size is None or size.adjusted() >= _MOST_DIGITS:
        return None
    return float(rounded(-size if negative else size, 2))


def _unsigned(digits: str, groups: frozenset[str]) -> Decimal | None:
    """Read digits with separators.

    Of two kinds the last is the decimal one. A single one before three digits groups them if it is one of ``groups``:
    ``1,234`` is over a thousand in English and a little over one in Portuguese, but no money has three decimals.
    """
    match = _WITH_GROUPS.fullmatch(digits)
    if match and (match["mark"] in groups or match["fraction"] or digits.count(match["mark"]) > 1):
        integer = digits[: match.start("fraction") - 1] if match["fraction"] else digits
        return Decimal(f"{re.sub('[., ]', '', integer)}.{match['fraction'] or 0}")
    match = _WITHOUT_GROUPS.fullmatch(digits)
    return Decimal(f"{match['integer'] or 0}.{match['fraction'] or match['only'] or 0}") if match else None


def yes_or_no(answer: Answer) -> bool | None:
    """Read an answer that agrees or does not."""
    word = plain(answer.text)
    if _YES.fullmatch(word):
        return True
    return False if _NO.fullmatch(word) else None


TYPES = (
    HearType(
        "INTEGER",
        ("INT", "NUMBER"),
        whole_number,
        0,
        "A whole number, without the marks that group its digits",
        {
            "en": "Please enter a whole number, such as 42.",
            "pt": "Por favor, informe um número inteiro, como 42.",
        },
        ("1,234", 1234),
    ),
    HearType(
        "FLOAT",
        ("DECIMAL", "DOUBLE"),
        decimal_number,
        0,
        "A number to two decimals; the point or the comma is the decimal one",
        {
            "en": "Please enter a number, such as 36.5.",
            "pt": "Por favor, informe um número, como 36,5.",
        },
        ("36,5", 36.5),
    ),
    HearType(
        "MONEY",
        ("CURRENCY", "AMOUNT"),
        money,
        0,
        "An amount to two decimals, without its currency",
        {
            "en": "Please enter an amount, such as 100.00 or $1,234.56.",
            "pt": "Por favor, informe um valor, como 100,00 ou R$ 1.234,56.",
        },
        ("R$ 1.234,56", 1234.56),
    ),
    HearType(
        "BOOLEAN",
        ("BOOL",),
        yes_or_no,
        False,
        "true for yes, y, sim, ok, sure, confirm …; false for no, n, não, cancel, deny …",
        {
            "en": "Please answer yes or no.",
            "pt": "Por favor, responda sim ou não.",
        },
        ("sim", True),
    ),
)

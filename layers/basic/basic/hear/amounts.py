"""Types of numbers and money, in the notations of countries, and of yes or no."""

import re
from decimal import Decimal

from basic.functions.locales import get_locale
from basic.functions.numbers import round_half_up
from basic.hear.hear_type import HearAnswer, HearType, simplify
from basic.hear.matching import NEGATIONS, fold
from basic.hear.sentences import find_runs
from basic.turn import get_language

_GROUPED = r"[1-9]\d{0,2}(?P<mark>[., ])(?:\d{2,3}(?P=mark))*\d{3}"
_WHOLE = re.compile(rf"[+-]?(?:\d+|{_GROUPED})", re.ASCII)
_WITH_GROUPS = re.compile(rf"{_GROUPED}(?:(?!(?P=mark))[.,](?P<fraction>\d+))?", re.ASCII)
_WITHOUT_GROUPS = re.compile(r"(?P<integer>\d+)(?:[.,](?P<fraction>\d*))?|[.,](?P<only>\d+)", re.ASCII)

_CURRENCY = (
    r"(?:[A-Za-z]{0,3}[$€£¥₹₩₽₺]|(?i:reais|real|d[oó]lar(?:es)?|dollars?|euros?|pounds?|pesos?|libras?)|[A-Za-z]{3}\b)"
)
_MONEY = re.compile(
    rf"(?P<sign>[+-]?)\s*(?:{_CURRENCY}\s*(?P<after>[+-]?[\d.,][\d., ]*)|(?P<before>[\d.,][\d., ]*?)\s*{_CURRENCY}?)"
)

_MAX_INTEGER = 2**63 - 1
_MAX_DIGITS = 15
"""A float is precise to 15 digits."""

_YES = re.compile(
    "yes|y|yeah|yep|yup|sure|ok|okay|confirm(?:ed)?|true|agreed?|accept|1"
    "|sim|s|claro|confirm[ao]r?|aceito|concordo|verdadeiro|si|ja|نعم"
)
_NO = re.compile(
    "no|n|nope|nah|cancel|deny|denied|false|disagree|decline|0|nao|cancelar?|negar?|nego|recuso|discordo|falso|nein|لا"
)

_INEXACT = frozenset(
    (
        *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "dozen", "dozens", "hundred"),
        *("hundreds", "thousand", "thousands", "million", "millions", "half", "quarter", "minus"),
        *("dois", "duas", "tres", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "duzia", "duzias", "cem"),
        *("cento", "centos", "mil", "milhao", "milhoes", "meio", "meia", "menos"),
        *("cuatro", "siete", "ocho", "nueve", "diez", "docena", "docenas", "cien", "millon", "millones", "medio"),
        *("media", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn", "dutzend", "hundert"),
        *("tausend", "million", "millionen", "halb", "halbe"),
    )
)
"""Words that change the number beside them, or are another number."""

_YES_IN_SENTENCES = frozenset(("yes", "yeah", "yep", "yup", "sure", "ok", "okay", "sim", "claro", "si", "ja", "نعم"))
_NO_IN_SENTENCES = frozenset(("no", "nope", "nah", "nao", "nein", "لا"))
_UNDECIDED = frozenset(
    (
        "maybe",
        "perhaps",
        "possibly",
        "talvez",
        "quiza",
        "quizas",
        "vielleicht",
        "ربما",
        "or",
        "ou",
        "oder",
        "if",
        "wenn",
    )
)
_NOT_A_NO = frozenset(("problem", "problema", "problemas", "worries", "doubt", "duvida", "duda", "idea", "ideia"))
"""*No problem* is no refusal."""

_MAX_YES_WORDS = 8
"""Words of a sentence that says yes or no."""


def find_number(text: str) -> list[str]:
    """Find the numbers in a sentence, with their separators and currencies."""
    return _find_digits(text) if _INEXACT.isdisjoint(fold(text)) else []


_find_digits = find_runs(r"\d")


def parse_integer(answer: HearAnswer) -> int | None:
    """Parse a whole number; points, commas and spaces may group its digits."""
    if not _WHOLE.fullmatch(answer.text):
        return None
    number = Decimal(re.sub("[., ]", "", answer.text))
    return int(number) if abs(number) <= _MAX_INTEGER else None


def parse_decimal(answer: HearAnswer) -> float | None:
    """Parse a number, to two decimals."""
    return _round_to_cents(answer.text, frozenset({get_locale(answer.turn.locale).group, " "}))


def parse_money(answer: HearAnswer) -> float | None:
    """Parse an amount with or without the symbol, the code or the name of a currency."""
    match = _MONEY.fullmatch(answer.text)
    if match is None:
        return None
    return _round_to_cents(match["sign"] + (match["after"] or match["before"]), frozenset({".", ",", " "}))


def _round_to_cents(text: str, groups: frozenset[str]) -> float | None:
    negative = text.startswith("-")
    amount = _parse_unsigned(text[1:].strip() if text[:1] in {"+", "-"} else text, groups)
    if amount is None or amount.adjusted() >= _MAX_DIGITS:
        return None
    return float(round_half_up(-amount if negative else amount, 2))


def _parse_unsigned(digits: str, groups: frozenset[str]) -> Decimal | None:
    """Parse digits with separators.

    Of two different separators the last one is the decimal separator. A single one before three digits groups them if
    it is one of ``groups``: ``1,234`` is over a thousand in English and a little over one in Portuguese, but amounts of
    money never have three decimals.
    """
    match = _WITH_GROUPS.fullmatch(digits)
    if match and (match["mark"] in groups or match["fraction"] or digits.count(match["mark"]) > 1):
        integer = digits[: match.start("fraction") - 1] if match["fraction"] else digits
        return Decimal(f"{re.sub('[., ]', '', integer)}.{match['fraction'] or 0}")
    match = _WITHOUT_GROUPS.fullmatch(digits)
    return Decimal(f"{match['integer'] or 0}.{match['fraction'] or match['only'] or 0}") if match else None


def parse_boolean(answer: HearAnswer) -> bool | None:
    """Parse an answer that means yes or no."""
    word = simplify(answer.text)
    if _YES.fullmatch(word):
        return True
    return False if _NO.fullmatch(word) else _find_yes_or_no(answer)


def _find_yes_or_no(answer: HearAnswer) -> bool | None:
    """Return what a short sentence says, such as *yes please*; None if it says neither, both or maybe."""
    words = frozenset(fold(answer.text))
    # In Portuguese *no* is *in the*.
    no = words & (_NO_IN_SENTENCES - {"no"} if get_language(answer.turn.locale) == "pt" else _NO_IN_SENTENCES)
    yes = words & _YES_IN_SENTENCES
    if bool(yes) == bool(no) or len(words) > _MAX_YES_WORDS or answer.text.endswith("?") or words & _UNDECIDED:
        return None
    if no:
        return None if words & _NOT_A_NO else False
    return True if NEGATIONS.isdisjoint(words - {"no"}) else None


TYPES = (
    HearType(
        "INTEGER",
        ("INT", "NUMBER"),
        parse_integer,
        None,
        "A whole number, without separators",
        {
            "en": "Please enter a whole number, such as 42.",
            "pt": "Por favor, informe um número inteiro, como 42.",
            "es": "Introduce un número entero, como 42.",
            "de": "Bitte geben Sie eine ganze Zahl ein, etwa 42.",
            "ar": "يرجى إدخال عدد صحيح، مثل 42.",
        },
        ("1,234", 1234),
        find=find_number,
    ),
    HearType(
        "FLOAT",
        ("DECIMAL", "DOUBLE"),
        parse_decimal,
        None,
        "A number to two decimals; the decimal separator is a point or a comma",
        {
            "en": "Please enter a number, such as 36.5.",
            "pt": "Por favor, informe um número, como 36,5.",
            "es": "Introduce un número, como 36,5.",
            "de": "Bitte geben Sie eine Zahl ein, etwa 36,5.",
            "ar": "يرجى إدخال عدد، مثل 36.5.",
        },
        ("36,5", 36.5),
        find=find_number,
    ),
    HearType(
        "MONEY",
        ("CURRENCY", "AMOUNT"),
        parse_money,
        None,
        "An amount to two decimals, without its currency",
        {
            "en": "Please enter an amount, such as 100.00 or $1,234.56.",
            "pt": "Por favor, informe um valor, como 100,00 ou R$ 1.234,56.",
            "es": "Introduce un importe, como 100,00 o 1.234,56 €.",
            "de": "Bitte geben Sie einen Betrag ein, etwa 100,00 oder 1.234,56 €.",
            "ar": "يرجى إدخال مبلغ، مثل 100.00.",
        },
        ("R$ 1.234,56", 1234.56),
        find=find_number,
    ),
    HearType(
        "BOOLEAN",
        ("BOOL",),
        parse_boolean,
        None,
        "true for yes, y, sim, ok, sure, confirm …; false for no, n, não, cancel, deny …",
        {
            "en": "Please answer yes or no.",
            "pt": "Por favor, responda sim ou não.",
            "es": "Responde sí o no.",
            "de": "Bitte antworten Sie mit Ja oder Nein.",
            "ar": "يرجى الإجابة بنعم أو لا.",
        },
        ("sim", True),
    ),
)

"""Types of dates and times, in digits and in words."""

import re
from datetime import date, timedelta
from functools import cache

from basic.functions.locales import get_locale
from basic.functions.parsed_dates import build_date, is_month_first, parse_day
from basic.hear.hear_type import HearAnswer, HearType, simplify
from basic.hear.matching import NEGATIONS, fold
from basic.hear.sentences import compile_alone

_DAYS = {
    **dict.fromkeys(("today", "hoje", "hoy", "heute", "اليوم"), 0),
    **dict.fromkeys(("tomorrow", "amanha", "manana", "morgen", "غدا"), 1),
    **dict.fromkeys(("yesterday", "ontem", "ayer", "gestern", "امس"), -1),
    **dict.fromkeys(("the day after tomorrow", "day after tomorrow", "depois de amanha"), 2),
    **dict.fromkeys(("pasado manana", "ubermorgen", "بعد غد"), 2),
    **dict.fromkeys(("the day before yesterday", "day before yesterday", "anteontem"), -2),
    **dict.fromkeys(("anteayer", "antes de ayer", "vorgestern"), -2),
}

_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|o|\.)?[\s-]*(?:de |of )?(?P<month>[^\W\d]{3,})\.?,?[\s-]*(?:de )?(?P<year>\d{4})"
)
_MONTH_FIRST = re.compile(r"(?P<month>[^\W\d]{3,})\.?\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})")

_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:(?::|h|\.)(?P<minute>\d{2})(?::\d{2})?|h|(?=\s*[ap]))\s*(?P<half>[ap])?(?:\.?\s*m\.?)?"
    r"(?:min|hs?|o'clock)?",
    re.ASCII,
)
_NOON = 12

_DIGITS = r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}"
_WITHOUT_NAMES = (re.sub(r"\?P<\w+>", "?:", pattern.pattern) for pattern in (_DAY_FIRST, _MONTH_FIRST))
_WORDS = sorted(map(re.escape, _DAYS), key=len, reverse=True)
_DATE_IN_SENTENCE = compile_alone("|".join((_DIGITS, *_WITHOUT_NAMES, *_WORDS)), ascii_only=False)
_TIME_IN_SENTENCE = compile_alone(rf"{_CLOCK.pattern}(?!\s*[a-z]\.?m\b)")

_INEXACT = (NEGATIONS - {"no"}) | frozenset(
    (
        *(
            "or",
            "from",
            "after",
            "before",
            "until",
            "till",
            "since",
            "week",
            "weeks",
            "month",
            "past",
            "half",
            "quarter",
        ),
        *("ou", "depois", "apos", "antes", "ate", "desde", "semana", "semanas", "mes", "meia", "quarto"),
        *("despues", "hasta", "pasado", "media", "cuarto"),
        *("oder", "nach", "vor", "bis", "seit", "woche", "monat", "halb", "viertel"),
    )
)
"""Words that make a date or a time another one, or less than exact. In Portuguese *no* is *on the*."""


def find_date(text: str) -> list[str]:
    """Find the dates in a sentence; none if another number may belong to one, as in *from 1 to 5 May 2030*."""
    return _find_alone(_DATE_IN_SENTENCE, simplify(text), _TIME_IN_SENTENCE)


def find_time(text: str) -> list[str]:
    """Find the times in a sentence; none if another number may belong to one."""
    return _find_alone(_TIME_IN_SENTENCE, text, _DATE_IN_SENTENCE)


def _find_alone(wanted: re.Pattern[str], text: str, other: re.Pattern[str]) -> list[str]:
    found = [match[0] for match in wanted.finditer(text)]
    rest = other.sub(" ", wanted.sub(" ", text))
    is_exact = _INEXACT.isdisjoint(fold(rest)) and not any(character.isdigit() for character in rest)
    return found if is_exact else []


def parse_date(answer: HearAnswer) -> str | None:
    """Parse a date; where both orders are valid, the first number is the day, or the month in some countries."""
    text = simplify(answer.text)
    if text in _DAYS:
        return (answer.turn.now.date() + timedelta(days=_DAYS[text])).isoformat()
    day = parse_day(text, month_first=is_month_first(answer.turn.locale)) or _parse_named_month(
        text, answer.turn.locale
    )
    return day.isoformat() if day else None


def _parse_named_month(text: str, tag: str) -> date | None:
    match = _DAY_FIRST.fullmatch(text) or _MONTH_FIRST.fullmatch(text)
    month = _list_months(tag).get(match["month"]) if match else None
    return build_date(int(match["year"]), month, int(match["day"])) if match and month else None


@cache
def _list_months(tag: str) -> dict[str, int]:
    """Return the months by their full and short names in English, Portuguese, Spanish and the language of a tag."""
    names: dict[str, int] = {}
    for locale in (get_locale(other) for other in ("es", "pt", "en", tag)):
        for month, (name, short) in enumerate(zip(locale.months, locale.months_short, strict=True), start=1):
            names |= {simplify(name): month, simplify(short): month, simplify(name)[:3]: month}
    return names


def parse_time(answer: HearAnswer) -> str | None:
    """Parse a time in 24-hour format, or in 12-hour format with AM or PM."""
    match = _CLOCK.fullmatch(answer.text.lower())
    if match is None:
        return None
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None  # noqa: PLR2004 - a day, an hour


TYPES = (
    HearType(
        "DATE",
        (),
        parse_date,
        "",
        "A date as yyyy-mm-dd, from digits (day first; month first in the US), with a month's name, or from today …",
        {
            "en": "Please enter a date, such as 25/12/2024, 2024-12-25 or tomorrow.",
            "pt": "Por favor, informe uma data, como 25/12/2024 ou amanhã.",
            "es": "Introduce una fecha, como 25/12/2024 o mañana.",
            "de": "Bitte geben Sie ein Datum ein, etwa 25.12.2024 oder morgen.",
            "ar": "يرجى إدخال تاريخ، مثل 25/12/2024 أو غدًا.",
        },
        ("25/12/2024", "2024-12-25"),
        find=find_date,
    ),
    HearType(
        "HOUR",
        ("TIME",),
        parse_time,
        "",
        "A time as HH:MM, from 24-hour or 12-hour format",
        {
            "en": "Please enter a time, such as 14:30 or 2:30 PM.",
            "pt": "Por favor, informe um horário, como 14:30 ou 14h30.",
            "es": "Introduce una hora, como 14:30.",
            "de": "Bitte geben Sie eine Uhrzeit ein, etwa 14:30.",
            "ar": "يرجى إدخال وقت، مثل 14:30.",
        },
        ("2:30 PM", "14:30"),
        find=find_time,
    ),
)

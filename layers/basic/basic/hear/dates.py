"""Types of dates and times, in digits and in words."""

import re
from datetime import date, timedelta
from functools import cache

from basic.functions.locales import get_locale
from basic.functions.parsed_dates import build_date, parse_day
from basic.hear.hear_type import HearAnswer, HearType, simplify

_DAYS = {
    **dict.fromkeys(("today", "hoje", "hoy"), 0),
    **dict.fromkeys(("tomorrow", "amanha", "manana"), 1),
    **dict.fromkeys(("yesterday", "ontem", "ayer"), -1),
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


def parse_date(answer: HearAnswer) -> str | None:
    """Parse a date; the day is before the month where both orders are valid."""
    text = simplify(answer.text)
    if text in _DAYS:
        return (answer.turn.now.date() + timedelta(days=_DAYS[text])).isoformat()
    day = parse_day(text) or _parse_named_month(text, answer.turn.locale)
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
        "A date as yyyy-mm-dd, from digits (day first), with a month's name, or from today, tomorrow, hoje …",
        {
            "en": "Please enter a date, such as 25/12/2024, 2024-12-25 or tomorrow.",
            "pt": "Por favor, informe uma data, como 25/12/2024 ou amanhã.",
        },
        ("25/12/2024", "2024-12-25"),
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
        },
        ("2:30 PM", "14:30"),
    ),
)

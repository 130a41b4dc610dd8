"""Dates and times, as people write and say them."""

import re
from datetime import date, timedelta
from functools import cache

from basic.functions.locales import locale_of
from basic.functions.moments import calendar_day, read_date
from basic.hear.answer import Answer, HearType, plain

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


def calendar_date(answer: Answer) -> str | None:
    """Read a date; the day comes before the month where both readings are dates."""
    said = plain(answer.text)
    if said in _DAYS:
        return (answer.turn.now.date() + timedelta(days=_DAYS[said])).isoformat()
    day = read_date(said) or _named(said, answer.turn.locale)
    return day.isoformat() if day else None


def _named(said: str, tag: str) -> date | None:
    match = _DAY_FIRST.fullmatch(said) or _MONTH_FIRST.fullmatch(said)
    month = _months(tag).get(match["month"]) if match else None
    return calendar_day(int(match["year"]), month, int(match["day"])) if match and month else None


@cache
def _months(tag: str) -> dict[str, int]:
    """Return the months by their names and their short names in English, Portuguese, Spanish and a language."""
    names: dict[str, int] = {}
    for locale in (locale_of(other) for other in ("es", "pt", "en", tag)):
        for month, (name, short) in enumerate(zip(locale.months, locale.months_short, strict=True), start=1):
            names |= {plain(name): month, plain(short): month, plain(name)[:3]: month}
    return names


def time_of_day(answer: Answer) -> str | None:
    """Read a time of 24 hours, or of 12 with AM or PM."""
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
        calendar_date,
        "",
        "A date as yyyy-mm-dd, from digits (the day first), from a month's name, or from today, tomorrow, hoje …",
        {
            "en": "Please enter a date, such as 25/12/2024, 2024-12-25 or tomorrow.",
            "pt": "Por favor, informe uma data, como 25/12/2024 ou amanhã.",
        },
        ("25/12/2024", "2024-12-25"),
    ),
    HearType(
        "HOUR",
        ("TIME",),
        time_of_day,
        "",
        "A time as HH:MM, from 24 or from 12 hours",
        {
            "en": "Please enter a time, such as 14:30 or 2:30 PM.",
            "pt": "Por favor, informe um horário, como 14:30 ou 14h30.",
        },
        ("2:30 PM", "14:30"),
    ),
)

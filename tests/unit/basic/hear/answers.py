"""Helpers for answers to a typed HEAR."""

from datetime import UTC, datetime
from random import Random

from basic.errors import InvalidAnswer
from basic.hear import normalise
from basic.turn import TurnFacts
from basic.values import Value

FRIDAY = datetime(2024, 3, 15, 14, 30, tzinfo=UTC)


def parse_answer(
    type_name: str, text: str = "", *attachments: dict[str, Value], locale: str = "en"
) -> Value | InvalidAnswer:
    return normalise(type_name, text, attachments, TurnFacts(now=FRIDAY, random=Random(1), locale=locale))


def is_rejected(type_name: str, text: str = "", *attachments: dict[str, Value], locale: str = "en") -> bool:
    return isinstance(parse_answer(type_name, text, *attachments, locale=locale), InvalidAnswer)

"""A bot whose every answer shows which question it is for."""

from pydantic import JsonValue

from conversations.domain.bot import Bot

QUESTIONS = 24

GREETING = ("Welcome.", "Ask me.")


def question(number: int) -> str:
    """Return a question; every third has an answer of three sentences, every second one of two."""
    return f"question {number % QUESTIONS}"


def answers(content: str) -> tuple[str, ...]:
    """Return what the bot says to a question."""
    number = int(content.removeprefix("question "))
    sentences = 3 if number % 3 == 0 else 2 if number % 2 == 0 else 1
    return tuple(f"answer {number} part {part}" for part in range(1, sentences + 1))


def _rule(number: int) -> dict[str, JsonValue]:
    said = question(number)
    return {"patterns": [said], "say": list(answers(said)), "suggestions": [f"after {number}"]}


_PROGRAM: dict[str, JsonValue] = {
    "greeting": {"say": list(GREETING)},
    "rules": [_rule(number) for number in range(QUESTIONS)],
    "fallback": {"say": ["Pardon?"]},
}

BOT = Bot(id="default", name="General Bot", engine="rules", program=_PROGRAM)

BROKEN = Bot(id="broken", name="Broken Bot", engine="telepathy", program={})
"""A bot that no function can run."""

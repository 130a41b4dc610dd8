"""A bot whose answers show which question they belong to."""

from pydantic import JsonValue

from conversations.domain.bot import Bot

NUMBER_OF_QUESTIONS = 24

MAX_STREAMED_QUESTIONS = 64
"""Questions to streaming bots have a lower number."""

GREETING = ("Welcome.", "Ask me.")


def build_question(number: int) -> str:
    """Return a question; every third has three answers, every second one of the others two."""
    return f"question {number % NUMBER_OF_QUESTIONS}"


def build_answers(content: str) -> tuple[str, ...]:
    """Return the bot's answers to a question."""
    number = int(content.removeprefix("question "))
    sentences = 3 if number % 3 == 0 else 2 if number % 2 == 0 else 1
    return tuple(f"answer {number} part {part}" for part in range(1, sentences + 1))


FALLBACK = "No answer just now."
"""What the streaming bots say if their model or server fails before the first word."""

ERROR = "I cannot answer that."
"""What the remote bot says if its server's answer is invalid."""

LAST_PIECES = (" four.", " five.")


def build_streamed_question(number: int) -> str:
    """Return a question to a streaming bot."""
    return f"ask {number}"


def is_streamed_question(content: str) -> bool:
    """Return whether a question is one to a streaming bot."""
    return content.startswith("ask ")


def build_pieces(content: str) -> tuple[str, ...]:
    """Return the pieces in which a streaming bot answers; one has a character of two UTF-16 code units."""
    return (
        f"Reply {content.removeprefix('ask ')}:",
        " one \N{SLIGHTLY SMILING FACE}.",
        " two.",
        " three.",
        *LAST_PIECES,
    )


def build_streamed_answer(content: str) -> str:
    """Return the complete answer of a streaming bot."""
    return "".join(build_pieces(content))


def _rule(number: int) -> dict[str, JsonValue]:
    message = build_question(number)
    return {"patterns": [message], "say": list(build_answers(message)), "suggestions": [f"after {number}"]}


_PROGRAM: dict[str, JsonValue] = {
    "greeting": {"say": list(GREETING)},
    "rules": [_rule(number) for number in range(NUMBER_OF_QUESTIONS)],
    "fallback": {"say": ["Pardon?"]},
}

BOT = Bot(id="default", name="General Bot", engine="rules", program=_PROGRAM)

CHANGING = BOT.model_copy(update={"id": "changing"})
"""A bot that is published again during a run, and waits for a language model from then on."""


WRITER = Bot(
    id="writer",
    name="Writer",
    engine="model",
    program={"config": {"llm-provider": "openai", "llm-model": "simulated", "fallback-message": FALLBACK}},
    waits=True,
)
"""A bot with a language model, which generates its answers in pieces."""

REMOTE = Bot(
    id="remote",
    name="Remote Bot",
    engine="webhook",
    program={
        "url": "https://bot.example.com/turns",
        "secrets": ["ssm:/simulated"],
        "history_limit": 4,
        "fallback": FALLBACK,
        "error": ERROR,
    },
    waits=True,
)
"""A webhook bot: its server answers in pieces, and greets."""

BROKEN = Bot(id="broken", name="Broken Bot", engine="telepathy", program={})
"""A bot without an engine."""


_STREAMING_ENGINES = (WRITER.engine, REMOTE.engine)


def describe(bot: Bot) -> dict[str, object]:
    """Return what a bot says, as the event ``bot`` of a history has it."""
    is_streaming = bot.engine in _STREAMING_ENGINES
    questions = [build_streamed_question(number) for number in range(MAX_STREAMED_QUESTIONS)]
    answers: dict[str, tuple[str, ...]] = {question: (build_streamed_answer(question),) for question in questions}
    if not is_streaming:
        answers = {question: build_answers(question) for question in map(build_question, range(NUMBER_OF_QUESTIONS))}
    return {
        "bot_id": bot.id,
        "greeting": () if bot.engine == WRITER.engine else GREETING,
        "answers": answers,
        "excuses": (FALLBACK, ERROR) if is_streaming else (),
        "streams": is_streaming,
    }

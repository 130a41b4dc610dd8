"""The rule bot: question patterns with answers, a greeting and some fallback sentences. It needs nothing and no one."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

from conversations.domain.entity import Entity
from conversations.domain.message import Suggestion, Utterance
from conversations.domain.turn import SaveState, SendMessage, Turn, TurnEvent

ENGINE = "rules"
"""The name bots know this engine by."""

_GAP = "*"
_MISSES = "misses"
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
"""No borders of words; telephones write the second one."""

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]


def _with_words(pattern: str) -> str:
    if not words_of(pattern):
        raise ValueError("has no words, so it would match nothing")
    return pattern


Pattern = Annotated[Sentence, AfterValidator(_with_words)]


class Answer(Entity):
    """What the bot says: each sentence is a message, the suggestions go with the last."""

    say: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=10)]
    suggestions: tuple[Sentence, ...] = ()


class Rule(Answer):
    """An answer, and the questions it is for.

    A pattern is some words; it matches where they stand next to each other in what the user wrote, whatever the case,
    the accents and the punctuation. ``*`` stands for any words, also none.
    """

    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1)]


class Program(Entity):
    """What the rule bot runs."""

    greeting: Answer
    rules: tuple[Rule, ...]
    fallback: Answer = Field(description="one sentence per unanswered question, from the first again after the last")


def read_program(source: dict[str, JsonValue]) -> Program:
    """Read and check a program.

    Raises
    ------
    pydantic.ValidationError
        If it is not one; it lists every fault.
    """
    return Program.model_validate(source)


class RuleEngine:
    """Answers with the rule whose matching pattern has the most words; the first one wins a tie."""

    def may_redact(self, turn: Turn) -> bool:  # noqa: ARG002 - the same for every turn
        """Hide nothing: no rule asks for a secret."""
        return False

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Greet, answer, or own up to not knowing."""
        program = read_program(turn.bot.program)
        if turn.message is None:
            yield from _say(program.greeting.say, program.greeting.suggestions)
            return
        rule = _best_rule(program.rules, words_of(turn.message.content))
        if rule is not None:
            yield from _say(rule.say, rule.suggestions)
            yield SaveState({})
            return
        misses = turn.state.get(_MISSES, 0)
        count = misses if isinstance(misses, int) else 0
        yield from _say([program.fallback.say[count % len(program.fallback.say)]], program.fallback.suggestions)
        yield SaveState({_MISSES: count + 1})


def _say(sentences: Sequence[str], suggestions: Sequence[str]) -> Iterator[TurnEvent]:
    chips = tuple(Suggestion(text=text, value=text) for text in suggestions)
    for place, sentence in enumerate(sentences, start=1):
        yield SendMessage(Utterance(content=sentence, suggestions=chips if place == len(sentences) else ()))


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of ``text``, without case, accents and punctuation."""
    # Compatibility forms may bring capitals back, so the case goes last.
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    bare = "".join(c for c in decomposed if not unicodedata.combining(c) and c not in _APOSTROPHES)
    return tuple(re.findall(r"\w+", bare))


def matches(pattern: str, words: Sequence[str]) -> bool:
    """Tell whether the pieces of ``pattern`` stand in ``words`` one after the other."""
    start = 0
    for piece in pattern.split(_GAP):
        wanted = words_of(piece)
        place = _find(wanted, words, start)
        if place is None:
            return False
        start = place + len(wanted)
    return True


def _find(wanted: Sequence[str], words: Sequence[str], start: int) -> int | None:
    places = range(start, len(words) - len(wanted) + 1)
    return next((place for place in places if tuple(words[place : place + len(wanted)]) == tuple(wanted)), None)


def _best_rule(rules: Sequence[Rule], words: Sequence[str]) -> Rule | None:
    scored = [(max(_scores(rule, words), default=0), rule) for rule in rules]
    best = max((score for score, _ in scored), default=0)
    return next((rule for score, rule in scored if score == best), None) if best else None


def _scores(rule: Rule, words: Sequence[str]) -> Iterator[int]:
    return (len(words_of(pattern)) for pattern in rule.patterns if matches(pattern, words))

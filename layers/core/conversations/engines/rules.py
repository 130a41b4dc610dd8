"""The rule engine: question patterns with answers, a greeting and fallback sentences, without any other service."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

from conversations.domain.bot import Bot, DialogState
from conversations.domain.entity import Entity
from conversations.domain.message import Suggestion, Utterance
from conversations.domain.turn import SaveState, SendMessage, Turn, TurnEvent

ENGINE = "rules"
"""Name of this engine in a bot's configuration."""

_GAP = "*"
_MISSES = "misses"
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
"""Characters inside words. Telephone keyboards write the second one."""

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]


def _require_words(pattern: str) -> str:
    if not split_words(pattern):
        raise ValueError("has no words, so it would match nothing")
    return pattern


Pattern = Annotated[Sentence, AfterValidator(_require_words)]


class Answer(Entity):
    """An answer of the bot: each sentence is a message, and the last one has the quick replies."""

    say: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=10)]
    suggestions: tuple[Sentence, ...] = ()


class Rule(Answer):
    """An answer, and the patterns of the questions it answers.

    A pattern is a sequence of words. It matches a message that contains them next to each other, ignoring case, accents
    and punctuation. ``*`` matches any number of words.
    """

    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1)]


class Program(Entity):
    """The program of a rule bot."""

    greeting: Answer
    rules: tuple[Rule, ...]
    fallback: Answer = Field(description="one sentence per unanswered question, starting again after the last one")


def parse_program(source: dict[str, JsonValue]) -> Program:
    """Parse and validate a program.

    Raises
    ------
    pydantic.ValidationError
        If the program is invalid; the error lists every fault.
    """
    return Program.model_validate(source)


class RuleEngine:
    """``BotEngine``: answers with the rule whose matching pattern has the most words; the first rule wins a tie."""

    def may_redact(self, turn: Turn) -> bool:  # noqa: ARG002 - the same for every turn
        """Return False: no rule asks for a secret."""
        return False

    def may_wait(self, turn: Turn) -> bool:  # noqa: ARG002 - the same for every turn
        """Return False: rules use no service."""
        return False

    def is_pure(self, bot: Bot, state: DialogState) -> bool:  # noqa: ARG002 - the same for every turn
        """Return True: rules use no service."""
        return True

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Send the greeting, the answer of the best rule, or the next fallback sentence."""
        program = parse_program(turn.bot.program)
        if turn.message is None:
            yield from _send_messages(program.greeting.say, program.greeting.suggestions)
            return
        rule = _find_best_rule(program.rules, split_words(turn.message.content))
        if rule is None:
            yield from _send_fallback(program.fallback, turn.state)
        else:
            yield from _send_messages(rule.say, rule.suggestions)
            yield SaveState({})


def _send_fallback(fallback: Answer, state: DialogState) -> Iterator[TurnEvent]:
    stored = state.get(_MISSES, 0)
    misses = stored if isinstance(stored, int) else 0
    yield from _send_messages([fallback.say[misses % len(fallback.say)]], fallback.suggestions)
    yield SaveState({_MISSES: misses + 1})


def _send_messages(sentences: Sequence[str], suggestions: Sequence[str]) -> Iterator[TurnEvent]:
    quick_replies = tuple(Suggestion(text=text, value=text) for text in suggestions)
    for number, sentence in enumerate(sentences, start=1):
        is_last = number == len(sentences)
        yield SendMessage(Utterance(content=sentence, suggestions=quick_replies if is_last else ()))


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of ``text``, without case, accents and punctuation."""
    # Decomposition may produce capitals again, so fold the case after it, too.
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    letters = "".join(c for c in decomposed if not unicodedata.combining(c) and c not in _APOSTROPHES)
    return tuple(re.findall(r"\w+", letters))


def matches(pattern: str, words: Sequence[str]) -> bool:
    """Return whether ``words`` contain the parts of ``pattern`` in their order."""
    start = 0
    for part in map(split_words, pattern.split(_GAP)):
        index = _find_part(part, words, start)
        if index is None:
            return False
        start = index + len(part)
    return True


def _find_part(part: tuple[str, ...], words: Sequence[str], start: int) -> int | None:
    indexes = range(start, len(words) - len(part) + 1)
    return next((index for index in indexes if tuple(words[index : index + len(part)]) == part), None)


def _find_best_rule(rules: Sequence[Rule], words: Sequence[str]) -> Rule | None:
    scores = [_get_score(rule, words) for rule in rules]
    best = max(scores, default=0)
    return rules[scores.index(best)] if best else None


def _get_score(rule: Rule, words: Sequence[str]) -> int:
    """Return the number of words in the rule's longest matching pattern, 0 if none matches."""
    matching = (pattern for pattern in rule.patterns if matches(pattern, words))
    return max((len(split_words(pattern)) for pattern in matching), default=0)

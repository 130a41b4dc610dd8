"""Conversations with a bot without AWS, for the terminal and for tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Protocol

from basic import config, dialogs, model_config
from basic.bundle import Bundle
from basic.dialogs import TurnResult
from basic.knowledge_bases import list_attached
from basic.machine.execution_state import load_state
from basic.machine.machine import list_quick_replies
from basic.machine.outcome import QuickReply, StoredState
from basic.machine.run import TurnContext
from basic.turn import TurnFacts
from conversations.domain import turn as domain
from conversations.domain.knowledge import Source
from conversations.engines.basic.messages import OutputEvent, TurnCapacity, build_turn_events
from conversations.engines.knowledge.passages import replace_fallback
from tools.bots.memory_host import MemoryHost


@dataclass(frozen=True, slots=True)
class BotOutput:
    """The output of a turn.

    Attributes
    ----------
    messages
        The messages of the bot in order; a number is a pause in seconds.
    suggestions
        The suggestions (quick replies).
    error
        The runtime error of the script; empty if there was none.
    sources
        The documents that the answer is based on.
    """

    messages: Sequence[str | float] = ()
    suggestions: Sequence[QuickReply] = ()
    error: str = ""
    sources: Sequence[str] = ()


def format_shown_source(source: Source) -> str:
    """Return a source as the terminal shows it."""
    place = source.heading or (None if source.page is None else f"p. {source.page}")
    return ": ".join(part for part in (source.url or source.name, place) if part)


NOT_ASKED = "the bot's language model would answer this message; it is not asked here"
"""The remark about free text in a session without the language model of the bot."""


class TerminalSession(Protocol):
    """A conversation with a bot."""

    def start(self) -> BotOutput:
        """Start the conversation and return the greeting."""

    def send(self, text: str) -> BotOutput:
        """Send a message and return the answer."""

    def sign_in(self, user: str) -> None:
        """Sign in as the user with this id."""

    def accepts_suggestion_numbers(self) -> bool:
        """Return whether a number selects a suggestion, rather than being the answer itself."""


def _get_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class DialogSession:
    """A conversation with a bot of scripts.

    Attributes
    ----------
    bundle
        The bot.
    host
        The host of the scripts.
    now
        The clock.
    state
        The dialog state between two turns; None before the first.
    turns
        The number of turns.
    user
        The id of the signed-in user; None for a visitor.
    seed
        Where random numbers begin: the same ones for the same seed.
    """

    bundle: Bundle
    host: MemoryHost
    now: Callable[[], datetime] = _get_now
    state: StoredState | None = None
    turns: int = 0
    user: str | None = None
    seed: str = ""
    _text: str = field(init=False, default="")

    def start(self) -> BotOutput:
        """Run start.bas."""
        return self._show(dialogs.begin(self.bundle, self.create_turn()))

    def send(self, text: str) -> BotOutput:
        """Answer the pending HEAR, if there is one."""
        self._text = text
        state = self.state or dialogs.begin(self.bundle, self.create_turn()).state
        return self._show(dialogs.answer(self.bundle, state, text, self.create_turn()))

    def sign_in(self, user: str) -> None:
        """See `TerminalSession.sign_in`. The next message answers the pending HEAR."""
        self.user = user

    def accepts_suggestion_numbers(self) -> bool:
        """See `TerminalSession.accepts_suggestion_numbers`. A HEAR with a type may expect a number."""
        pending = None if self.state is None else load_state(self.state).pending
        return pending is None or not pending.type

    def create_turn(self) -> TurnContext:
        """Return the context of the next turn."""
        self.turns += 1
        name = f"turn-{self.turns}"
        locale = self.bundle.config.get(config.LOCALE) or "en"
        words = config.get_cancel_words(self.bundle.config)
        dice = Random(f"{self.seed}{name}")  # noqa: S311 - not for security
        facts = TurnFacts(
            self.now(),
            dice,
            locale,
            self.user,
            words,
            groups=self.host.groups,
            time_zone=config.get_time_zone(self.bundle.config),
        )
        return TurnContext(name, facts, replace(self.host, room=TurnCapacity()))

    def _show(self, result: TurnResult) -> BotOutput:
        """Return the output of a turn as a deployed conversation would show it, with at most so many messages."""
        if result.is_free_text and model_config.has_model(self.bundle.config):
            self.host.warn(NOT_ASKED)
        self.state = result.state
        messages: list[str | float] = []
        sources: list[str] = []
        for event in self._answer_from_documents(result):
            match event:
                case domain.SendMessage(utterance=utterance):
                    messages.append(utterance.content)
                    sources += map(format_shown_source, utterance.sources)
                case domain.Pause(seconds=seconds):
                    messages.append(seconds)
                case _:
                    pass
        return BotOutput(messages, list_quick_replies(result.state), result.error, sources)

    def _answer_from_documents(self, result: TurnResult) -> list[OutputEvent]:
        """Return the events of a turn; free text is answered by a passage of the attached documents if one matches."""
        events = build_turn_events(result.events)
        if not result.is_free_text or model_config.has_model(self.bundle.config):
            return events
        found = self.host.find_passages(list_attached(self.bundle, result.state), self._text)
        return replace_fallback(events, found)

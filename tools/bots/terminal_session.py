"""Conversations with a bot without AWS, for the terminal and for tests."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Protocol

from basic import config, dialogs
from basic.bundle import Bundle
from basic.dialogs import TurnResult
from basic.machine.execution_state import load_state
from basic.machine.machine import list_quick_replies
from basic.machine.outcome import QuickReply, StoredState, TalkEvent, WaitEvent
from basic.machine.run import TurnContext
from basic.turn import TurnFacts
from conversations.domain import turn as domain
from conversations.domain.bot import Bot, DialogState
from conversations.domain.turn_time import MAX_SCRIPT_SECONDS
from conversations.engines.basic.free_text import FreeTextTurn
from conversations.engines.basic.messages import TurnCapacity
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from conversations.engines.model.completion import complete
from conversations.engines.model.settings import parse_settings
from conversations.engines.output_text import MAX_MESSAGES
from conversations.ports.bots import BotEngine
from tools.bots.memory_host import MemoryHost
from tools.bots.transcript import Transcript


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
    """

    messages: Sequence[str | float] = ()
    suggestions: Sequence[QuickReply] = ()
    error: str = ""


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


@dataclass(frozen=True, slots=True)
class SessionModels:
    """The language models of a session.

    Attributes
    ----------
    answerer
        Answers with them.
    mcp
        Calls tools of MCP servers.
    """

    answerer: Answerer
    mcp: McpClient


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
    models
        Its language model; None if free text gets the fallback message.
    state
        The dialog state between two turns; None before the first.
    turns
        The number of turns.
    user
        The id of the signed-in user; None for a visitor.
    """

    bundle: Bundle
    host: MemoryHost
    now: Callable[[], datetime] = _get_now
    models: SessionModels | None = None
    state: StoredState | None = None
    turns: int = 0
    user: str | None = None
    transcript: Transcript = field(init=False)

    def __post_init__(self) -> None:
        self.transcript = Transcript(Bot(id="terminal", name="Terminal", engine="basic", program={}), self.now)
        models, settings = self.models, parse_settings(self.bundle.config)
        if models is not None and settings is not None:
            turn = self.transcript.begin_turn(None)
            self.host.completer = partial(complete, models.answerer, turn, settings, seconds=MAX_SCRIPT_SECONDS)

    def start(self) -> BotOutput:
        """Run start.bas."""
        turn = self.transcript.begin_turn(None)
        return self._apply(turn, dialogs.begin(self.bundle, self._create_turn()))

    def send(self, text: str) -> BotOutput:
        """Answer the pending HEAR, if there is one; otherwise the language model answers."""
        turn = self.transcript.begin_turn(text)
        state = self.state or dialogs.begin(self.bundle, self._create_turn()).state
        result = dialogs.answer(self.bundle, state, text, self._create_turn())
        models, settings = self.models, parse_settings(self.bundle.config)
        if not result.is_free_text or models is None or settings is None or turn.message is None:
            return self._apply(turn, result)
        free_text = FreeTextTurn(
            models.answerer, settings, turn, turn.message, self.bundle, _ToolHost(self), lambda: models.mcp
        )
        return self._answer(turn, free_text.run(result, MAX_MESSAGES))

    def _answer(self, turn: domain.Turn, events: Generator[domain.TurnEvent, None, StoredState]) -> BotOutput:
        messages: list[str | float] = []
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                self.state = end.value
                break
            if isinstance(event, domain.SendMessage):
                messages.append(event.utterance.content)
        self.transcript.add_answers(turn, [message for message in messages if isinstance(message, str)])
        return BotOutput(messages, list_quick_replies(self.state))

    def sign_in(self, user: str) -> None:
        """See `TerminalSession.sign_in`. The next message answers the pending HEAR."""
        self.user = user

    def accepts_suggestion_numbers(self) -> bool:
        """See `TerminalSession.accepts_suggestion_numbers`. A HEAR with a type may expect a number."""
        pending = None if self.state is None else load_state(self.state).pending
        return pending is None or not pending.type

    def _create_turn(self) -> TurnContext:
        self.turns += 1
        name = f"turn-{self.turns}"
        locale = self.bundle.config.get(config.LOCALE) or "en"
        facts = TurnFacts(self.now(), Random(name), locale, self.user)  # noqa: S311 - not for security
        return TurnContext(name, facts, replace(self.host, room=TurnCapacity()))

    def _apply(self, turn: domain.Turn, result: TurnResult) -> BotOutput:
        self.state = result.state
        messages: list[str | float] = []
        for event in result.events:
            match event:
                case TalkEvent(text=text):
                    messages.append(text)
                case WaitEvent(seconds=seconds):
                    messages.append(seconds)
                case _:
                    pass
        self.transcript.add_answers(turn, [message for message in messages if isinstance(message, str)])
        return BotOutput(messages, list_quick_replies(result.state), result.error)


@dataclass
class _ToolHost:
    """``ToolHost`` of a session, whose turns are never run again."""

    session: DialogSession
    journal: ReplayJournal = field(default_factory=lambda: ReplayJournal(None))

    def turn(self, turn_id: str, now: datetime) -> TurnContext:
        del turn_id, now  # a turn of the session has its own
        return self.session._create_turn()  # noqa: SLF001 - a part of the session

    def limit(self, seconds: float, max_messages: int) -> None:
        """Set no limit: each turn of the session has its own."""


@dataclass
class EngineSession:
    """A conversation with a bot without scripts."""

    engine: BotEngine
    transcript: Transcript
    state: DialogState = field(default_factory=dict)

    def start(self) -> BotOutput:
        """Return the greeting."""
        return self._run_turn(None)

    def send(self, text: str) -> BotOutput:
        """Return the answer of the engine."""
        return self._run_turn(text)

    def sign_in(self, user: str) -> None:
        """See `TerminalSession.sign_in`."""
        self.transcript.owner = f"user:{user}"

    def accepts_suggestion_numbers(self) -> bool:
        """See `TerminalSession.accepts_suggestion_numbers`."""
        return True

    def _run_turn(self, text: str | None) -> BotOutput:
        messages: list[str] = []
        suggestions: list[QuickReply] = []
        turn = self.transcript.begin_turn(text, self.state)
        for event in self.engine.run(turn):
            match event:
                case domain.SendMessage(utterance=utterance):
                    messages.append(utterance.content)
                    suggestions += [QuickReply(chip.text, "text", chip.value) for chip in utterance.suggestions]
                case domain.SaveState(state=state):
                    self.state = state
                case _:
                    pass
        self.transcript.add_answers(turn, messages)
        return BotOutput(messages, suggestions)

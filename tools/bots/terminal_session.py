"""Conversations with a bot without AWS, for the terminal and for tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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
from conversations.domain import ids
from conversations.domain import turn as domain
from conversations.domain.bot import Bot, DialogState
from conversations.domain.message import Message, Sender
from conversations.engines.basic.messages import TurnCapacity
from conversations.engines.rules import RuleEngine
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
    """

    bundle: Bundle
    host: MemoryHost
    now: Callable[[], datetime] = _get_now
    state: StoredState | None = None
    turns: int = 0
    user: str | None = None

    def start(self) -> BotOutput:
        """Run start.bas."""
        return self._apply(dialogs.begin(self.bundle, self._create_turn()))

    def send(self, text: str) -> BotOutput:
        """Answer the pending HEAR, if there is one."""
        state = self.state or dialogs.begin(self.bundle, self._create_turn()).state
        return self._apply(dialogs.answer(self.bundle, state, text, self._create_turn()))

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

    def _apply(self, result: TurnResult) -> BotOutput:
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
        return BotOutput(messages, list_quick_replies(result.state), result.error)


@dataclass
class RuleSession:
    """A conversation with a bot of rules."""

    bot: Bot
    conversation_id: str = field(default_factory=lambda: ids.new_conversation_id(_get_now()))
    state: DialogState = field(default_factory=dict)
    seq: int = 0
    owner: str = "user:terminal"

    def start(self) -> BotOutput:
        """Return the greeting."""
        return self._run_turn(None)

    def send(self, text: str) -> BotOutput:
        """Answer a message by the rules."""
        self.seq += 1
        now = _get_now()
        message_id = ids.new_message_id(now, self.seq)
        message = Message(
            id=message_id,
            conversation_id=self.conversation_id,
            seq=self.seq,
            sender=Sender.USER,
            content=text,
            timestamp=now,
        )
        return self._run_turn(message)

    def sign_in(self, user: str) -> None:
        """See `TerminalSession.sign_in`."""
        self.owner = f"user:{user}"

    def accepts_suggestion_numbers(self) -> bool:
        """See `TerminalSession.accepts_suggestion_numbers`."""
        return True

    def _run_turn(self, message: Message | None) -> BotOutput:
        messages: list[str | float] = []
        suggestions: list[QuickReply] = []
        turn = domain.Turn(
            bot=self.bot,
            conversation_id=self.conversation_id,
            message=message,
            state=self.state,
            history=lambda _limit: (),
            owner=self.owner,
            anonymous=False,
            groups=frozenset(),
            now=_get_now() if message is None else message.timestamp,
        )
        for event in RuleEngine().run(turn):
            match event:
                case domain.SendMessage(utterance=utterance):
                    messages.append(utterance.content)
                    suggestions += [QuickReply(chip.text, "text", chip.value) for chip in utterance.suggestions]
                case domain.SaveState(state=state):
                    self.state = state
        return BotOutput(messages, suggestions)

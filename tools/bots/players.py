"""Talking with a bot without any AWS: what it says first, and what it answers, turn by turn."""

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
from conversations.domain import bot as domain
from conversations.domain import ids
from conversations.domain.bot import Bot
from conversations.domain.message import Message, Sender
from conversations.engines.basic.messages import TurnCapacity
from conversations.engines.rules import RuleEngine
from tools.bots.memory_host import MemoryHost


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a turn.

    Attributes
    ----------
    messages
        What the bot says, in order; a number is a pause in seconds.
    suggestions
        What it offers to send.
    fault
        Why its script broke, if it did.
    """

    messages: Sequence[str | float] = ()
    suggestions: Sequence[QuickReply] = ()
    fault: str = ""


class Player(Protocol):
    """A conversation with a bot."""

    def open(self) -> Said:
        """Begin."""

    def say(self, text: str) -> Said:
        """Go on."""

    def sign_in(self, user: str) -> None:
        """Go on as a user with this id."""

    def picks(self) -> bool:
        """Tell whether a number is more likely to mean a suggestion than to be the answer."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class DialogPlayer:
    """Plays a bot of scripts.

    Attributes
    ----------
    bundle
        The bot.
    host
        The world outside.
    now
        The clock.
    state
        What lies between two turns.
    user
        The id of whoever is signed in; None for a visitor.
    """

    bundle: Bundle
    host: MemoryHost
    now: Callable[[], datetime] = _now
    state: StoredState | None = None
    turns: int = 0
    user: str | None = None

    def open(self) -> Said:
        """Run start.bas."""
        return self._kept(dialogs.begin(self.bundle, self._turn()))

    def say(self, text: str) -> Said:
        """Answer the HEAR that waits, if one does."""
        return self._kept(dialogs.answer(self.bundle, self.state, text, self._turn()))

    def sign_in(self, user: str) -> None:
        """See `Player.sign_in`: the HEAR that waits is answered by what is said next."""
        self.user = user

    def picks(self) -> bool:
        """See `Player.picks`: a HEAR with a type may well wait for a number."""
        pending = None if self.state is None else load_state(self.state).pending
        return pending is None or not pending.type

    def _turn(self) -> TurnContext:
        self.turns += 1
        name = f"turn-{self.turns}"
        locale = self.bundle.config.get(config.LOCALE) or "en"
        facts = TurnFacts(self.now(), Random(name), locale, self.user)  # noqa: S311 - a game
        return TurnContext(name, facts, replace(self.host, room=TurnCapacity()))

    def _kept(self, played: TurnResult) -> Said:
        self.state = played.state
        messages: list[str | float] = []
        for event in played.events:
            match event:
                case TalkEvent(text=text):
                    messages.append(text)
                case WaitEvent(seconds=seconds):
                    messages.append(seconds)
                case _:
                    pass
        return Said(messages, list_quick_replies(played.state), played.error)


@dataclass
class RulePlayer:
    """Plays a bot of rules."""

    bot: Bot
    session_id: str = field(default_factory=lambda: ids.new_session_id(_now()))
    state: domain.DialogState = field(default_factory=dict)
    seq: int = 0
    owner: str = "user:terminal"

    def open(self) -> Said:
        """Say the greeting."""
        return self._turn(None)

    def say(self, text: str) -> Said:
        """Answer by the rules."""
        self.seq += 1
        now = _now()
        message_id = ids.new_message_id(now, self.seq)
        message = Message(
            id=message_id, session_id=self.session_id, seq=self.seq, sender=Sender.USER, content=text, timestamp=now
        )
        return self._turn(message)

    def sign_in(self, user: str) -> None:
        """See `Player.sign_in`."""
        self.owner = f"user:{user}"

    def picks(self) -> bool:
        """See `Player.picks`."""
        return True

    def _turn(self, message: Message | None) -> Said:
        messages: list[str | float] = []
        suggestions: list[QuickReply] = []
        turn = domain.Turn(
            bot=self.bot,
            session_id=self.session_id,
            message=message,
            state=self.state,
            history=lambda _limit: (),
            owner=self.owner,
            anonymous=False,
            groups=frozenset(),
            now=_now() if message is None else message.timestamp,
        )
        for event in RuleEngine().run(turn):
            match event:
                case domain.SendMessage(utterance=utterance):
                    messages.append(utterance.content)
                    suggestions += [QuickReply(chip.text, "text", chip.value) for chip in utterance.suggestions]
                case domain.SaveState(state=state):
                    self.state = state
        return Said(messages, suggestions)

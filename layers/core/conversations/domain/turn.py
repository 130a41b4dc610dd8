"""A bot turn: what an engine is given, and the events it answers with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from conversations.domain.bot import Bot, DialogState
from conversations.domain.message import Message, Suggestion, Utterance


@dataclass(frozen=True, slots=True)
class Turn:
    """What an engine is asked to answer.

    Attributes
    ----------
    bot
        Who answers.
    session_id
        Bare id of the conversation.
    message
        What the user said, or None when the conversation has just begun and the bot may speak first.
    state
        What the engine left at the end of the turn before; empty at first.
    history
        Given a number, the newest messages of the conversation, oldest first; costs a query when called.
    owner
        ``Principal.owner`` of whom the bot talks to.
    anonymous
        Whether that is a visitor, of whom nothing is kept but the conversation.
    groups
        What the token said the user belongs to when the message was sent, or when the conversation began.
    now
        When the message was said, or when the conversation began: the same when the turn is run again.
    """

    bot: Bot
    session_id: str
    message: Message | None
    state: DialogState
    history: Callable[[int], Sequence[Message]]
    owner: str
    anonymous: bool
    groups: frozenset[str]
    now: datetime

    @property
    def id(self) -> str:
        """What names the turn, also when it is run again."""
        return turn_id(self.session_id, self.message)


def turn_id(session_id: str, message: Message | None) -> str:
    """Return what names the turn that answers a message, or with None the one in which the bot speaks first."""
    return f"{session_id}:{'open' if message is None else message.id}"


@dataclass(frozen=True, slots=True)
class SendMessage:
    """The bot says something."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Redact:
    """What the user said is not to be kept: this stands in its place from now on."""

    content: str


@dataclass(frozen=True, slots=True)
class SendSuggestions:
    """The bot says nothing, but there are other quick replies now. They are not stored: the next message has them."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """What follows is told that many seconds later, though it is stored with the turn."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SaveState:
    """The state for the next turn; the last one of a turn counts."""

    state: DialogState = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetMemory:
    """Something for all conversations of the bot, or for all of the user with it."""

    scope: Literal["bot", "user"]
    name: str
    value: JsonValue


TurnEvent = SendMessage | Redact | SendSuggestions | Pause | SaveState | SetMemory

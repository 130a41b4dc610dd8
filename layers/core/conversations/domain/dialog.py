"""A conversation as a bot turn loads and changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from conversations.domain.bot import DialogState
from conversations.domain.conversation import Conversation
from conversations.domain.memory import MemoryKey
from conversations.domain.message import Message


@dataclass(frozen=True, slots=True)
class Dialog:
    """A conversation as a bot finds it.

    Attributes
    ----------
    conversation
        The row.
    state
        What the bot remembers.
    message
        The message that was asked for.
    untold
        Id of the first message of the last turn that is told after a pause only; None if there was no pause.
    """

    conversation: Conversation
    state: DialogState
    message: Message | None = None
    first_delayed_id: str | None = None


@dataclass(frozen=True, slots=True)
class TurnSideData:
    """What some turns come to besides messages and a state.

    Attributes
    ----------
    memories
        What the bot remembers beyond the conversation, in place of what it had there.
    pause
        How many of the messages are said before the turn's first pause; None if there is none.
    redacted
        What the message that is answered is kept as, and nothing of what it said; None if it is kept as it is.
    """

    memories: Mapping[MemoryKey, JsonValue] = field(default_factory=dict)
    pause: int | None = None
    redacted: str | None = None

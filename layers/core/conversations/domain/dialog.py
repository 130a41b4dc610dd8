"""A conversation as a bot turn loads and changes it."""

from collections.abc import Mapping
from dataclasses import field

from pydantic import JsonValue

from conversations.data_classes import dataclass
from conversations.domain.bot import AnswerSchema, DialogState
from conversations.domain.conversation import GREETING_SEQ, Conversation
from conversations.domain.memory import MemoryKey
from conversations.domain.message import Message
from conversations.domain.recent_sends import RecentSends


@dataclass(frozen=True, slots=True)
class Dialog:
    """The input of a turn, as stored.

    Attributes
    ----------
    conversation
        The conversation.
    state
        The dialog state after the previous turn.
    message
        The message that was asked for.
    first_delayed_id
        Id of the first message of the previous turn that is delivered after a pause; None without a pause.
    expects
        The only answers that the bot accepts next, as the previous turn described them; None if it accepts any text.
    stored
        The dialog in the form of its store, which compares it. ``state`` cannot be compared, because a turn may change
        it in place.
    recent_sends
        The ``client_message_id``s of the last inline turns.
    """

    conversation: Conversation
    state: DialogState
    message: Message | None = None
    first_delayed_id: str | None = None
    expects: AnswerSchema | None = None
    stored: str = field(default="", compare=False)
    recent_sends: RecentSends = field(default_factory=RecentSends, compare=False)

    @property
    def replies_to(self) -> int:
        """``seq`` of the message that the turn answers, ``GREETING_SEQ`` for the greeting."""
        return GREETING_SEQ if self.message is None else self.message.seq


@dataclass(frozen=True, slots=True)
class CommittedTurn:
    """A turn as stored.

    Attributes
    ----------
    conversation
        The conversation as the turn left it, or as it was found if the turn had been committed before. It may have
        changed since ``Dialog`` was loaded: its owner by a claim, its status by the owner.
    messages
        The bot's messages.
    """

    conversation: Conversation
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class InlineTurn:
    """A user's message and the turn that answers it, stored together.

    Attributes
    ----------
    conversation
        The conversation as they left it.
    message
        The message as it was sent.
    stored
        The message as it is stored: the bot may have redacted it.
    replies
        The bot's messages.
    """

    conversation: Conversation
    message: Message
    stored: Message
    replies: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class TurnSideData:
    """What a turn stores besides messages and dialog state.

    Attributes
    ----------
    memories
        New values of the bot's memory.
    pause
        Number of messages before the turn's first pause; None without a pause.
    redacted
        The content that replaces that of the user's message; None if it is stored as sent.
    expects
        The only answers that the bot accepts next; None if it accepts any text.
    """

    memories: Mapping[MemoryKey, JsonValue] = field(default_factory=dict)
    pause: int | None = None
    redacted: str | None = None
    expects: AnswerSchema | None = None

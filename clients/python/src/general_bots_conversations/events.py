"""The events of a client and of its conversations."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from general_bots_conversations.models import ConnectionState, ConversationStatus, Message, Sender, Suggestion


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The connection was opened, lost or closed."""

    state: ConnectionState


@dataclass(frozen=True, slots=True)
class ConnectionFailed:
    """The client cannot connect, and tries again until it is closed.

    Attributes
    ----------
    error
        ``unreachable`` without an answer; otherwise the code of the server's refusal.
    message
        A sentence to show.
    retry_after
        Seconds until the server allows a retry; None if it gave no time.
    """

    error: str
    message: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The server rejected a fresh token too, or the app has none. The connection is closed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error to show to the user. The client retries by itself after ``retry_after`` seconds, if that is set."""

    error: str
    message: str
    operation: Literal["sending", "loading"]
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """A new message in any conversation of the user, open in this client or not."""

    conversation_id: str
    sender: Sender
    content: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """A conversation was archived, reopened, deleted or renamed, on any device; ``title`` is None without a title."""

    conversation_id: str
    status: Literal["archived", "active", "deleted", "renamed"]
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationReplaced:
    """The conversation without an id was replaced, for example because a visitor's session has expired.

    Attributes
    ----------
    conversation
        The key of the conversation that was replaced; what it had not sent is sent in the new one.
    """

    conversation: int
    replacement: int


@dataclass(frozen=True, slots=True)
class ConversationEvent:
    """The base of the events of a conversation.

    Attributes
    ----------
    conversation
        The number of the conversation object in its client.
    """

    conversation: int


@dataclass(frozen=True, slots=True)
class MessageReceived(ConversationEvent):
    """A new message of the bot, or of the user on any device."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageDelivered(ConversationEvent):
    """The server has stored a message that was sent here, and queued it for the bot."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageFailed(ConversationEvent):
    """A message that was sent here was refused; ``message.reason`` says why."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageUnanswered(ConversationEvent):
    """The bot failed to answer this message and will not try again. The conversation continues."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageChanged(ConversationEvent):
    """A known message was redacted or rated."""

    message: Message


@dataclass(frozen=True, slots=True)
class AnswerChanged(ConversationEvent):
    """The messages that the bot is writing have grown, begun again or were dropped."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class AnsweringChanged(ConversationEvent):
    """The bot has begun or ended an answer: it is typing or writing."""

    answering: bool


@dataclass(frozen=True, slots=True)
class SuggestionsChanged(ConversationEvent):
    """The quick replies have changed."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class StatusChanged(ConversationEvent):
    """The conversation is complete, may miss messages, or has ended."""

    status: ConversationStatus


Event: TypeAlias = (
    StateChanged
    | ConnectionFailed
    | SignedOut
    | Problem
    | Activity
    | ConversationChanged
    | ConversationReplaced
    | MessageReceived
    | MessageDelivered
    | MessageFailed
    | MessageUnanswered
    | MessageChanged
    | AnswerChanged
    | AnsweringChanged
    | SuggestionsChanged
    | StatusChanged
)

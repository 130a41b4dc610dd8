"""Messages, conversations and bots, as an app sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Sender: TypeAlias = Literal["user", "bot"]
Delivery: TypeAlias = Literal["sending", "delivered", "failed"]
Rating: TypeAlias = Literal["up", "down"]
ConnectionState: TypeAlias = Literal["closed", "connecting", "open", "waiting"]
"""``waiting``: the connection was lost or refused, and the next attempt is scheduled."""
ConversationStatus: TypeAlias = Literal["syncing", "live", "ended"]
"""``syncing``: messages may be missing. ``live``: all are here, and new ones arrive as they are sent."""
EndReason: TypeAlias = Literal["expired", "claimed", "gone"]
Json: TypeAlias = Mapping[str, Any]
"""A JSON object of the server. Unknown fields are ignored, as the contract requires."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A quick reply.

    Attributes
    ----------
    text
        What is shown.
    value
        The message that it sends.
    """

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A reference to a file that is stored elsewhere; ``url`` is an https address."""

    name: str
    content_type: str
    url: str


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was uploaded, and can be sent with a message for a day.

    Attributes
    ----------
    file_id
        Names it in a message.
    attachment
        What the message will show; the link works from then on.
    """

    file_id: str
    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a conversation. It is immutable: an update is a new object with the same ``key``.

    Attributes
    ----------
    key
        Stable while the conversation is open, also when a message that was sent here becomes a stored one.
    sender, content
        Who has written it, and its text.
    timestamp
        RFC 3339, in UTC.
    delivery
        ``sending`` until the server has stored it; ``failed`` if it was refused, with the ``reason``.
    id, seq
        Set for stored messages.
    client_message_id
        The idempotency key of a message of the user.
    shown
        The text to show, if that of a quick reply differs from its value.
    attachments, suggestions
        Its files and its quick replies.
    reason
        Why it was not sent: a code of the contract, ``unconfirmed`` or ``stale``.
    unanswered
        The bot failed to answer it and will not try again.
    streaming
        The bot is still writing it: it grows, begins again or is dropped, until the stored message replaces it.
    finish_reason
        Why it is incomplete: ``stopped``, ``length``, ``content_filter`` or ``interrupted``.
    rating
        The user's rating of a message of the bot.
    input
        The type of answer that the bot waits for, such as ``password`` or ``date``. An unknown type is a text.
    """

    key: str
    sender: Sender
    content: str
    timestamp: str
    delivery: Delivery = "delivered"
    id: str | None = None
    seq: int | None = None
    client_message_id: str | None = None
    shown: str | None = None
    attachments: tuple[Attachment, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    reason: str | None = None
    unanswered: bool = False
    streaming: bool = False
    finish_reason: str | None = None
    rating: Rating | None = None
    input: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """A conversation in the list of a user."""

    id: str
    bot_id: str
    bot_name: str
    last_message: str
    last_activity: str
    status: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage:
    """A page of the list of conversations; ``next_cursor`` is None on the last one."""

    conversations: tuple[ConversationSummary, ...]
    total: int
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A bot that the user may talk to."""

    id: str
    name: str
    description: str
    default: bool

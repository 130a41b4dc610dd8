"""A conversation: one row of ``sessions``, one thread between an owner and a bot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from conversations.domain import ids, timestamps
from conversations.domain.entity import Entity
from conversations.domain.message import Message

NOT_GREETED = -1
"""``answered_seq`` of a conversation whose bot has not had its chance to speak first."""

GREETING_SEQ = 0
"""``seq`` of the greeting turn, in which the bot speaks first; messages are numbered from 1."""

MAX_PREVIEW_LENGTH = 200
"""How much of the last message a list shows, in characters; it bounds what a list page can weigh."""

VISITOR_IDLE_SECONDS = 30 * 60
"""An anonymous conversation ends this long after its last message (contract, section 3)."""


class ConversationStatus(StrEnum):
    """Whether a conversation takes messages."""

    ACTIVE = "active"
    ARCHIVED = "archived"


MAX_FAILED_MESSAGES = 50
"""How many messages a bot could not answer are remembered; it bounds what a conversation's row can weigh."""


class Conversation(Entity):
    """One thread between its owner and a bot."""

    id: str = Field(description="bare UUIDv7; clients see it as conv-<uuid> and session-<uuid>")
    owner: str = Field(description="Principal.owner of the user or visitor it belongs to")
    bot_id: str
    bot_name: str
    status: ConversationStatus = ConversationStatus.ACTIVE
    created_at: datetime
    updated_at: datetime
    last_activity: datetime = Field(description="time of the last message, or of the start")
    last_message: str = Field(default="", description="beginning of the last message")
    last_seq: int = Field(default=0, description="seq of the last stored message")
    answered_seq: int = Field(default=NOT_GREETED, description="seq of the last message the bot has answered")
    pending_message_ids: tuple[str, ...] = Field(
        default=(), description="bare ids of the user's messages the bot has not answered yet, in order"
    )
    failed_message_ids: tuple[str, ...] = Field(
        default=(), description="bare ids of those it could not answer; an operator can have them tried again"
    )
    expires_at: datetime | None = Field(default=None, description="set for visitors only; gone from then on")
    groups: frozenset[str] = Field(
        default=frozenset(), description="what the token of whoever began it said they belong to; shown to no client"
    )
    deleted: bool = Field(default=False, description="its owner has deleted it; it is being erased")

    @property
    def anonymous(self) -> bool:
        """Whether it belongs to a visitor: no history, and an end."""
        return self.expires_at is not None

    def is_pending(self, seq: int) -> bool:
        """Tell whether the user's message ``seq`` has not been answered; 0 is the bot's chance to speak first."""
        if seq == GREETING_SEQ:
            return self.answered_seq == NOT_GREETED
        return any(ids.get_seq(each) == seq for each in (*self.pending_message_ids, *self.failed_message_ids))

    def get_pending_before(self, message_id: str) -> tuple[str, ...]:
        """Return the ids of the messages that are to be answered before this one."""
        return tuple(each for each in self.pending_message_ids if each < message_id)

    def is_gone(self, now: datetime) -> bool:
        """Tell whether it is deleted or expired; the table's own deletion comes up to days later."""
        return self.deleted or (self.expires_at is not None and self.expires_at <= now)


class ListPosition(NamedTuple):
    """The place of a conversation in a list: newest activity first."""

    last_activity: str
    session_id: str


class ExportCursor(NamedTuple):
    """How far a walk through all messages has come: behind a message, or behind a whole conversation."""

    position: ListPosition
    message_id: str | None


class ConversationSummary(Entity):
    """What a list shows of a conversation."""

    id: str
    bot_id: str
    bot_name: str
    status: ConversationStatus
    last_message: str
    last_activity: datetime

    @property
    def position(self) -> ListPosition:
        """Where it stands in a list."""
        return ListPosition(timestamps.format_timestamp(self.last_activity), self.id)


def get_visitor_expiry(now: datetime) -> datetime:
    """Return when a visitor's conversation that was used ``now`` ends: a whole second, as the table keeps it."""
    return (now + timedelta(seconds=VISITOR_IDLE_SECONDS, microseconds=999_999)).replace(microsecond=0)


def build_preview(message: Message) -> str:
    """Return what a list shows of ``message``, at most ``PREVIEW_LENGTH`` characters."""
    if len(message.content) <= MAX_PREVIEW_LENGTH:
        return message.content
    return message.content[: MAX_PREVIEW_LENGTH - 1] + "…"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which of an owner's conversations to list; None is any."""

    bot_id: str | None = None
    status: ConversationStatus | None = None

"""A conversation between an owner and a bot: one row of the ``sessions`` table."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from conversations.data_classes import dataclass
from conversations.domain import ids, timestamps
from conversations.domain.entity import Entity
from conversations.domain.message import Message

NOT_GREETED = -1
"""``answered_seq`` of a conversation whose bot has not run its greeting turn yet."""

GREETING_SEQ = 0
"""``seq`` of the greeting turn, in which the bot speaks first; messages are numbered from 1."""

MAX_PREVIEW_LENGTH = 200
"""Characters of the last message that a list shows; this limits the size of a list page."""

LIST_WINDOW = timedelta(minutes=10)
"""How long a conversation stays where the indexes of the list have it, while messages are stored: each move costs four
write units. A page of the list reads the conversations of such a window to sort them exactly."""

VISITOR_IDLE_SECONDS = 30 * 60
"""A visitor's conversation expires this long after its last message (contract, section 3)."""


_QUEUED = "queued:"


class TurnRoute(NamedTuple):
    """Which bot answers a conversation, and from which queue.

    Attributes
    ----------
    bot_id
        The bot.
    waits
        ``Conversation.waits``.
    """

    bot_id: str
    waits: bool


class ConversationStatus(StrEnum):
    """Whether a conversation accepts messages."""

    ACTIVE = "active"
    ARCHIVED = "archived"


MAX_FAILED_MESSAGES = 50
"""How many failed messages are stored per conversation; this limits the size of its row."""


class Conversation(Entity):
    """A conversation between its owner and a bot.

    Its messages form a state machine: a user's message is pending until the bot has answered it or failed to.
    """

    id: str = Field(description="bare UUIDv7; clients see it as conv-<uuid> and session-<uuid>")
    owner: str = Field(description="Principal.owner of the user or visitor it belongs to")
    bot_id: str
    bot_name: str
    title: str = Field(default="", description="the name that its owner has given it; empty if none")
    status: ConversationStatus = ConversationStatus.ACTIVE
    created_at: datetime
    updated_at: datetime
    last_activity: datetime = Field(description="when the last message was stored, or the conversation started")
    sorted_at: datetime | None = Field(
        default=None, description="the time by which indexes sort it, up to LIST_WINDOW ago; None if by last_activity"
    )
    last_message: str = Field(default="", description="beginning of the last message")
    last_seq: int = Field(default=0, description="seq of the last stored message")
    answered_seq: int = Field(default=NOT_GREETED, description="seq of the last message the bot has answered")
    pending_message_ids: tuple[str, ...] = Field(
        default=(), description="bare ids of the user's messages the bot has not answered yet, in order"
    )
    failed_message_ids: tuple[str, ...] = Field(
        default=(), description="bare ids of the messages the bot failed to answer; an operator can retry them"
    )
    expires_at: datetime | None = Field(default=None, description="end of a visitor's conversation; None for users")
    groups: frozenset[str] = Field(
        default=frozenset(), description="the owner's groups when the conversation began; not shown to clients"
    )
    deleted: bool = Field(default=False, description="soft delete: its owner has deleted it, and it is being erased")
    undelivered: str | None = Field(
        default=None,
        description="the turn whose messages are stored and may not have been sent yet: the bare id of the message that"
        " it answers inline, or build_queued_mark of one from the queue",
    )
    waits: bool = Field(
        default=False,
        description="whether its turns use the queue of bots that wait; never False again, which keeps their order",
    )

    @property
    def anonymous(self) -> bool:
        """Whether it belongs to a visitor: it has no history endpoint, and it expires."""
        return self.expires_at is not None

    @property
    def accepts_messages(self) -> bool:
        """Whether its owner can send messages to it, unless it has expired."""
        return not self.deleted and self.status is ConversationStatus.ACTIVE

    @property
    def is_answering(self) -> bool:
        """Whether the bot has a message to answer, or its greeting to say: it may be generating it."""
        return bool(self.pending_message_ids) or self.is_pending(GREETING_SEQ)

    @property
    def answering_message_id(self) -> str | None:
        """Bare id of the message that the bot answers first; None if only its greeting is pending, or nothing."""
        return self.pending_message_ids[0] if self.pending_message_ids else None

    @property
    def inline_message_id(self) -> str | None:
        """Bare id of the message whose turn ran inline, and may not have been sent yet; None without one."""
        is_inline = self.undelivered is not None and not self.undelivered.startswith(_QUEUED)
        return self.undelivered if is_inline else None

    @property
    def sorting_time(self) -> datetime:
        """The time by which the indexes of the list sort it."""
        return self.sorted_at or self.last_activity

    def get_sorted_at(self, activity: datetime) -> datetime | None:
        """Return ``sorted_at`` after an activity; a visitor's conversation is in no index."""
        return None if self.anonymous or leaves_window(self.sorting_time, activity) else self.sorting_time

    def is_pending(self, seq: int) -> bool:
        """Return whether the user's message ``seq``, or with ``GREETING_SEQ`` the greeting, has no answer yet."""
        if seq == GREETING_SEQ:
            return self.answered_seq == NOT_GREETED
        return seq in map(ids.get_seq, (*self.pending_message_ids, *self.failed_message_ids))

    def get_pending_before(self, message_id: str) -> tuple[str, ...]:
        """Return the ids of the pending messages that must be answered before this one."""
        return tuple(pending_id for pending_id in self.pending_message_ids if pending_id < message_id)

    def is_gone(self, now: datetime) -> bool:
        """Return whether it is deleted or expired. DynamoDB's TTL removes the row up to days later."""
        return self.deleted or (self.expires_at is not None and self.expires_at <= now)


def build_queued_mark(message_id: str | None) -> str:
    """Return ``Conversation.undelivered`` of a turn that a job of the queue runs and delivers.

    Parameters
    ----------
    message_id
        Bare id of the message that it answers; None for the greeting.
    """
    return f"{_QUEUED}{message_id or 'open'}"


def leaves_window(sorted_at: datetime, activity: datetime) -> bool:
    """Return whether an activity moves a conversation in the indexes that sort it by ``sorted_at``."""
    # safeguard: list-moves
    return activity - sorted_at > LIST_WINDOW


class ListPosition(NamedTuple):
    """The position of a conversation in a list that is sorted by last activity, newest first."""

    last_activity: str
    conversation_id: str


class ListCursor(NamedTuple):
    """A position in a walk of a list.

    The walk goes down from the newest activity to the oldest, and then up again through what has moved meanwhile.

    Attributes
    ----------
    position
        The last conversation of the page before.
    since
        Time after which conversations may have moved; None in cursors of earlier versions, which did not look back.
    is_upward
        Whether the walk is on its way up.
    """

    position: ListPosition
    since: str | None
    is_upward: bool = False


class ExportCursor(NamedTuple):
    """A position in an export, which walks from the oldest activity to the newest.

    It is after a message, or after a conversation if ``message_id`` is None.
    """

    position: ListPosition
    message_id: str | None


class ConversationSummary(Entity):
    """What a list shows of a conversation."""

    id: str
    bot_id: str
    bot_name: str
    title: str
    status: ConversationStatus
    last_message: str
    last_activity: datetime

    @property
    def position(self) -> ListPosition:
        """Its position in a list."""
        return ListPosition(timestamps.format_timestamp(self.last_activity), self.id)


def summarize(conversation: Conversation) -> ConversationSummary:
    """Return what a list shows of a conversation."""
    return ConversationSummary(
        id=conversation.id,
        bot_id=conversation.bot_id,
        bot_name=conversation.bot_name,
        title=conversation.title,
        status=conversation.status,
        last_message=conversation.last_message,
        last_activity=conversation.last_activity,
    )


def get_visitor_expiry(now: datetime) -> datetime:
    """Return when a visitor's conversation with a message at ``now`` expires, rounded up to a second for DynamoDB."""
    return (now + timedelta(seconds=VISITOR_IDLE_SECONDS, microseconds=999_999)).replace(microsecond=0)


def build_preview(message: Message) -> str:
    """Return the beginning of ``message`` for lists, at most ``MAX_PREVIEW_LENGTH`` characters."""
    if len(message.content) <= MAX_PREVIEW_LENGTH:
        return message.content
    return message.content[: MAX_PREVIEW_LENGTH - 1] + "…"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which of an owner's conversations to list; None matches all."""

    bot_id: str | None = None
    status: ConversationStatus | None = None

    def list_statuses(self) -> tuple[ConversationStatus, ...]:
        """Return the statuses that match."""
        return tuple(ConversationStatus) if self.status is None else (self.status,)

    def matches(self, conversation: Conversation) -> bool:
        """Return whether a conversation matches."""
        return self.bot_id in (None, conversation.bot_id) and self.status in (None, conversation.status)

"""Messages that a script sends to another user of its bot."""

from datetime import date, datetime

from conversations.data_classes import dataclass
from conversations.domain import ids, timestamps
from conversations.domain.conversation import Conversation, build_preview
from conversations.domain.errors import ConversationsError
from conversations.domain.message import Message, Sender

MAX_TALKS_PER_TURN = 50
"""Messages to other users that one turn sends."""

MAX_TALKS_PER_DAY = 5_000
"""Messages to other users that one bot sends on one day (UTC)."""


class TalkRefusedError(ConversationsError):
    """The message is not sent; its text is a sentence for the author of the script, and names no user."""


@dataclass(frozen=True, slots=True)
class TalkEffect:
    """The sending of one message to another user, by one step of one turn.

    Attributes
    ----------
    bot_id
        The bot.
    id
        Identifies the step; the same if the turn is run again.
    at
        When it is sent.
    """

    bot_id: str
    id: str
    at: datetime

    @property
    def day(self) -> date:
        """The day in UTC that the message counts for."""
        return self.at.date()


@dataclass(frozen=True, slots=True)
class StoredTalk:
    """Where a message to another user is stored: the bare ids of its conversation and of the message."""

    conversation_id: str
    message_id: str


def append_talk(conversation: Conversation, effect: TalkEffect, text: str) -> tuple[Conversation, Message]:
    """Return the conversation with a message of its bot that answers nothing, and that message.

    The same arguments always return the same id.
    """
    timestamp = timestamps.get_next_timestamp(conversation.last_activity, effect.at)
    seq = conversation.last_seq + 1
    message = Message(
        id=ids.derive_message_id(timestamp, seq, effect.id),
        conversation_id=conversation.id,
        seq=seq,
        sender=Sender.BOT,
        content=text,
        timestamp=timestamp,
    )
    changes = {
        "last_seq": seq,
        "last_message": build_preview(message),
        "last_activity": timestamp,
        "sorted_at": conversation.get_sorted_at(timestamp),
        "updated_at": timestamp,
    }
    return conversation.model_copy(update=changes), message

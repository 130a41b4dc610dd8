"""A bot turn: its input, the events an engine answers with, and the messages that are made of them."""

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import JsonValue

from conversations.data_classes import dataclass
from conversations.domain import ids, timestamps
from conversations.domain.bot import AnswerSchema, Bot, DialogState
from conversations.domain.conversation import Conversation, build_preview, get_visitor_expiry
from conversations.domain.dialog import Dialog
from conversations.domain.message import AnswerInput, Message, Sender, Suggestion, Utterance
from conversations.domain.turn_time import unlimited


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Turn:
    """The input of an engine.

    Attributes
    ----------
    bot
        The bot that answers.
    conversation_id
        Bare id of the conversation.
    message
        The user's message to answer, or None for the greeting, in which the bot speaks first.
    state
        The dialog state after the previous turn; empty at first.
    history
        Returns the newest messages of the conversation, as many as asked for, oldest first; each call costs a query.
    owner
        ``Principal.owner`` of the user or visitor.
    anonymous
        Whether the owner is a visitor, about whom nothing is stored but the conversation.
    groups
        The groups of the user, from the token with which the message was sent or the conversation was started.
    now
        When the message was sent, or the conversation was started: the same when the turn is run again.
    time_left
        Returns the seconds that the invocation has left, also for what follows the engine (`domain.turn_time`).
    is_stopped
        Returns whether the user has stopped the answer. It is up to date after each ``AppendText``; an engine that
        yields them then completes its message with what it has, and ends.
    """

    bot: Bot
    conversation_id: str
    message: Message | None
    state: DialogState
    history: Callable[[int], Sequence[Message]]
    owner: str
    anonymous: bool
    groups: frozenset[str]
    now: datetime
    time_left: Callable[[], float] = unlimited
    is_stopped: Callable[[], bool] = _never

    @property
    def id(self) -> str:
        """Identifies the turn; the same when it is run again."""
        return get_turn_id(self.conversation_id, None if self.message is None else self.message.id)


def build_turn(
    bot: Bot,
    dialog: Dialog,
    *,
    history: Callable[[int], Sequence[Message]],
    time_left: Callable[[], float],
    is_stopped: Callable[[], bool] = _never,
) -> Turn:
    """Return the input of the engine for the turn of a dialog; see ``Turn``."""
    conversation, message = dialog.conversation, dialog.message
    return Turn(
        bot=bot,
        conversation_id=conversation.id,
        message=message,
        state=dialog.state,
        history=history,
        owner=conversation.owner,
        anonymous=conversation.anonymous,
        groups=(message or conversation).groups,
        now=conversation.created_at if message is None else message.timestamp,
        time_left=time_left,
        is_stopped=is_stopped,
    )


def get_turn_id(conversation_id: str, message_id: str | None) -> str:
    """Return the id of the turn that answers a message, both given by their bare ids; with None, of the greeting."""
    return f"{conversation_id}:{'open' if message_id is None else message_id}"


@dataclass(frozen=True, slots=True)
class AppendText:
    """Append text to the message that is being generated, which clients see growing.

    The next ``SendMessage`` completes the message, and its content is what is stored. An empty text only lets the
    caller look at stop requests.
    """

    text: str


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message to the user."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Redact:
    """Replace the content of the user's message, which must not be stored."""

    content: str


@dataclass(frozen=True, slots=True)
class SendSuggestions:
    """Show quick replies without a message. They are not stored; the next message replaces them."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Deliver the messages that follow after a delay; they are stored with the turn."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SaveState:
    """Set the dialog state for the next turn; the last such event of a turn wins.

    ``expects`` describes the only answers that the bot accepts next, None if it accepts any text. ``input`` is the
    kind of answer that clients help the user to give.
    """

    state: DialogState = field(default_factory=dict)
    expects: AnswerSchema | None = None
    input: AnswerInput | None = None


@dataclass(frozen=True, slots=True)
class SetMemory:
    """Set a value that outlives the conversation: for all users of the bot, or for this one."""

    scope: Literal["bot", "user"]
    name: str
    value: JsonValue


TurnEvent = AppendText | SendMessage | Redact | SendSuggestions | Pause | SaveState | SetMemory


class _Place(NamedTuple):
    """The place of a message in its conversation."""

    id: str
    seq: int
    timestamp: datetime


def mint_places(conversation: Conversation, replies_to: int, count: int, now: datetime) -> tuple[_Place, ...]:
    """Return the places of the next ``count`` messages of the bot; see ``mint_messages``.

    The same arguments always return the same ids, so messages keep their ids when a turn is run again.
    """
    places: list[_Place] = []
    timestamp = conversation.last_activity
    for seq in range(conversation.last_seq + 1, conversation.last_seq + 1 + count):
        # safeguard: turn-timestamp
        timestamp = timestamps.get_next_timestamp(timestamp, now)
        message_id = ids.derive_message_id(timestamp, seq, f"{conversation.id}:{replies_to}")
        places.append(_Place(message_id, seq, timestamp))
    return tuple(places)


def mint_messages(
    conversation: Conversation, replies_to: int, utterances: Sequence[Utterance], now: datetime
) -> tuple[Message, ...]:
    """Build the bot's messages at the end of a conversation: with ids, sequence numbers and timestamps.

    Parameters
    ----------
    conversation
        The conversation as last read.
    replies_to
        ``seq`` of the message they answer, ``GREETING_SEQ`` for the greeting.
    utterances
        The contents, in order.
    now
        The time of the messages. Each has a later timestamp than the one before it, also if clocks differ.
    """
    places = mint_places(conversation, replies_to, len(utterances), now)
    return tuple(
        Message(
            id=place.id,
            conversation_id=conversation.id,
            seq=place.seq,
            sender=Sender.BOT,
            content=utterance.content,
            timestamp=place.timestamp,
            suggestions=utterance.suggestions,
            attachments=utterance.attachments,
            finish_reason=utterance.finish_reason,
            input=utterance.input,
            sources=utterance.sources,
            answers=replies_to,
        )
        for place, utterance in zip(places, utterances, strict=True)
    )


def append_message(conversation: Conversation, message: Message) -> Conversation:
    """Return the conversation with a user's message at its end, which is pending."""
    return conversation.model_copy(
        update={
            "last_seq": message.seq,
            "last_message": build_preview(message),
            "last_activity": message.timestamp,
            "sorted_at": conversation.get_sorted_at(message.timestamp),
            "updated_at": message.timestamp,
            "pending_message_ids": (*conversation.pending_message_ids, message.id),
            "expires_at": get_visitor_expiry(message.timestamp) if conversation.anonymous else None,
        }
    )


def advance_conversation(
    conversation: Conversation, replies_to: int, messages: Sequence[Message], redacted: Message | None, now: datetime
) -> Conversation:
    """Return the conversation as a turn leaves it.

    Parameters
    ----------
    conversation
        The conversation before the turn.
    replies_to
        ``seq`` of the message the turn answers, ``GREETING_SEQ`` for the greeting.
    messages
        The bot's messages.
    redacted
        The user's message as the turn replaces it; None if it is stored as sent.
    now
        The current time.
    """
    changes: dict[str, object] = {
        "answered_seq": max(conversation.answered_seq, replies_to),
        "pending_message_ids": _remove(conversation.pending_message_ids, replies_to),
        "failed_message_ids": _remove(conversation.failed_message_ids, replies_to),
        "updated_at": now,
    }
    if messages:
        last = messages[-1]
        # Messages that were streamed are of the time when the turn began. The lists are sorted by last activity,
        # and a walk through them finds what has changed since it began.
        # safeguard: stream-activity
        activity = max(last.timestamp, now)
        changes |= {
            "last_seq": last.seq,
            "last_message": build_preview(last),
            "last_activity": activity,
            "sorted_at": conversation.get_sorted_at(activity),
        }
    # safeguard: redact-list
    elif redacted is not None and redacted.seq == conversation.last_seq:
        changes["last_message"] = build_preview(redacted)
    return conversation.model_copy(update=changes)


def _remove(message_ids: Sequence[str], seq: int) -> tuple[str, ...]:
    return tuple(message_id for message_id in message_ids if ids.get_seq(message_id) != seq)


def follow_conversation(conversation: Conversation, messages: Sequence[Message], now: datetime) -> tuple[Message, ...]:
    """Return the minted messages, minted again if the conversation has got messages since.

    An id sorts by time and sequence number, so a message that moves to a later place gets another id.
    """
    # safeguard: turn-reminted
    if not messages or messages[0].seq == conversation.last_seq + 1:
        return tuple(messages)
    utterances = [
        Utterance(
            content=message.content,
            suggestions=message.suggestions,
            attachments=message.attachments,
            finish_reason=message.finish_reason,
            input=message.input,
            sources=message.sources,
        )
        for message in messages
    ]
    return mint_messages(conversation, messages[0].answers or 0, utterances, now)

"""A run of an agent: one exchange between a client that names its threads and a bot."""

import hashlib
from datetime import datetime

from conversations.data_classes import dataclass
from conversations.domain.bot import AnswerSchema
from conversations.domain.message import Message

INTERRUPT_PREFIX = "hear-"
"""Followed by the id of the message after which the bot waits."""


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """A message of the user; ``key`` is its idempotency key."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class AgentInput:
    """What a client sends to a bot.

    Attributes
    ----------
    bot_id
        The bot.
    thread_id
        The thread, named by the client, or the public id of a conversation.
    message
        The user's new message, if there is one.
    interrupt_id
        The interrupt that ``message`` answers, if it answers one.
    """

    bot_id: str
    thread_id: str
    message: AgentMessage | None = None
    interrupt_id: str | None = None

    def hash_thread(self) -> str:
        """Return the key of the thread's record: names of clients have any length and any characters."""
        return hashlib.sha256(self.thread_id.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Thread:
    """The conversation of a thread.

    Attributes
    ----------
    conversation_id
        Its bare id.
    began_at
        When the id was chosen, shortly before the conversation is stored.
    """

    conversation_id: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Interrupt:
    """An answer that a bot waits for.

    Attributes
    ----------
    id
        Its id, which the answer names.
    question
        The bot's question; empty if it said nothing.
    schema
        The answers that it accepts.
    """

    id: str
    question: str
    schema: AnswerSchema


def build_interrupt(expects: AnswerSchema | None, last_seq: int, last: Message | None) -> Interrupt | None:
    """Return what the bot waits for, None if it accepts any message.

    Parameters
    ----------
    expects
        The only answers that the bot accepts.
    last_seq
        ``seq`` of the last message of the conversation.
    last
        The last message of the run. If another message follows it, there is nothing to answer.
    """
    if expects is None or last is None or last.seq != last_seq:
        return None
    question = "" if last.answers is None else last.content
    return Interrupt(f"{INTERRUPT_PREFIX}{last.id}", question, expects)

"""Transcripts: what a stateless client repeats of a conversation with each request, and how it is recognized.

A transcript is recognized by what the bot said, word by word, and by hashes of what the user said. No hash is stored of
a message that the bot redacted, such as a password, because it could be attacked by guessing; such a message matches
any other.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from conversations.data_classes import dataclass

_HASH_LENGTH = 16
"""Hexadecimal digits of the hash of one message: it only distinguishes transcripts with the same answers."""


@dataclass(frozen=True, slots=True)
class TranscriptMessage:
    """One message of a transcript."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A request of a stateless client.

    Attributes
    ----------
    bot_id
        The bot that is asked.
    scope
        What else distinguishes the client's conversations, such as the end user behind a shared account.
    earlier
        The messages before the question, oldest first; empty at the beginning of a conversation.
    question
        The user's new message.
    conversation_id
        Bare id of the conversation, if the client names it.
    """

    bot_id: str
    scope: str
    earlier: tuple[TranscriptMessage, ...]
    question: str
    conversation_id: str | None = None

    def hash_answers(self) -> str:
        """Return the hash of what the bot has said before the question."""
        return _hash_all(self.bot_id, self.scope, *self._list_answers())

    def hash_answers_with(self, answer: str) -> str:
        """Return what ``hash_answers`` will return when the client asks the next question."""
        return _hash_all(self.bot_id, self.scope, *self._list_answers(), _normalize(answer))

    def hash_questions(self) -> tuple[str, ...]:
        """Return the hash of each message of the user before the question."""
        return tuple(hash_question(message.text) for message in self.earlier if message.role == "user")

    def to_text(self) -> str:
        """Return a text that two requests have in common only if they are the same."""
        earlier = [[message.role, message.text] for message in self.earlier]
        return json.dumps([self.bot_id, self.scope, self.conversation_id, earlier, self.question])

    def _list_answers(self) -> list[str]:
        return [_normalize(message.text) for message in self.earlier if message.role == "assistant"]


@dataclass(frozen=True, slots=True)
class OpenTranscript:
    """A conversation that a transcript may continue.

    Attributes
    ----------
    conversation_id
        Bare id of the conversation.
    last_seq
        ``seq`` of its last message: if it has another one, it was continued in another way.
    questions
        The hashes of the user's messages; None for a message that the bot redacted.
    """

    conversation_id: str
    last_seq: int
    questions: tuple[str | None, ...]

    def matches(self, questions: Sequence[str]) -> bool:
        """Return whether the messages with these hashes may be those of the user."""
        return len(questions) == len(self.questions) and all(
            stored is None or stored == given for stored, given in zip(self.questions, questions, strict=True)
        )


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """Where a question went, so that a repeated request finds its answer.

    Attributes
    ----------
    key
        The ``client_message_id`` of its message.
    conversation_id
        Bare id of the conversation that it continued; None if it started one.
    questions
        The ``OpenTranscript.questions`` before it.
    asked_at
        When it was sent.
    """

    key: str
    conversation_id: str | None
    questions: tuple[str | None, ...]
    asked_at: datetime


def hash_question(text: str) -> str:
    """Return the hash of a message of the user."""
    return _hash_all(_normalize(text))[:_HASH_LENGTH]


def _normalize(text: str) -> str:
    """Return the words of a text: clients change white space."""
    return " ".join(text.split())


def _hash_all(*texts: str) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()

"""A message: one row of ``message_history``."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, UrlConstraints
from pydantic_core import Url

from conversations.domain.entity import Entity

MAX_CONTENT_LENGTH = 8_000
"""Characters a user may send at once (contract, section 2)."""

MAX_ATTACHMENTS = 10
"""Attachments one message may carry (contract, section 2)."""


def _without_control_characters(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\t\n" for character in text):
        raise ValueError("must not contain control characters other than tab and newline")
    return text


Content = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CONTENT_LENGTH),
    AfterValidator(_without_control_characters),
]
"""What a user may say: trimmed, 1 to 8,000 characters, no control characters but tab and newline."""

ClientMessageId = Annotated[
    str, StringConstraints(min_length=1, max_length=128), AfterValidator(_without_control_characters)
]
"""An id the client chose for its message: 1 to 128 characters, no control characters."""


_WRITTEN_OUT = re.compile(r"https://[^/\\]", flags=re.IGNORECASE)
_https_url = TypeAdapter(Annotated[Url, UrlConstraints(allowed_schemes=["https"], host_required=True)])


def _https(text: str) -> str:
    _https_url.validate_python(text)
    # The parser mends what browsers mend: blanks, control characters, slashes. What is kept is what was written, so
    # only what needs no mending is an address for every client that will read it.
    if not _WRITTEN_OUT.match(text) or any(_is_blank(character) for character in text):
        raise ValueError("must be a whole https address without blanks")
    return text


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


HttpsUrl = Annotated[str, StringConstraints(max_length=2_048), AfterValidator(_https)]
"""An https address, kept as it was written: at most 2,048 characters."""


class Sender(StrEnum):
    """Who said it."""

    USER = "user"
    BOT = "bot"


class Attachment(Entity):
    """A file that lies elsewhere."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_without_control_characters)]
    content_type: Annotated[str, StringConstraints(max_length=127, pattern=r"^[\w.+-]+/[\w.+-]+$")]
    url: HttpsUrl


class Suggestion(Entity):
    """A quick reply: what the button says, and what pressing it sends."""

    text: str
    value: str


class Draft(Entity):
    """What a user wants to say, before it has a place in the conversation."""

    content: Content
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=MAX_ATTACHMENTS)
    client_message_id: ClientMessageId | None = None


class Message(Entity):
    """One utterance, as stored."""

    id: str = Field(description="bare UUIDv7 that sorts by time and then by seq")
    session_id: str
    seq: int = Field(description="1, 2, 3 ... without gaps inside a conversation")
    sender: Sender
    content: str
    timestamp: datetime
    attachments: tuple[Attachment, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    client_message_id: str | None = None
    answers: int | None = Field(
        default=None, description="of a bot's message: seq of what it answers, 0 for a greeting"
    )


class Utterance(Entity):
    """What a bot says, before it has a place in the conversation."""

    content: str
    suggestions: tuple[Suggestion, ...] = ()


def all_suggestions(messages: Iterable[Message]) -> tuple[Suggestion, ...]:
    """Return the quick replies of one turn, in order."""
    return tuple(suggestion for message in messages for suggestion in message.suggestions)

"""A message: one row of ``message_history``."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, TypeAdapter, UrlConstraints, WithJsonSchema
from pydantic_core import Url

from conversations.domain import ids, texts, timestamps
from conversations.domain.entity import Entity
from conversations.domain.knowledge import Source
from conversations.domain.texts import MAX_CONTENT_LENGTH, ClientMessageId, Content, FileName

MAX_ATTACHMENTS = 10
"""Attachments of one message (contract, section 2)."""


_ABSOLUTE_URL = re.compile(r"https://[^/\\]", flags=re.IGNORECASE)
_https_url = TypeAdapter(
    Annotated[Url, UrlConstraints(allowed_schemes=["https"], host_required=True)], config=ConfigDict(defer_build=True)
)


def _require_https_url(text: str) -> str:
    _https_url.validate_python(text)
    # The parser repairs the same mistakes as browsers: blanks, control characters, slashes. The original text is
    # stored, so accept only text that needs no repair: every client then reads it as the same URL.
    if not _ABSOLUTE_URL.match(text) or any(texts.is_blank(character) for character in text):
        raise ValueError("must be an absolute https URL without blanks")
    return text


HttpsUrl = Annotated[
    str,
    StringConstraints(max_length=2_048),
    AfterValidator(_require_https_url),
    WithJsonSchema(
        {
            "type": "string",
            "format": "uri",
            "maxLength": 2_048,
            "pattern": r"^[Hh][Tt][Tt][Pp][Ss]://[^/\\\u0000-\u0020]",
            "description": "an absolute https URL",
        }
    ),
]
"""An https URL of at most 2,048 characters, stored as the client wrote it."""


# Letters are spelled out because the meaning of \w depends on the regex dialect.
ContentType = Annotated[str, StringConstraints(max_length=127, pattern=r"^[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+$")]
"""A media type without parameters."""


IncompleteReason = Literal["stopped", "length", "content_filter", "interrupted"]
"""Why a bot's message is incomplete: the user stopped it, it reached the limit of the model, the provider filtered it,
or the provider broke off."""


InputType = Literal[
    "text",
    "password",
    "email",
    "phone",
    "url",
    "integer",
    "number",
    "money",
    "boolean",
    "date",
    "time",
    "choice",
    "file",
    "image",
    "audio",
    "video",
]
"""What kind of answer a bot waits for."""

Rating = Literal["up", "down"]
"""What a user thinks of a message of the bot."""


class Sender(StrEnum):
    """Who sent a message."""

    USER = "user"
    BOT = "bot"


class Attachment(Entity):
    """A link to a file that is stored elsewhere."""

    name: FileName
    content_type: ContentType
    url: HttpsUrl


class UploadReference(Entity):
    """A file that the sender has uploaded for this message."""

    file_id: str = Field(pattern="^[0-9a-f]{40}$", description="the `file_id` of the upload")


class Suggestion(Entity):
    """A quick reply: a button that sends a message for the user."""

    text: str = Field(description="label of the button")
    value: str = Field(description="content of the message that pressing it sends")


class AnswerInput(Entity):
    """The answer that a bot waits for. Clients treat a type that they do not know as text."""

    type: InputType = Field(
        description="`choice` is one of the suggestions; a `password` is not shown and is redacted once the bot has it"
    )


MAX_SUGGESTION_BYTES = 16 * 1024
"""Bytes of the quick replies of one turn. With the longest content they fit into a frame of 128 KB (AWS quota)."""

_FIELD_BYTES = 32
"""The names of two fields in JSON."""


def limit_suggestions(suggestions: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """Return the first quick replies, as many as fit into `MAX_SUGGESTION_BYTES`."""
    limited: list[Suggestion] = []
    size = 0
    for suggestion in suggestions:
        size += len(f"{suggestion.text}{suggestion.value}".encode(errors="replace")) + _FIELD_BYTES
        if size > MAX_SUGGESTION_BYTES:
            break
        limited.append(suggestion)
    return tuple(limited)


class Draft(Entity):
    """A user's message before it is stored and numbered."""

    content: Content
    attachments: tuple[Attachment | UploadReference, ...] = Field(
        default=(), max_length=MAX_ATTACHMENTS, description="before it is stored, uploaded files become attachments"
    )
    client_message_id: ClientMessageId | None = None

    @property
    def links(self) -> tuple[Attachment, ...]:
        """The attachments of a draft without uploaded files."""
        links = tuple(each for each in self.attachments if isinstance(each, Attachment))
        if len(links) < len(self.attachments):
            raise TypeError("uploaded files become attachments before the message is stored")
        return links

    def number(
        self, conversation_id: str, last_seq: int, last_activity: datetime, groups: frozenset[str], now: datetime
    ) -> "Message":
        """Return the message to store after the last one, with a timestamp that is later."""
        # safeguard: send-timestamp
        timestamp = timestamps.get_next_timestamp(last_activity, now)
        seq = last_seq + 1
        return self.to_message(ids.new_message_id(timestamp, seq), conversation_id, seq, timestamp, groups)

    def to_message(
        self, message_id: str, conversation_id: str, seq: int, timestamp: datetime, groups: frozenset[str] = frozenset()
    ) -> "Message":
        """Return the message to store, with its place in the conversation and the groups of its sender."""
        return Message(
            id=message_id,
            conversation_id=conversation_id,
            seq=seq,
            sender=Sender.USER,
            content=self.content,
            timestamp=timestamp,
            attachments=self.links,
            client_message_id=self.client_message_id,
            groups=groups,
        )


class Message(Entity):
    """A stored message."""

    id: str = Field(description="bare UUIDv7 that sorts by time and then by seq")
    conversation_id: str
    seq: int = Field(description="1, 2, 3 ... without gaps inside a conversation")
    sender: Sender
    content: str
    timestamp: datetime
    attachments: tuple[Attachment, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    client_message_id: str | None = None
    answers: int | None = Field(
        default=None, description="of a bot's message: seq of the message it answers, 0 for the greeting"
    )
    finish_reason: IncompleteReason | None = Field(
        default=None, description="of a bot's message: why it is incomplete; None if it is complete"
    )
    groups: frozenset[str] = Field(
        default=frozenset(), description="of a user's message: the groups in their token; not shown to clients"
    )
    input: AnswerInput | None = Field(
        default=None, description="of the last message of a turn: the answer that the bot waits for, if any will not do"
    )
    rating: Rating | None = Field(default=None, description="of a bot's message: how the user has rated it")
    sources: tuple[Source, ...] = Field(default=(), description="of a bot's message: what its answer is based on")


class Utterance(Entity):
    """A bot's message before it is stored and numbered."""

    content: Annotated[str, StringConstraints(max_length=MAX_CONTENT_LENGTH)]
    suggestions: tuple[Suggestion, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    finish_reason: IncompleteReason | None = None
    input: AnswerInput | None = None
    sources: tuple[Source, ...] = ()


def collect_suggestions(messages: Iterable[Message]) -> tuple[Suggestion, ...]:
    """Return the quick replies of one turn, in order, as many as a frame may have."""
    return limit_suggestions(suggestion for message in messages for suggestion in message.suggestions)

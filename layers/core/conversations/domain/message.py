"""A message: one row of ``message_history``."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, UrlConstraints, WithJsonSchema
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


# The same rules in the language of the documents. Blanks are Unicode's White_Space, which is what pydantic takes off.
_BLANK = r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CONTROL = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
_NO_CONTROL_CHARACTERS = f"^[^{_CONTROL}]*$"
_SAYS_SOMETHING = f"^[{_BLANK}]*[^{_CONTROL}{_BLANK}][^{_CONTROL}]*[{_BLANK}]*$"

Content = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CONTENT_LENGTH),
    AfterValidator(_without_control_characters),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CONTENT_LENGTH,
            "pattern": _SAYS_SOMETHING,
            "description": "1 to 8,000 characters after trimming; no control characters but tab and newline",
        }
    ),
]
"""What a user may say: trimmed, 1 to 8,000 characters, no control characters but tab and newline."""

ClientMessageId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128),
    AfterValidator(_without_control_characters),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 128, "pattern": _NO_CONTROL_CHARACTERS}),
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


HttpsUrl = Annotated[
    str,
    StringConstraints(max_length=2_048),
    AfterValidator(_https),
    WithJsonSchema(
        {
            "type": "string",
            "format": "uri",
            "maxLength": 2_048,
            "pattern": r"^[Hh][Tt][Tt][Pp][Ss]://[^/\\\u0000-\u0020]",
            "description": "an https address",
        }
    ),
]
"""An https address, kept as it was written: at most 2,048 characters."""


FileName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    AfterValidator(_without_control_characters),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 255, "pattern": _NO_CONTROL_CHARACTERS}),
]
"""What a file is called: 1 to 255 characters, no control characters but tab and newline."""

# Letters are spelt out because what \w means depends on who reads the pattern.
ContentType = Annotated[str, StringConstraints(max_length=127, pattern=r"^[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+$")]
"""A media type without parameters."""


class Sender(StrEnum):
    """Who said it."""

    USER = "user"
    BOT = "bot"


class Attachment(Entity):
    """A file that lies elsewhere."""

    name: FileName
    content_type: ContentType
    url: HttpsUrl


class Suggestion(Entity):
    """A quick reply: what the button says, and what pressing it sends."""

    text: str = Field(description="what the button says")
    value: str = Field(description="what pressing it sends")


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
    groups: frozenset[str] = Field(
        default=frozenset(), description="of a user's message: what the token said they belong to; shown to no client"
    )


class Utterance(Entity):
    """What a bot says, before it has a place in the conversation."""

    content: str
    suggestions: tuple[Suggestion, ...] = ()


def collect_suggestions(messages: Iterable[Message]) -> tuple[Suggestion, ...]:
    """Return the quick replies of one turn, in order."""
    return tuple(suggestion for message in messages for suggestion in message.suggestions)

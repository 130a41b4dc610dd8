"""Identifiers: UUIDv7 (RFC 9562), without a prefix inside the service, with one in the API.

A conversation has one UUID, written ``conv-<uuid>`` over REST and ``session-<uuid>`` over WebSocket. The UUID of a
message contains its ``seq`` after the time (RFC 9562, 6.2, method 1), so the ids of one conversation sort by time and
then by ``seq``, and a time range is a key range.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import WithJsonSchema

from conversations.domain.errors import InvalidRequestError
from conversations.domain.timestamps import to_milliseconds

FIRST_ID = "00000000-0000-0000-0000-000000000000"
"""No id sorts before this one."""

LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""No id sorts after this one."""

CONVERSATION_PREFIXES = ("conv-", "session-")
"""What a conversation id of a client begins with."""
_MESSAGE_PREFIX = "msg-"
_SEQ_BITS = 32
_RANDOM_BITS = 42
_MAX_MILLISECONDS = (1 << 48) - 1

UUID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
"""A UUID in its canonical form."""

# The patterns are for the API documents. The functions below format and parse the ids.
ConversationId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^conv-{UUID_PATTERN}$"})]
"""A conversation id as REST writes it."""

SessionId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^session-{UUID_PATTERN}$"})]
"""A conversation id as the WebSocket API writes it."""

ConversationReference = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": f"^(conv|session)-{UUID_PATTERN}$"})
]
"""A conversation id in either form; clients may send both."""

MessageId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^msg-{UUID_PATTERN}$"})]
"""A message id as clients see it."""

TimestampOrMessageId = Annotated[
    str,
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "pattern": f"^msg-{UUID_PATTERN}$"}]}
    ),
]
"""A position in a history: an RFC 3339 timestamp with an offset, or a message id."""


def _uuid7(milliseconds: int, counter: int, random: int) -> UUID:
    """Build a UUIDv7 (RFC 9562, 5.7): 48 bits of time, then 74 bits around version and variant."""
    tail = (counter << _RANDOM_BITS) | random
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (tail >> 62 << 64) | (0b10 << 62) | (tail & ((1 << 62) - 1)))


def new_conversation_id(now: datetime) -> str:
    """Return a new conversation's bare UUID, as 36 lower-case characters."""
    return str(_uuid7(to_milliseconds(now), secrets.randbits(_SEQ_BITS), secrets.randbits(_RANDOM_BITS)))


def new_message_id(timestamp: datetime, seq: int) -> str:
    """Return a new bare message id that sorts by ``timestamp`` (to the millisecond) and then by ``seq``."""
    return str(_uuid7(to_milliseconds(timestamp), seq, secrets.randbits(_RANDOM_BITS)))


def derive_message_id(timestamp: datetime, seq: int, source: str) -> str:
    """Return the bare message id that sorts like one of ``new_message_id``, always the same for the same arguments."""
    digest = hashlib.sha256(f"{source}:{seq}".encode()).digest()
    random = int.from_bytes(digest) & ((1 << _RANDOM_BITS) - 1)
    return str(_uuid7(to_milliseconds(timestamp), seq, random))


def get_seq(message_id: str) -> int:
    """Return the ``seq`` that a bare message id contains."""
    value = UUID(message_id).int
    tail = (value >> 64 & 0xFFF) << 62 | value & ((1 << 62) - 1)
    return tail >> _RANDOM_BITS


def get_milliseconds(message_id: str) -> int:
    """Return the time that a bare message id contains, in milliseconds since the epoch."""
    return UUID(message_id).int >> 80


def get_first_id_at(moment: datetime) -> str:
    """Return the smallest id a message with a timestamp at or after ``moment`` can have."""
    ceiling = to_milliseconds(moment) + (moment.microsecond % 1_000 > 0)
    return str(_uuid7(min(max(ceiling, 0), _MAX_MILLISECONDS), 0, 0))


def get_last_id_at(moment: datetime) -> str:
    """Return the largest id a message with a timestamp at or before ``moment`` can have."""
    floor = min(max(to_milliseconds(moment), 0), _MAX_MILLISECONDS)
    return str(_uuid7(floor, (1 << _SEQ_BITS) - 1, (1 << _RANDOM_BITS) - 1))


def get_next_id(message_id: str) -> str:
    """Return the smallest UUID after ``message_id``."""
    return str(UUID(int=min(UUID(message_id).int + 1, (1 << 128) - 1)))


def get_previous_id(message_id: str) -> str:
    """Return the largest UUID before ``message_id``."""
    return str(UUID(int=max(UUID(message_id).int - 1, 0)))


def subtract_milliseconds(message_id: str, milliseconds: int) -> str:
    """Return the UUID that sorts like ``message_id`` at an earlier time."""
    return str(UUID(int=max(UUID(message_id).int - (milliseconds << 80), 0)))


def format_conversation_id(conversation_id: str) -> str:
    """Return a bare conversation id as REST writes it."""
    return f"conv-{conversation_id}"


def format_session_id(conversation_id: str) -> str:
    """Return a bare conversation id as the WebSocket API writes it."""
    return f"session-{conversation_id}"


def format_message_id(message_id: str) -> str:
    """Return a bare message id as clients see it."""
    return f"{_MESSAGE_PREFIX}{message_id}"


def parse_conversation_id(text: str, *, field: str = "session_id") -> str:
    """Return the bare UUID of ``conv-<uuid>`` or ``session-<uuid>``.

    Raises
    ------
    InvalidRequestError
        If ``text`` is neither; the error names ``field``.
    """
    for prefix in CONVERSATION_PREFIXES:
        if text.startswith(prefix):
            return _parse(text.removeprefix(prefix), field=field, kind="a conversation id")
    raise InvalidRequestError(f"{field} is not a conversation id.", field=field)


def parse_message_id(text: str, *, field: str) -> str:
    """Return the bare UUID of ``msg-<uuid>``.

    Raises
    ------
    InvalidRequestError
        If ``text`` is anything else; the error names ``field``.
    """
    kind = "a message id"
    if not is_message_id(text):
        raise InvalidRequestError(f"{field} is not {kind}.", field=field)
    return _parse(text.removeprefix(_MESSAGE_PREFIX), field=field, kind=kind)


def is_message_id(text: str) -> bool:
    """Return whether ``text`` has the form of a message id rather than of a timestamp."""
    return text.startswith(_MESSAGE_PREFIX)


def _parse(text: str, *, field: str, kind: str) -> str:
    try:
        # UUID also accepts braces, urn: and capitals, which would be aliases of the same row.
        is_canonical = str(UUID(text)) == text
    except ValueError:
        is_canonical = False
    if not is_canonical:
        raise InvalidRequestError(f"{field} is not {kind}.", field=field)
    return text

"""Identifiers: UUIDv7 (RFC 9562), bare inside, prefixed outside.

A conversation and its session are one row with one UUID, written ``conv-<uuid>`` over REST and ``session-<uuid>`` on
the socket. A message's UUID carries its ``seq`` behind the time (RFC 9562, 6.2, method 1), so the ids of one
conversation sort by time and then by ``seq``, and a time range is a key range.
"""

import secrets
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import WithJsonSchema

from conversations.domain.errors import InvalidRequestError

FIRST_ID = "00000000-0000-0000-0000-000000000000"
"""No id sorts before this one."""

LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""No id sorts behind this one."""

_CONVERSATION_PREFIXES = ("conv-", "session-")
_MESSAGE_PREFIX = "msg-"
_SEQ_BITS = 32
_RANDOM_BITS = 42
_MAX_MILLISECONDS = (1 << 48) - 1

UUID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
"""A UUID as we write it."""

# The patterns are for the documents: what we send is made by the functions below, what we get is read by them.
ConversationId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^conv-{UUID_PATTERN}$"})]
"""A conversation, as REST names it."""

SessionId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^session-{UUID_PATTERN}$"})]
"""A conversation, as the socket names it."""

ConversationReference = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": f"^(conv|session)-{UUID_PATTERN}$"})
]
"""A conversation by either of its names, as clients may write it."""

MessageId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^msg-{UUID_PATTERN}$"})]
"""A message, as clients see it."""

TimestampOrMessageId = Annotated[
    str,
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "pattern": f"^msg-{UUID_PATTERN}$"}]}
    ),
]
"""A place in a history: an RFC 3339 time with its offset, or a message."""


def _uuid7(milliseconds: int, counter: int, random: int) -> UUID:
    """Join the parts of RFC 9562, 5.7: 48 bits of time, then 74 bits around version and variant."""
    tail = (counter << _RANDOM_BITS) | random
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (tail >> 62 << 64) | (0b10 << 62) | (tail & ((1 << 62) - 1)))


def _milliseconds(moment: datetime) -> int:
    """Whole milliseconds since the epoch, without the rounding of floats."""
    since = moment - datetime.fromtimestamp(0, UTC)
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def new_session_id(now: datetime) -> str:
    """Return a new conversation's bare UUID, as 36 lower-case characters."""
    return str(_uuid7(_milliseconds(now), secrets.randbits(_SEQ_BITS), secrets.randbits(_RANDOM_BITS)))


def new_message_id(timestamp: datetime, seq: int) -> str:
    """Return a new bare message id that sorts by ``timestamp`` (to the millisecond) and then by ``seq``."""
    return str(_uuid7(_milliseconds(timestamp), seq, secrets.randbits(_RANDOM_BITS)))


def get_seq(message_id: str) -> int:
    """Return the ``seq`` a bare message id carries."""
    value = UUID(message_id).int
    tail = (value >> 64 & 0xFFF) << 62 | value & ((1 << 62) - 1)
    return tail >> _RANDOM_BITS


def get_first_id_at(moment: datetime) -> str:
    """Return the least id a message stamped at or after ``moment`` can have."""
    ceiling = _milliseconds(moment) + (moment.microsecond % 1_000 > 0)
    return str(_uuid7(min(max(ceiling, 0), _MAX_MILLISECONDS), 0, 0))


def get_last_id_at(moment: datetime) -> str:
    """Return the greatest id a message stamped at or before ``moment`` can have."""
    floor = min(max(_milliseconds(moment), 0), _MAX_MILLISECONDS)
    return str(_uuid7(floor, (1 << _SEQ_BITS) - 1, (1 << _RANDOM_BITS) - 1))


def get_next_id(message_id: str) -> str:
    """Return the least UUID greater than ``message_id``."""
    return str(UUID(int=min(UUID(message_id).int + 1, (1 << 128) - 1)))


def get_previous_id(message_id: str) -> str:
    """Return the greatest UUID less than ``message_id``."""
    return str(UUID(int=max(UUID(message_id).int - 1, 0)))


def format_conversation_id(session_id: str) -> str:
    """Write a bare session id the way REST names it."""
    return f"conv-{session_id}"


def format_session_id(session_id: str) -> str:
    """Write a bare session id the way the socket names it."""
    return f"session-{session_id}"


def format_message_id(message_id: str) -> str:
    """Write a bare message id the way clients see it."""
    return f"{_MESSAGE_PREFIX}{message_id}"


def parse_session_id(text: str, *, field: str = "session_id") -> str:
    """Return the bare UUID of ``conv-<uuid>`` or ``session-<uuid>``.

    Raises
    ------
    InvalidRequestError
        If ``text`` is neither; it names ``field``.
    """
    for prefix in _CONVERSATION_PREFIXES:
        if text.startswith(prefix):
            return _parse(text.removeprefix(prefix), field=field, kind="a conversation id")
    raise InvalidRequestError(f"{field} is not a conversation id.", field=field)


def parse_message_id(text: str, *, field: str) -> str:
    """Return the bare UUID of ``msg-<uuid>``.

    Raises
    ------
    InvalidRequestError
        If ``text`` is anything else; it names ``field``.
    """
    kind = "a message id"
    if not is_message_id(text):
        raise InvalidRequestError(f"{field} is not {kind}.", field=field)
    return _parse(text.removeprefix(_MESSAGE_PREFIX), field=field, kind=kind)


def is_message_id(text: str) -> bool:
    """Tell whether ``text`` claims to be a message id rather than a time."""
    return text.startswith(_MESSAGE_PREFIX)


def _parse(text: str, *, field: str, kind: str) -> str:
    try:
        # UUID also reads braces, urn: and capitals, which would be other names of the same row.
        canonical = str(UUID(text)) == text
    except ValueError:
        canonical = False
    if not canonical:
        raise InvalidRequestError(f"{field} is not {kind}.", field=field)
    return text

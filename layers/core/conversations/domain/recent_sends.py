"""Idempotency keys of the last inline turns: which ``client_message_id`` stands for which message.

A conversation's row has them, so that an inline turn needs no idempotency record of its own. Their number is limited,
because the price of writing the row depends on its size. When it is reached, further messages get records.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from conversations.domain import ids
from conversations.domain.timestamps import MILLISECOND

IDEMPOTENCY_PERIOD = timedelta(hours=24)
"""How long a ``client_message_id`` is valid (contract, section 4)."""

MAX_RECENT_SENDS = 8
"""A visit has 8 turns in the table of costs. One takes 36 bytes of the row, and a row of more than 1 KB costs twice."""

_HASH_BYTES = 6
"""8 characters in base64. Two different ids of a conversation have the same hash once in 10¹³ messages; then the second
message is refused as a conflict."""


@dataclass(frozen=True, slots=True)
class RecentSends:
    """What the row of a conversation has of its clients' last messages.

    Attributes
    ----------
    codes
        By the hash of each ``client_message_id``: the code of the message's id.
    recorded_at
        When the last message was stored that has, or may have, an idempotency record; None without one.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    recorded_at: datetime | None = None

    def find(self, client_message_id: str, now: datetime) -> str | None:
        """Return the bare id of the message that a ``client_message_id`` stands for, None if it is not known."""
        code = self.codes.get(compute_hash(client_message_id))
        return None if code is None or code < get_oldest_code(now) else _decode(code)

    def may_have_records(self, now: datetime) -> bool:
        """Return whether a valid idempotency record may exist."""
        return self.recorded_at is not None and now - self.recorded_at < IDEMPOTENCY_PERIOD

    def add(self, client_message_id: str, message_id: str, now: datetime) -> "RecentSends | None":
        """Return them with a new message, and without those that have expired; None if there is no room."""
        oldest = get_oldest_code(now)
        valid = {key: code for key, code in self.codes.items() if code >= oldest}
        # safeguard: sends-limit
        if len(valid) >= MAX_RECENT_SENDS:
            return None
        return RecentSends(valid | {compute_hash(client_message_id): _encode(message_id)}, self.recorded_at)


def compute_hash(client_message_id: str) -> str:
    """Return the hash under which a ``client_message_id`` is stored."""
    digest = hashlib.blake2b(client_message_id.encode(), digest_size=_HASH_BYTES).digest()
    return base64.urlsafe_b64encode(digest).decode()


def get_oldest_code(now: datetime) -> str:
    """Return the smallest code of a message whose ``client_message_id`` is still valid."""
    return _encode(ids.get_first_id_at(now - IDEMPOTENCY_PERIOD + MILLISECOND))


def _encode(message_id: str) -> str:
    """Return 26 characters that sort like the id, which has 36."""
    return base64.b32hexencode(UUID(message_id).bytes).decode().rstrip("=")


def _decode(code: str) -> str:
    return str(UUID(bytes=base64.b32hexdecode(code + "======")))

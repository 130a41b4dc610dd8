"""Idempotency keys of the last inline turns: when the message of which ``client_message_id`` was stored.

A conversation's row has them, so that an inline turn needs no idempotency record of its own. Their number is limited,
because the price of writing the row depends on its size. When it is reached, further messages get records.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from conversations.data_classes import dataclass
from conversations.domain import timestamps

IDEMPOTENCY_PERIOD = timedelta(hours=24)
"""How long a ``client_message_id`` is valid (contract, section 4)."""

MAX_RECENT_SENDS = 12
"""A visit has 8 turns in the table of costs. A message takes 18 bytes of the row, and writing a row of more than 1 KB
costs twice as much."""

_HASH_BYTES = 6
"""8 characters in base64. Two different ids of a conversation have the same hash once in 10¹³ messages; then the second
message is refused as a conflict."""


@dataclass(frozen=True, slots=True)
class RecentSends:
    """What the row of a conversation has of its clients' last messages.

    Attributes
    ----------
    times
        By the hash of each ``client_message_id``: the timestamp of its message, in milliseconds since the epoch. No
        other message of the conversation has the same.
    recorded_at
        When the last message was stored that has, or may have, an idempotency record; None without one.
    """

    times: Mapping[str, int] = field(default_factory=dict)
    recorded_at: datetime | None = None

    def find(self, client_message_id: str, now: datetime) -> datetime | None:
        """Return the timestamp of the message that has a ``client_message_id``, None if it is not known."""
        time = self.times.get(compute_hash(client_message_id))
        return None if time is None or time < get_oldest_time(now) else timestamps.from_milliseconds(time)

    def may_have_records(self, now: datetime) -> bool:
        """Return whether a valid idempotency record may exist."""
        return self.recorded_at is not None and now - self.recorded_at < IDEMPOTENCY_PERIOD

    def add(self, client_message_id: str, sent_at: datetime) -> "RecentSends | None":
        """Return them with a new message, and without those that have expired; None if there is no room."""
        oldest = get_oldest_time(sent_at)
        valid = {key: time for key, time in self.times.items() if time >= oldest}
        # safeguard: sends-limit
        if len(valid) >= MAX_RECENT_SENDS:
            return None
        return RecentSends(
            valid | {compute_hash(client_message_id): timestamps.to_milliseconds(sent_at)}, self.recorded_at
        )


def compute_hash(client_message_id: str) -> str:
    """Return the hash under which a ``client_message_id`` is stored."""
    digest = hashlib.blake2b(client_message_id.encode(), digest_size=_HASH_BYTES).digest()
    return base64.urlsafe_b64encode(digest).decode()


def get_oldest_time(now: datetime) -> int:
    """Return the smallest timestamp of a message whose ``client_message_id`` is valid, in milliseconds."""
    return timestamps.to_milliseconds(now - IDEMPOTENCY_PERIOD) + 1

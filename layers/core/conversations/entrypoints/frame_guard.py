"""Flood control: every frame of a WebSocket connection counts, whether it is valid or not."""

import math
from datetime import datetime

from cachetools import LRUCache

from conversations.domain.errors import ConnectionLimitError

CAPACITY = 120
"""Frames that a connection may send at once. More than any rate limit of a frame allows per minute (100 times
``resume``), so that no client that keeps to the rate limits is refused here."""

REFILL_PER_SECOND = 2
"""Frames that a connection may send per second in the long run."""

MAX_REFUSED = 60
"""How many frames are refused before the connection is closed, if the client does not slow down."""

_MAX_CONNECTIONS = 10_000
"""Connections that a process remembers, the latest ones: about 3 MB."""


class FrameGuard:
    """A token bucket per connection, in the memory of the process.

    It costs no AWS call. A connection that sends so fast that several processes handle its frames has a bucket in each;
    that only delays its end. The exact rate limits are per user and in DynamoDB.
    """

    def __init__(self) -> None:
        # The tokens left, and when; negative while the connection is refused.
        self._buckets: LRUCache[str, tuple[float, datetime]] = LRUCache(_MAX_CONNECTIONS)

    def check(self, connection_id: str, now: datetime) -> None:
        """Count one frame.

        Raises
        ------
        ConnectionLimitError
            If the connection sends too many; the error reports how long to wait, or that the connection is closed.
        """
        tokens, since = self._buckets.get(connection_id, (CAPACITY, now))
        passed_seconds = max((now - since).total_seconds(), 0)
        tokens = min(tokens + passed_seconds * REFILL_PER_SECOND, CAPACITY) - 1
        # safeguard: frames-counted
        self._buckets[connection_id] = max(tokens, -MAX_REFUSED), now
        if tokens >= 0:
            return
        retry_after = math.ceil(-tokens / REFILL_PER_SECOND)
        # safeguard: flood-closed
        if tokens <= -MAX_REFUSED:
            raise ConnectionLimitError(
                "The connection is closed because it sent too many frames.", retry_after=retry_after, closes=True
            )
        raise ConnectionLimitError(
            f"Too many frames: at most {REFILL_PER_SECOND} per second after the first {CAPACITY}."
            " The connection is closed if more arrive.",
            retry_after=retry_after,
            closes=False,
        )

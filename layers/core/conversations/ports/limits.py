"""Rate limits."""

from datetime import datetime
from typing import Protocol

from conversations.domain.limits import Policy, Usage


class RateLimiter(Protocol):
    """Counts requests in a sliding window, exactly under concurrency."""

    def acquire(self, policy: Policy, caller: str, now: datetime) -> Usage:
        """Count one request of the caller and return the usage after it.

        Raises
        ------
        RateLimitedError
            If the window is full; the request is not counted.
        UnavailableError
            If the store does not answer.
        """
        ...

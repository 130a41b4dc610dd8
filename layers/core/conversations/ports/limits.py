"""Rate limits."""

from datetime import datetime
from typing import Protocol

from conversations.domain.limits import Policy, Usage


class RateLimiter(Protocol):
    """Counts requests, exactly."""

    def acquire(self, policy: Policy, caller: str, now: datetime) -> Usage:
        """Count one request of the caller and say where that leaves it.

        Raises
        ------
        RateLimitedError
            If the window is full; then nothing is counted.
        UnavailableError
            If it cannot be counted.
        """
        ...

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

    def check(self, policy: Policy, caller: str, now: datetime) -> None:
        """Check that a request of the caller would be accepted now, without counting one.

        Raises
        ------
        RateLimitedError
            If the window is full.
        UnavailableError
            If the store does not answer.
        """
        ...

    def refund(self, usage: Usage, caller: str) -> Usage:
        """Stop counting a request that was refused for another reason, and return the usage without it.

        At most as many requests as the limit are refunded per caller and minute; the others stay counted, so that the
        limit also stops a client that sends nothing but invalid requests.

        Parameters
        ----------
        usage
            What ``acquire`` returned for the request.
        caller
            The caller that ``acquire`` counted it for.

        Raises
        ------
        UnavailableError
            If the store does not answer; the request may stay counted.
        """
        ...

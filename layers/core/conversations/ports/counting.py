"""Counting a request towards a rate limit, and refunding it if it is refused for another reason."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from conversations.data_classes import dataclass
from conversations.domain import errors
from conversations.domain.limits import Policy, Usage
from conversations.ports.clock import Clock
from conversations.ports.limits import RateLimiter

REFUSALS = (
    errors.InvalidRequestError,
    errors.ForbiddenError,
    errors.NotFoundError,
    errors.ConflictError,
    errors.PayloadTooLargeError,
    errors.UnsupportedMediaTypeError,
)
"""What costs a caller nothing. Requests that fail because a service is unavailable stay counted: a client that repeats
them without a pause would prolong the outage."""


@dataclass(slots=True)
class CountedRequest:
    """A request that was counted towards a rate limit.

    Attributes
    ----------
    received_at
        When it arrived.
    usage
        The caller's usage, with this request unless it was refunded.
    """

    limiter: RateLimiter
    caller: str
    received_at: datetime
    usage: Usage

    def refund(self) -> None:
        """Stop counting the request, if a refund is left; see ``RateLimiter.refund``. Idempotent, never raises."""
        # The response matters more than the refund.
        with suppress(errors.UnavailableError):
            self.usage = self.limiter.refund(self.usage, self.caller)

    def refund_retry(self, stored_at: datetime) -> None:
        """Refund the request if its result was stored before it arrived: it repeats an earlier one.

        What a request stores has no time before its arrival. A retry that the caller sends in the same millisecond as
        the first attempt stays counted.
        """
        # safeguard: retry-refunded
        if stored_at < self.received_at:
            self.refund()


@contextmanager
def count_request(limiter: RateLimiter, policy: Policy, caller: str, now: Clock) -> Iterator[CountedRequest]:
    """Count a request for the duration of a block, which executes it; refund it if the block refuses it.

    Raises
    ------
    RateLimitedError
        If the limit is exceeded.
    UnavailableError
        If the store does not answer.
    """
    received_at = now()
    counted = CountedRequest(limiter, caller, received_at, limiter.acquire(policy, caller, received_at))
    try:
        yield counted
    except REFUSALS:
        # safeguard: refusal-refunded
        counted.refund()
        raise

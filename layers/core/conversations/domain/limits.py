"""Rate limits (contract, section 2): never more than ``limit`` requests in any window of 60 seconds."""

from datetime import timedelta

from conversations.data_classes import dataclass

WINDOW = timedelta(seconds=60)
"""The sliding window that requests are counted over."""

MAX_CLOCK_SKEW = timedelta(milliseconds=500)
"""How far the clocks of two functions may differ. Amazon Time Sync keeps them within milliseconds; the rate limits hold
up to this skew, because each request is counted for that much longer than the window."""

MAX_QUEUE_DELAY_SECONDS = 15 * 60
"""Longest delay of a queued job (AWS quota for SQS messages)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A rate limit.

    Attributes
    ----------
    name
        Its name in ``RateLimit-Policy``.
    limit
        How many requests any window may contain.
    unit
        What is counted, in the error message.
    """

    name: str
    limit: int
    unit: str = "requests"


MESSAGES = Policy("messages", 60, unit="messages")
"""Messages of a user, over REST and WebSocket together."""

HISTORY = Policy("history", 100, unit="history requests")
"""History pages a user reads."""

LIST = Policy("list", 30, unit="list requests")
"""Pages of conversations a user lists."""

ACTIONS = Policy("actions", 120, unit="other requests")
"""Everything else that a user does over REST, the connections that a user opens, and the answers that a user stops: a
stop is not refused because of many messages."""

WEBHOOK = Policy("webhook", 60, unit="webhook requests")
"""Webhook deliveries to a bot."""


def connect_policy(limit: int) -> Policy:
    """Return the rate limit for anonymous connections from one address; the deployment configures ``limit``."""
    return Policy("connect", limit, unit="anonymous connections")


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a rate limit a caller has used.

    Attributes
    ----------
    policy
        The rate limit.
    remaining
        How many more requests are accepted right now.
    reset_seconds
        Whole seconds until ``remaining`` grows again. Up to 61, because each request is counted for ``MAX_CLOCK_SKEW``
        longer than the window.
    counted_at
        When this request was counted, in milliseconds since the epoch; None if it was refused or refunded.
    """

    policy: Policy
    remaining: int
    reset_seconds: int
    counted_at: int | None = None

"""The exact limits of the contract, section 2: in any 60 seconds never more than so many."""

from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(seconds=60)
"""What the limits are counted over."""

MAX_CLOCK_SKEW = timedelta(milliseconds=500)
"""How far the clocks of two functions may be apart. Amazon Time Sync keeps them within milliseconds; the limits hold up
to this, because a request is counted for so much longer than the window."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often something may be done in a window.

    Attributes
    ----------
    name
        Its name in ``RateLimit-Policy``.
    limit
        How many requests any window may hold.
    """

    name: str
    limit: int


MESSAGES = Policy("messages", 60)
"""Messages of a user, over REST and sockets together."""

HISTORY = Policy("history", 100)
"""Pages of history of a user."""

LIST = Policy("list", 30)
"""Pages of the list of a user."""


WEBHOOK = Policy("webhook", 60)
"""Deliveries to the webhooks of a bot."""


def connect_policy(limit: int) -> Policy:
    """Return the policy of anonymous sockets from one address; how many is for the deployment to say."""
    return Policy("connect", limit)


@dataclass(frozen=True, slots=True)
class Usage:
    """Where a caller stands.

    Attributes
    ----------
    policy
        Which limit.
    remaining
        How many more requests would be admitted at once.
    reset_seconds
        Whole seconds until there are more again.
    """

    policy: Policy
    remaining: int
    reset_seconds: int

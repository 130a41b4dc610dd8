"""The requests of one caller in the last minute, as the rate limiter stores them."""

import bisect
import math
from typing import Self

from conversations.adapters.dynamodb.serialization import Item
from conversations.data_classes import dataclass
from conversations.domain.limits import MAX_CLOCK_SKEW, WINDOW, Policy, Usage

WINDOW_MS = int((WINDOW + MAX_CLOCK_SKEW).total_seconds() * 1_000)
"""How long a request is counted."""


@dataclass(frozen=True, slots=True)
class RequestLog:
    """When the last N requests were accepted, N the limit.

    Attributes
    ----------
    times
        Oldest first, in milliseconds since the epoch; 0 for "never".
    refunds, refunds_since
        How many requests were refunded in the window that began at ``refunds_since``; both 0 if none ever was.
    """

    times: tuple[int, ...]
    refunds: int = 0
    refunds_since: int = 0

    @classmethod
    def parse(cls, item: Item) -> Self:
        """Parse the stored item."""
        return cls(
            tuple(int(time) for time in item["times"]),
            int(item.get("refunds", 0)),
            int(item.get("refunds_since", 0)),
        )

    def build_usage(self, policy: Policy, at: int) -> Usage:
        """Return the usage at a time, without ``counted_at``."""
        counted = [time for time in self.times if time > at - WINDOW_MS]
        remaining_ms = counted[0] + WINDOW_MS - at if counted else WINDOW_MS
        return Usage(policy, policy.limit - len(counted), get_whole_seconds(remaining_ms))

    def refund(self, counted_at: int) -> Self | None:
        """Return the log without a request; None if it is not in the log, or no refund is left in this window."""
        index = bisect.bisect_left(self.times, counted_at)
        if index == len(self.times) or self.times[index] != counted_at:
            return None
        same_window = counted_at < self.refunds_since + WINDOW_MS
        # safeguard: refunds-bounded
        if same_window and self.refunds >= len(self.times):
            return None
        return type(self)(
            (0, *self.times[:index], *self.times[index + 1 :]),
            self.refunds + 1 if same_window else 1,
            self.refunds_since if same_window else counted_at,
        )


def get_whole_seconds(milliseconds: int) -> int:
    """Round up to whole seconds, at least 1."""
    return max(math.ceil(milliseconds / 1_000), 1)

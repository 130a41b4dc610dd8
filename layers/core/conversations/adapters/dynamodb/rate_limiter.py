"""The table ``limits``: the requests of the last minute.

=====  ==============================  ==================================================================
Item   ``id``                          Content
=====  ==============================  ==================================================================
Log    ``<policy>#<limit>#<caller>``   ``times``: when the last N requests were accepted, N the limit,
                                       oldest first, in milliseconds since the epoch; 0 for "never"
=====  ==============================  ==================================================================

A log is as long as its limit, so a changed limit starts a new log.

A request is accepted by one conditional update that removes the oldest time and appends its own, on the condition that
the oldest is outside the window. DynamoDB serializes the updates of an item, so concurrency never exceeds the limit.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from cachetools import LRUCache

from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain.errors import RateLimitedError, UnavailableError
from conversations.domain.limits import HISTORY, LIST, MAX_CLOCK_SKEW, MESSAGES, WINDOW, Policy, Usage
from conversations.ports.limits import RateLimiter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WINDOW_MS = int((WINDOW + MAX_CLOCK_SKEW).total_seconds() * 1_000)
_MAX_REFUSED_CALLERS = 1_000
_MAX_ATTEMPTS = 5


def _build_key(policy: Policy, caller: str) -> Item:
    return {"id": f"{policy.name}#{policy.limit}#{caller}"}


def list_user_keys(owner: str) -> list[Item]:
    """Return the keys of all logs of a user."""
    return [_build_key(policy, owner) for policy in (MESSAGES, HISTORY, LIST)]


def _new_cache() -> LRUCache[str, int]:
    return LRUCache(_MAX_REFUSED_CALLERS)


@dataclass(frozen=True, slots=True)
class DynamoDBRateLimiter(RateLimiter):
    """``RateLimiter`` on the table ``limits``."""

    client: "DynamoDBClient"
    table: str
    # A refused update is billed as a write, so this process repeats a refusal until then. It never accepts by itself.
    _refused_until: LRUCache[str, int] = field(default_factory=_new_cache)

    def acquire(self, policy: Policy, caller: str, now: datetime) -> Usage:
        """Count one request; see ``RateLimiter.acquire``.

        Times never decrease: a function whose clock is late counts with the newest time in the log, so that no clock
        makes the window look older than it is.
        """
        key: str = _build_key(policy, caller)["id"]
        at = int(now.timestamp() * 1_000)
        self._check_refused(key, policy, at)
        for _ in range(_MAX_ATTEMPTS):
            try:
                times = self._append(key, policy, at)
            except _RefusedError as refusal:
                if refusal.times is None:
                    continue
                at = max(at, refusal.times[-1])
                self._refused_until[key] = refusal.times[0] + _WINDOW_MS
                self._check_refused(key, policy, at)
            else:
                counted = [time for time in times if time > at - _WINDOW_MS]
                return _build_usage(policy, policy.limit - len(counted), counted[0] + _WINDOW_MS - at)
        raise UnavailableError

    def _check_refused(self, key: str, policy: Policy, at: int) -> None:
        refused_until = self._refused_until.get(key, 0)
        if refused_until > at:
            raise RateLimitedError(_build_usage(policy, 0, refused_until - at)) from None

    def _append(self, key: str, policy: Policy, at: int) -> list[int]:
        """Append a time to the log and remove the oldest; return the updated log."""
        try:
            with conditional_write():
                response = self.client.update_item(
                    TableName=self.table,
                    Key=serialize({"id": key}),
                    UpdateExpression=f"SET times[{policy.limit}] = :at, expires_at = :end REMOVE times[0]",
                    ConditionExpression=f"times[0] <= :free AND times[{policy.limit - 1}] <= :at",
                    ExpressionAttributeValues=serialize(_build_values(at)),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionsFailedError as conflict:
            log = conflict.current_items[0]
            if log is not None:
                raise _RefusedError(_parse_times(log)) from None
            return self._create(key, policy, at)
        return _parse_times(deserialize(response["Attributes"]))

    def _create(self, key: str, policy: Policy, at: int) -> list[int]:
        """Create the log of a caller that has none."""
        times = [0] * (policy.limit - 1) + [at]
        try:
            with conditional_write():
                self.client.put_item(
                    TableName=self.table,
                    Item=serialize({"id": key, "times": times, "expires_at": _build_values(at)[":end"]}),
                    ConditionExpression="attribute_not_exists(id)",
                )
        except ConditionsFailedError:
            raise _RefusedError(None) from None
        return times


class _RefusedError(Exception):
    """The update was refused: ``times`` is the log, None if a concurrent request created it."""

    def __init__(self, times: list[int] | None) -> None:
        super().__init__()
        self.times = times


def _build_values(at: int) -> dict[str, int]:
    # The log expires when its newest time is outside the window; not earlier, or requests would be forgotten.
    return {":at": at, ":free": at - _WINDOW_MS, ":end": (at + 2 * _WINDOW_MS) // 1_000}


def _parse_times(item: Item) -> list[int]:
    return [int(time) for time in item["times"]]


def _build_usage(policy: Policy, remaining: int, milliseconds: int) -> Usage:
    return Usage(policy, remaining, max(math.ceil(milliseconds / 1_000), 1))

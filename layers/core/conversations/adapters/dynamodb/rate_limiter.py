"""The table ``limits``: the requests of the last minute.

=====  ==============================  ==================================================================
Item   ``id``                          Content
=====  ==============================  ==================================================================
Log    ``<policy>#<limit>#<caller>``   ``times``: when the last N requests were accepted, N the limit,
                                       oldest first, in milliseconds since the epoch; 0 for "never".
                                       ``refunds`` in the window that began at ``refunds_since``, if any
=====  ==============================  ==================================================================

A log is as long as its limit, so a changed limit starts a new log.

A request is accepted by one conditional update that removes the oldest time and appends its own, on the condition that
the oldest is outside the window. DynamoDB serializes the updates of an item, so concurrency never exceeds the limit.

A refund replaces the log by one without the request, on the condition that no other request has changed it.
"""

from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cachetools import LRUCache

from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.request_log import WINDOW_MS, RequestLog, get_whole_seconds
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain.errors import RateLimitedError, UnavailableError
from conversations.domain.limits import Policy, Usage
from conversations.ports.limits import RateLimiter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_REFUSED_CALLERS = 1_000
_MAX_ATTEMPTS = 5

_MAX_RECENT_LOGS = 8
"""A process of Lambda handles one request at a time and refunds only that one."""


def _build_key(policy: Policy, caller: str) -> Item:
    return {"id": f"{policy.name}#{policy.limit}#{caller}"}


def _new_refusals() -> LRUCache[str, int]:
    return LRUCache(_MAX_REFUSED_CALLERS)


def _new_recent_logs() -> LRUCache[str, RequestLog]:
    return LRUCache(_MAX_RECENT_LOGS)


@dataclass(frozen=True, slots=True)
class DynamoDBRateLimiter(RateLimiter):
    """``RateLimiter`` on the table ``limits``."""

    client: "DynamoDBClient"
    table: str
    # A refused update is billed as a write, so this process repeats a refusal until then. It never accepts by itself.
    _refused_until: LRUCache[str, int] = field(default_factory=_new_refusals)
    # The logs of recent requests, from which a refund starts without a read.
    _recent_logs: LRUCache[str, RequestLog] = field(default_factory=_new_recent_logs)

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
                log = self._append(key, policy, at)
            except _RefusedError as refusal:
                if refusal.log is None:
                    continue
                at = max(at, refusal.log.times[-1])
                self._refused_until[key] = refusal.log.times[0] + WINDOW_MS
                self._check_refused(key, policy, at)
            else:
                self._recent_logs[key] = log
                return replace(log.build_usage(policy, at), counted_at=at)
        raise UnavailableError

    def check(self, policy: Policy, caller: str, now: datetime) -> None:
        """Read the log of the caller; see ``RateLimiter.check``."""
        key = _build_key(policy, caller)
        at = int(now.timestamp() * 1_000)
        self._check_refused(key["id"], policy, at)
        item = items.read_item(self.client, self.table, key)
        usage = None if item is None else RequestLog.parse(item).build_usage(policy, at)
        if usage is not None and usage.remaining < 1:
            raise RateLimitedError(usage)

    def refund(self, usage: Usage, caller: str) -> Usage:
        """Remove a request from the log; see ``RateLimiter.refund``."""
        key: str = _build_key(usage.policy, caller)["id"]
        log = self._recent_logs.get(key)
        for _ in range(_MAX_ATTEMPTS):
            refunded = None if log is None or usage.counted_at is None else log.refund(usage.counted_at)
            if log is None or refunded is None or usage.counted_at is None:
                return usage
            log = self._replace(key, log, refunded)
            if log is refunded:
                self._refused_until.pop(key, None)
                return log.build_usage(usage.policy, usage.counted_at)
        return usage

    def _check_refused(self, key: str, policy: Policy, at: int) -> None:
        refused_until = self._refused_until.get(key, 0)
        if refused_until > at:
            raise RateLimitedError(Usage(policy, 0, get_whole_seconds(refused_until - at))) from None

    def _append(self, key: str, policy: Policy, at: int) -> RequestLog:
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
                raise _RefusedError(RequestLog.parse(log)) from None
            return self._create(key, policy, at)
        return RequestLog.parse(deserialize(response["Attributes"]))

    def _create(self, key: str, policy: Policy, at: int) -> RequestLog:
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
        return RequestLog(tuple(times))

    def _replace(self, key: str, before: RequestLog, after: RequestLog) -> RequestLog | None:
        """Store ``after`` if ``before`` is stored; return what is stored then, None if that is nothing."""
        no_refunds = before.refunds_since == 0
        values = {":before": before.times, ":after": after.times, ":since": after.refunds_since, ":new": after.refunds}
        try:
            with conditional_write():
                self.client.update_item(
                    TableName=self.table,
                    Key=serialize({"id": key}),
                    UpdateExpression="SET times = :after, refunds = :new, refunds_since = :since",
                    # safeguard: refund-unchanged
                    ConditionExpression="times = :before AND "
                    + ("attribute_not_exists(refunds)" if no_refunds else "refunds = :old"),
                    ExpressionAttributeValues=serialize(values if no_refunds else {**values, ":old": before.refunds}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionsFailedError as conflict:
            current = conflict.current_items[0]
            return None if current is None else RequestLog.parse(current)
        return after


class _RefusedError(Exception):
    """The update was refused: ``log`` is what is stored, None if a concurrent request created it."""

    def __init__(self, log: RequestLog | None) -> None:
        super().__init__()
        self.log = log


def _build_values(at: int) -> dict[str, int]:
    # The log expires when its newest time is outside the window; not earlier, or requests would be forgotten.
    return {":at": at, ":free": at - WINDOW_MS, ":end": (at + 2 * WINDOW_MS) // 1_000}

"""The table ``limits``: who has done what in the last minute.

=====  ==============================  ===============================================================
Item   ``id``                          what it holds
=====  ==============================  ===============================================================
Log    ``<policy>#<limit>#<caller>``   ``times``: when the last N requests were admitted, N the limit,
                                       oldest first, in milliseconds since the epoch; 0 for "never"
=====  ==============================  ===============================================================

A log is as long as its limit, so another limit begins another log.

A request is admitted by one conditional update that drops the oldest time and adds its own, on the condition that the
oldest is out of the window. DynamoDB runs the updates of an item one after another, so no concurrency admits more.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain.errors import RateLimitedError, UnavailableError
from conversations.domain.limits import HISTORY, LIST, MAX_CLOCK_SKEW, MESSAGES, WINDOW, Policy, Usage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_COUNTED_MS = int((WINDOW + MAX_CLOCK_SKEW).total_seconds() * 1_000)
_MAX_REFUSALS = 1_000
_MAX_ATTEMPTS = 5
_CONDITION_FAILED = "ConditionalCheckFailedException"


def _key(policy: Policy, caller: str) -> Item:
    return {"id": f"{policy.name}#{policy.limit}#{caller}"}


def keys_of(owner: str) -> list[Item]:
    """Keys of all logs of a user."""
    return [_key(policy, owner) for policy in (MESSAGES, HISTORY, LIST)]


@dataclass(frozen=True, slots=True)
class DynamoDBRateLimiter:
    """``Limiter``."""

    client: "DynamoDBClient"
    table: str
    # A refusal is billed as a write; until then this process refuses by itself. It never admits by itself.
    _refused_until: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def acquire(self, policy: Policy, caller: str, now: datetime) -> Usage:
        """Count one request; see ``Limiter.admit``.

        The times only grow: a function whose clock is behind counts with the newest time it meets, so that nobody's
        slow clock makes a window look older than it is.
        """
        key: str = _key(policy, caller)["id"]
        at = int(now.timestamp() * 1_000)
        if self._refused_until.get(key, 0) > at:
            raise RateLimitedError(_usage(policy, 0, self._refused_until[key] - at))
        for _ in range(_MAX_ATTEMPTS):
            try:
                times = self._push(key, policy, at)
            except _RefusedError as refusal:
                if refusal.times is None:
                    continue
                at = max(at, refusal.times[-1])
                free_at = refusal.times[0] + _COUNTED_MS
                if free_at > at:
                    self._refuse_until(key, free_at)
                    raise RateLimitedError(_usage(policy, 0, free_at - at)) from None
            else:
                counted = [time for time in times if time > at - _COUNTED_MS]
                return _usage(policy, policy.limit - len(counted), counted[0] + _COUNTED_MS - at)
        raise UnavailableError

    def _push(self, key: str, policy: Policy, at: int) -> list[int]:
        """Add a time and drop the oldest; return the times as they are now."""
        try:
            with service_errors():
                answer = self.client.update_item(
                    TableName=self.table,
                    Key=serialize({"id": key}),
                    UpdateExpression=f"SET times[{policy.limit}] = :at, expires_at = :end REMOVE times[0]",
                    ConditionExpression=f"times[0] <= :free AND times[{policy.limit - 1}] <= :at",
                    ExpressionAttributeValues=serialize(_values(at)),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if get_error_code(error) != _CONDITION_FAILED:
                raise
            met: Any = error.response.get("Item")
            return self._first(key, policy, at, met)
        return _times(deserialize(answer["Attributes"]))

    def _first(self, key: str, policy: Policy, at: int, met: dict[str, Any] | None) -> list[int]:
        """Begin the log of a caller that has none; otherwise say what stood in the way."""
        if met:
            raise _RefusedError(_times(deserialize(met)))
        times = [0] * (policy.limit - 1) + [at]
        try:
            with service_errors():
                self.client.put_item(
                    TableName=self.table,
                    Item=serialize({"id": key, "times": times, "expires_at": _values(at)[":end"]}),
                    ConditionExpression="attribute_not_exists(id)",
                )
        except ClientError as error:
            if get_error_code(error) != _CONDITION_FAILED:
                raise
            raise _RefusedError(None) from None
        return times

    def _refuse_until(self, key: str, free_at: int) -> None:
        self._refused_until[key] = free_at
        if len(self._refused_until) > _MAX_REFUSALS:
            self._refused_until.popitem(last=False)


class _RefusedError(Exception):
    """The update did not hold: ``times`` is what it met, None if somebody else began the log at the same moment."""

    def __init__(self, times: list[int] | None) -> None:
        super().__init__()
        self.times = times


def _values(at: int) -> dict[str, int]:
    # Until the newest time is out of the window; a log that is deleted earlier would be one that forgets.
    return {":at": at, ":free": at - _COUNTED_MS, ":end": (at + 2 * _COUNTED_MS) // 1_000}


def _times(item: Item) -> list[int]:
    return [int(time) for time in item["times"]]


def _usage(policy: Policy, remaining: int, milliseconds: int) -> Usage:
    return Usage(policy, remaining, max(math.ceil(milliseconds / 1_000), 1))

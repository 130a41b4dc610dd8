"""Transactions, and why they are refused."""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb.optimistic import MAX_ATTEMPTS, ConditionsFailedError
from conversations.adapters.dynamodb.serialization import deserialize
from conversations.domain.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONFLICT_PAUSE_SECONDS = 0.02
_CONDITION_FAILED = "ConditionalCheckFailed"
_CONFLICTS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


def write(client: "DynamoDBClient", actions: Sequence[dict[str, Any]]) -> None:
    """Run the actions, all or nothing, and retry while other transactions hold the items.

    Raises
    ------
    ConditionsFailedError
        If a condition failed.
    UnavailableError
        If the table is busy, or other transactions held the items every time.
    """
    # safeguard: transaction-retry
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            with service_errors():
                client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]  # built as plain dicts
        except ClientError as error:
            if get_error_code(error) != "TransactionCanceledException":
                raise
            _raise_unless_conflict(error)
            time.sleep(random.uniform(0, _CONFLICT_PAUSE_SECONDS * attempt))  # noqa: S311 - jitter, no secret
        else:
            return
    raise UnavailableError


def _raise_unless_conflict(error: ClientError) -> None:
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]  # untyped
    current_items = {
        index: deserialize(reason["Item"]) if reason.get("Item") else None
        for index, reason in enumerate(reasons)
        if reason.get("Code") == _CONDITION_FAILED
    }
    if current_items:
        raise ConditionsFailedError(current_items) from error
    if not any(reason.get("Code") in _CONFLICTS for reason in reasons):
        raise error

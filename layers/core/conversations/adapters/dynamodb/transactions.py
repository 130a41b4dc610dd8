"""Transactions, and what their refusals say."""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb.serialization import Item, deserialize
from conversations.domain.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 10
"""How often a lost race is run again. Every loss means somebody else's write got through."""

_CONFLICT_PAUSE_SECONDS = 0.02
_CONDITION_FAILED = "ConditionalCheckFailed"
_CONFLICTS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class ConditionsFailedError(Exception):
    """A transaction was refused by its own conditions, and nothing was written.

    Attributes
    ----------
    found
        For each action whose condition failed: its place, and the item it met (None if there was none). Asked for with
        ``ReturnValuesOnConditionCheckFailure``, so knowing why costs no read.
    """

    def __init__(self, found: dict[int, Item | None]) -> None:
        super().__init__(f"conditions failed at {sorted(found)}")
        self.found = found


def write(client: "DynamoDBClient", actions: Sequence[dict[str, Any]]) -> None:
    """Run the actions, all or nothing.

    Raises
    ------
    ConditionsFailedError
        If a condition did not hold.
    UnavailableError
        If the table is busy, or others kept writing the same items.
    """
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
    found = {
        place: deserialize(reason["Item"]) if reason.get("Item") else None
        for place, reason in enumerate(reasons)
        if reason.get("Code") == _CONDITION_FAILED
    }
    if found:
        raise ConditionsFailedError(found) from error
    if not any(reason.get("Code") in _CONFLICTS for reason in reasons):
        raise error

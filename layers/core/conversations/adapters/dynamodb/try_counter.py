"""Tries of jobs, in the table ``limits``: one item per job that was delivered again or has failed.

=====  ==================  ========================================================================
Item   ``id``              Content
=====  ==================  ========================================================================
Tries  ``tries#<job id>``  ``tries``: how often the job was tried in a row without success;
                           ``receives``: the delivery that was counted last
=====  ==================  ========================================================================
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.serialization import Item, SerializedItem, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.jobs import Delivery
from conversations.ports.clock import Clock
from conversations.ports.queues import TryCounter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LIFETIME = timedelta(days=15)
"""Longer than a job can stay in a queue (SQS's maximum retention is 14 days)."""


@dataclass(frozen=True, slots=True)
class DynamoDBTryCounter(TryCounter):
    """``TryCounter`` on the table ``limits``."""

    client: "DynamoDBClient"
    table: str
    now: Clock

    def count(self, delivery: Delivery) -> int:
        """Count a try with one conditional update; see ``TryCounter.count``."""
        try:
            with conditional_write():
                response = self.client.update_item(
                    TableName=self.table,
                    Key=_build_key(delivery),
                    UpdateExpression=(
                        "SET tries = if_not_exists(tries, :zero) + :one, receives = :receives, expires_at = :end"
                    ),
                    # safeguard: tries-counted-once
                    ConditionExpression="attribute_not_exists(receives) OR receives <> :receives",
                    ExpressionAttributeValues=serialize(
                        {":zero": 0, ":one": 1, ":receives": delivery.receives, ":end": self._get_end()}
                    ),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionsFailedError as conflict:
            return _parse_tries(conflict.current_items[0])
        return _parse_tries(deserialize(response["Attributes"]))

    def reset(self, delivery: Delivery) -> None:
        """Set the tries to 0; see ``TryCounter.reset``."""
        with service_errors():
            self.client.update_item(
                TableName=self.table,
                Key=_build_key(delivery),
                UpdateExpression="SET tries = :zero, expires_at = :end",
                ExpressionAttributeValues=serialize({":zero": 0, ":end": self._get_end()}),
            )

    def _get_end(self) -> int:
        return timestamps.to_epoch_seconds(self.now() + _LIFETIME)


def _build_key(delivery: Delivery) -> SerializedItem:
    return serialize({"id": f"tries#{delivery.job_id}"})


def _parse_tries(item: Item | None) -> int:
    return 0 if item is None else int(item["tries"])

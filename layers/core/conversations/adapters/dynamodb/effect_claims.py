"""Claims of effects, which let each happen once, and how many a bot has had on a day."""

from datetime import datetime, timedelta
from typing import Any

from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import timestamps

_LIFETIME = timedelta(days=29)
"""Longer than a job can wait in its queue and then in the dead-letter queue (14 days each, SQS's maximum retention)."""


def build_expiry(at: datetime) -> Item:
    """Build the attribute that expires the claim of an effect of this time."""
    return {"expires_at": timestamps.to_epoch_seconds(at + _LIFETIME)}


def build_count(table: str, partition: Item, at: datetime, amount: int, limit: int) -> dict[str, Any]:
    """Build the update that adds an amount to the number of a day (UTC), on the condition that it is within a limit."""
    return {
        "TableName": table,
        "Key": serialize({**partition, "id": f"day#{at.date().isoformat()}"}),
        "UpdateExpression": "ADD #number :amount SET expires_at = :end",
        # safeguard: effects-limited
        "ConditionExpression": "attribute_not_exists(#number) OR #number <= :room",
        "ExpressionAttributeNames": {"#number": "number"},
        "ExpressionAttributeValues": serialize(
            {":amount": amount, ":room": limit - amount, ":end": build_expiry(at)["expires_at"]}
        ),
    }

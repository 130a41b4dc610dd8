"""How long the claims of effects, which let each happen once, are stored."""

from datetime import datetime, timedelta

from conversations.adapters.dynamodb.serialization import Item
from conversations.domain import timestamps

_LIFETIME = timedelta(days=29)
"""Longer than a job can wait in its queue and then in the dead-letter queue (14 days each, SQS's maximum retention)."""


def build_expiry(at: datetime) -> Item:
    """Build the attribute that expires the claim of an effect of this time."""
    return {"expires_at": timestamps.to_epoch_seconds(at + _LIFETIME)}

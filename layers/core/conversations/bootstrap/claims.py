"""The use case of claiming a visitor's conversation."""

from conversations.adapters.dynamodb.claim_store import DynamoDBClaimStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import tables
from conversations.domain import timestamps
from conversations.services.claims import ClaimService


@once
def claim_service() -> ClaimService:
    """Return the use case of claims."""
    return ClaimService(
        claims=DynamoDBClaimStore(dynamodb(), tables()),
        drive=drive_store(),
        connections=connection_store(),
        fan_out=fan_out(),
        now=timestamps.now,
    )

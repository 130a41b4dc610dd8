"""The store of open connections."""

from conversations.adapters.dynamodb.connection_store import DynamoDBConnectionStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.config import settings


@once
def connection_store() -> DynamoDBConnectionStore:
    """Return the store of open connections."""
    return DynamoDBConnectionStore(dynamodb(), settings().connections_table)

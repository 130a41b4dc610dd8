"""The store of open connections."""

from functools import cache

from conversations.adapters.dynamodb.connection_store import DynamoDBConnectionStore
from conversations.bootstrap.clients import dynamodb
from conversations.config import settings


@cache
def connection_store() -> DynamoDBConnectionStore:
    """Return the store of open connections."""
    return DynamoDBConnectionStore(dynamodb(), settings().connections_table)

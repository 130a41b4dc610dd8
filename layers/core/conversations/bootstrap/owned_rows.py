"""Rows of bots' tables that belong to users."""

from conversations.adapters.dynamodb.owned_row_store import DynamoDBOwnedRowStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.config import settings


@once
def owned_row_store() -> DynamoDBOwnedRowStore:
    """Return the rows of users."""
    config = settings()
    return DynamoDBOwnedRowStore(dynamodb(), config.bot_data_table, config.sessions_table)

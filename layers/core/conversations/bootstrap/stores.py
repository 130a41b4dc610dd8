"""The stores on DynamoDB that most functions need."""

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.rate_limiter import DynamoDBRateLimiter
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.visitor_token_store import DynamoDBVisitorTokenStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.config import settings


@once
def tables() -> Tables:
    """Return the names of the tables that conversations are stored in."""
    config = settings()
    return Tables(
        config.sessions_table, config.message_history_table, config.visitor_messages_table, config.bot_data_table
    )


@once
def conversation_store() -> DynamoDBConversationStore:
    """Return the store of conversations."""
    return DynamoDBConversationStore(dynamodb(), tables())


@once
def visitor_token_store() -> DynamoDBVisitorTokenStore:
    """Return the store of visitor tokens."""
    return DynamoDBVisitorTokenStore(dynamodb(), tables().sessions)


@once
def message_store() -> DynamoDBMessageStore:
    """Return the store of messages."""
    return DynamoDBMessageStore(dynamodb(), tables())


@once
def rate_limiter() -> DynamoDBRateLimiter:
    """Return the rate limiter."""
    return DynamoDBRateLimiter(dynamodb(), settings().limits_table)


@once
def bot_catalogue() -> DynamoDBBotCatalogue:
    """Return the published bots."""
    return DynamoDBBotCatalogue(dynamodb(), settings().bots_table)

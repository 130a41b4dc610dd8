"""The use case of rating the bot's messages."""

from conversations.adapters.dynamodb.rating_store import DynamoDBRatingStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import conversation_store, message_store, tables
from conversations.domain import timestamps
from conversations.services.ratings import RatingService


@once
def rating_service() -> RatingService:
    """Return the use case of rating the bot's messages."""
    return RatingService(
        conversations=conversation_store(),
        messages=message_store(),
        ratings=DynamoDBRatingStore(dynamodb(), tables()),
        fan_out=fan_out(),
        now=timestamps.now,
    )

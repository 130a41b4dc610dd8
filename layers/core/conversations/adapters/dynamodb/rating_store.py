"""Ratings: an attribute of the messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.domain import timestamps
from conversations.domain.conversation import Conversation
from conversations.domain.errors import NotFoundError
from conversations.domain.message import Rating, Sender
from conversations.ports.messages import RatingStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBRatingStore(RatingStore):
    """``RatingStore`` on ``message_history`` and ``visitor_messages``."""

    client: "DynamoDBClient"
    tables: Tables

    def set_rating(self, conversation: Conversation, message_id: str, rating: Rating | None, now: datetime) -> None:
        """Store a rating; see ``RatingStore.set_rating``.

        A claim copies a visitor's messages before it transfers the conversation. So the rating of a visitor also
        changes ``updated_at``, which is a condition of the transfer: a claim that has not seen the rating copies again.
        """
        actions = [self._build_rating(conversation, message_id, rating)]
        if conversation.anonymous:
            # safeguard: rating-claim
            actions.append(self._build_touch(conversation, now))
        try:
            transactions.write(self.client, [{"Update": action} for action in actions])
        except ConditionsFailedError:
            raise NotFoundError("The message does not exist.") from None

    def _build_rating(self, conversation: Conversation, message_id: str, rating: Rating | None) -> dict[str, Any]:
        return {
            "TableName": self.tables.messages(anonymous=conversation.anonymous),
            "Key": serialize(message_history.build_message_key(conversation.id, message_id)),
            "UpdateExpression": "REMOVE rating" if rating is None else "SET rating = :rating",
            # Without it, the update would create the item of a message that has been erased.
            # safeguard: rating-existing
            "ConditionExpression": "sender = :bot",
            "ExpressionAttributeValues": serialize(
                {":bot": Sender.BOT.value} | ({} if rating is None else {":rating": rating})
            ),
        }

    def _build_touch(self, conversation: Conversation, now: datetime) -> dict[str, Any]:
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_conversation_key(conversation.id)),
            "UpdateExpression": "SET updated_at = :at",
            # safeguard: rating-owner
            "ConditionExpression": "#owner = :owner AND expires_at > :now AND attribute_not_exists(deleted_at)",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": serialize(
                {
                    ":at": timestamps.format_timestamp(now),
                    ":owner": conversation.owner,
                    ":now": int(now.timestamp()),
                }
            ),
        }

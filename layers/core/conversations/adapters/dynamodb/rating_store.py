"""Ratings: an attribute of the messages."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.data_classes import dataclass
from conversations.domain import ids, timestamps
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
        item_id, path = self._locate(conversation, message_id)
        return {
            "TableName": self.tables.messages(anonymous=conversation.anonymous),
            "Key": serialize(message_history.build_message_key(conversation.id, item_id)),
            "UpdateExpression": f"REMOVE {path}rating" if rating is None else f"SET {path}rating = :rating",
            # Without it, the update would create the item of a message that has been erased.
            # safeguard: rating-existing
            "ConditionExpression": f"{path}id = :message AND {path}sender = :bot",
            "ExpressionAttributeValues": serialize(
                {":message": message_id, ":bot": Sender.BOT.value} | ({} if rating is None else {":rating": rating})
            ),
        }

    def _locate(self, conversation: Conversation, message_id: str) -> tuple[str, str]:
        """Return the id of the item that has a message, and the path of the message's attributes in it.

        Raises
        ------
        NotFoundError
            If there is no such message.
        UnavailableError
            If the table does not answer.
        """
        first = ids.subtract_milliseconds(message_id, message_history.MAX_TURN_MILLISECONDS)
        table = self.tables.messages(anonymous=conversation.anonymous)
        found, _ = items.query_messages(self.client, table, conversation.id, first=first, last=message_id)
        for item in found:
            if item["id"] == message_id:
                return message_id, ""
            for index, reply in enumerate(item.get("replies", ())):
                if reply["id"] == message_id:
                    return item["id"], f"replies[{index}]."
        raise NotFoundError("The message does not exist.")

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

"""Messages to other users, and the claims by which each is stored once."""

from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.effect_claims import build_count, build_expiry
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, retry_on_conflict
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.conversation import Conversation
from conversations.domain.errors import UnavailableError
from conversations.domain.talk import StoredTalk, TalkEffect, TalkRefusedError, append_talk
from conversations.ports.talk import TalkStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CLAIM, _COUNT, _CONVERSATION = range(3)
"""Indexes of the actions of a transaction."""


@dataclass(frozen=True, slots=True)
class DynamoDBTalkStore(TalkStore):
    """``TalkStore``: one transaction per message.

    Attributes
    ----------
    client, tables
        The tables.
    limit
        Messages of one bot and day.
    """

    client: "DynamoDBClient"
    tables: Tables
    limit: int

    def store(self, effect: TalkEffect, conversation: Conversation, text: str) -> StoredTalk:
        """Store a message; see ``TalkStore.store``."""

        def attempt(current: Conversation | StoredTalk) -> StoredTalk:
            if isinstance(current, StoredTalk):
                return current
            after, message = append_talk(current, effect, text)
            stored = StoredTalk(current.id, message.id)
            put = {
                "TableName": self.tables.messages(anonymous=False),
                "Item": serialize(message_history.build_message_item(message, anonymous=False)),
            }
            actions = [
                {"Put": self._build_claim(effect, stored)},
                {"Update": self._build_count(effect)},
                {"Update": self._build_advance(current, after)},
                {"Put": put},
            ]
            transactions.write(self.client, actions)
            return stored

        state: Conversation | StoredTalk = conversation
        return retry_on_conflict(state, attempt, self._refresh)

    def _refresh(self, conflict: ConditionsFailedError) -> Conversation | StoredTalk:
        """Return where an earlier run has stored the message, or the conversation as it is now."""
        claim = conflict.current_items.get(_CLAIM)
        if claim is not None:
            return StoredTalk(claim["conversation_id"], claim["message_id"])
        if _COUNT in conflict.current_items:
            raise TalkRefusedError(f"the bot sends more than {self.limit} messages to other users today") from None
        item = conflict.current_items[_CONVERSATION]
        current = None if item is None else sessions.parse_conversation(item)
        if current is None or not current.accepts_messages:
            # The turn is run again, and finds another conversation.
            raise UnavailableError from None
        return current

    def _build_claim(self, effect: TalkEffect, stored: StoredTalk) -> dict[str, Any]:
        item = {
            **_build_partition(effect),
            "id": effect.id,
            "conversation_id": stored.conversation_id,
            "message_id": stored.message_id,
            **build_expiry(effect.at),
        }
        return {
            "TableName": self.tables.bot_data,
            "Item": serialize(item),
            # safeguard: talk-once
            "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _build_count(self, effect: TalkEffect) -> dict[str, Any]:
        return build_count(self.tables.bot_data, _build_partition(effect), effect.at, 1, self.limit)

    def _build_advance(self, before: Conversation, after: Conversation) -> dict[str, Any]:
        moves = after.sorted_at is None
        position = sessions.build_list_position(after.status, after.last_activity, after.id)
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_conversation_key(before.id)),
            "UpdateExpression": (
                "SET last_seq = :seq, last_message = :text, last_activity = :activity, updated_at = :activity"
                + ", list_position = :position" * moves
            ),
            # safeguard: talk-place
            "ConditionExpression": (
                "#owner = :owner AND #status = :status AND last_seq = :before AND last_activity = :was"
                " AND attribute_not_exists(deleted_at)"
            ),
            "ExpressionAttributeNames": {"#owner": "owner", "#status": "status"},
            "ExpressionAttributeValues": serialize(
                {
                    ":owner": before.owner,
                    ":status": before.status.value,
                    ":before": before.last_seq,
                    ":was": timestamps.format_timestamp(before.last_activity),
                    ":seq": after.last_seq,
                    ":text": after.last_message,
                    ":activity": timestamps.format_timestamp(after.last_activity),
                }
                | ({":position": position} if moves else {})
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _build_partition(effect: TalkEffect) -> Item:
    return {"bot_table": f"{effect.bot_id}#!talks"}

"""The claim of a visitor's conversation by a user."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import retry_on_conflict
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, SerializedItem, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.conversation import NOT_GREETED, Conversation
from conversations.domain.errors import NotFoundError
from conversations.ports.conversations import ClaimStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_ITEMS_IN_TRANSACTION = 40
"""Items moved together with the conversation; a transaction has at most 100 items and 4 MB (DynamoDB's quota)."""


@dataclass(frozen=True, slots=True)
class DynamoDBClaimStore(ClaimStore):
    """``ClaimStore``: moves a conversation and its messages to the tables of users."""

    client: "DynamoDBClient"
    tables: Tables

    def claim(self, conversation_id: str, token_hash: str, owner: str, now: datetime) -> Conversation:
        """Transfer a visitor's conversation; see ``ClaimStore.claim``.

        The messages are copied first, and the conversation is updated with the newest of them on the condition that
        none was added meanwhile: a reader who sees the user's conversation finds all messages in the user's table.
        """

        def attempt(item: Item | None) -> Conversation:
            # safeguard: claim-repeated
            # safeguard: claim-other-user
            if item is not None and item["owner"] == owner and token_hash in item.get("claimed_with", ()):
                return sessions.parse_existing_conversation(item)
            visitors = _require_claimable(item, token_hash, now)
            return self._move(visitors, item["token_hashes"] if item else [], owner, now)

        return retry_on_conflict(self._read(conversation_id), attempt, lambda _: self._read(conversation_id))

    def _read(self, conversation_id: str) -> Item | None:
        return items.read_item(self.client, self.tables.sessions, sessions.build_conversation_key(conversation_id))

    def _move(self, visitors: Conversation, hashes: Sequence[str], owner: str, now: datetime) -> Conversation:
        messages = list(self._query_messages(visitors.id))
        self._copy(messages[:-_MAX_ITEMS_IN_TRANSACTION])
        claimed = visitors.model_copy(update={"owner": owner, "expires_at": None, "updated_at": now})
        actions = [
            {"Update": self._build_transfer(visitors, claimed, hashes, now)},
            # safeguard: claim-counted
            {"Update": sessions.build_counter_update(self.tables.sessions, (claimed, 1), started=claimed)},
            *([] if visitors.answered_seq == NOT_GREETED else [{"Update": self._build_dialog_update(visitors.id)}]),
            *(
                {"Put": {"TableName": self.tables.message_history, "Item": item}}
                for item in messages[-_MAX_ITEMS_IN_TRANSACTION:]
            ),
        ]
        transactions.write(self.client, actions)
        self._delete_originals(messages)
        return claimed

    def _query_messages(self, conversation_id: str) -> Iterator[SerializedItem]:
        """Yield messages and idempotency records as they are stored for a user: messages do not expire.

        Replay journals are not moved: they are large, and their reader looks in both tables.
        """
        start: dict[str, Any] = {}
        while True:
            with service_errors():
                response = self.client.query(
                    TableName=self.tables.visitor_messages,
                    KeyConditionExpression="session_id = :session AND id < :journals",
                    ExpressionAttributeValues=serialize(
                        {":session": conversation_id, ":journals": message_history.JOURNAL_PREFIX}
                    ),
                    ConsistentRead=True,
                    **start,
                )
            for item in response["Items"]:
                is_message = "seq" in item and "content" in item
                yield {name: value for name, value in item.items() if not (is_message and name == "expires_at")}
            if "LastEvaluatedKey" not in response:
                return
            start = {"ExclusiveStartKey": response["LastEvaluatedKey"]}

    def _build_transfer(
        self, before: Conversation, after: Conversation, hashes: Sequence[str], now: datetime
    ) -> dict[str, Any]:
        """Build the update that changes the owner, if no message was added or answered meanwhile."""
        changes = sessions.build_index_keys(after) | {"owner": after.owner, "claimed_with": list(hashes)}
        names = {f"#{name}": name for name in changes}
        values = {f":{name}": value for name, value in changes.items()}
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_conversation_key(after.id)),
            "UpdateExpression": (
                "SET " + ", ".join(f"#{name} = :{name}" for name in changes) + ", updated_at = :at"
                # safeguard: claim-token-revoked
                " REMOVE expires_at, token_hashes"
            ),
            "ConditionExpression": (
                # safeguard: claim-seq
                "#owner = :visitor AND last_seq = :seq AND answered_seq = :answered AND #status = :status"
                # A rating changes a message and this time only.
                # safeguard: claim-rated
                " AND updated_at = :updated AND expires_at > :now AND attribute_not_exists(deleted_at)"
            ),
            "ExpressionAttributeNames": names | {"#status": "status"},
            "ExpressionAttributeValues": serialize(
                values
                | {
                    ":at": timestamps.format_timestamp(now),
                    ":visitor": before.owner,
                    ":updated": timestamps.format_timestamp(before.updated_at),
                    ":seq": before.last_seq,
                    ":answered": before.answered_seq,
                    ":status": before.status.value,
                    ":now": int(now.timestamp()),
                }
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _build_dialog_update(self, conversation_id: str) -> dict[str, Any]:
        """Build the update after which the dialog does not expire."""
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_dialog_key(conversation_id)),
            "UpdateExpression": "REMOVE expires_at",
        }

    def _copy(self, messages: Sequence[SerializedItem]) -> None:
        requests = [{"PutRequest": {"Item": item}} for item in messages]
        items.write_batch(self.client, self.tables.message_history, requests)

    def _delete_originals(self, messages: Sequence[SerializedItem]) -> None:
        """Delete the moved items; those that remain after a crash expire."""
        keys = [{"session_id": item["session_id"], "id": item["id"]} for item in messages]
        requests = [{"DeleteRequest": {"Key": key}} for key in keys]
        items.write_batch(self.client, self.tables.visitor_messages, requests)


def _require_claimable(item: Item | None, token_hash: str, now: datetime) -> Conversation:
    """Return the visitor's conversation.

    Raises
    ------
    NotFoundError
        If the token is not valid for it, or it has ended.
    """
    # safeguard: claim-token
    if item is None or token_hash not in item.get("token_hashes", ()):
        raise NotFoundError("The session does not exist.")
    conversation = sessions.parse_conversation(item)
    if not conversation.anonymous or conversation.is_gone(now):
        raise NotFoundError("The session does not exist.")
    return conversation

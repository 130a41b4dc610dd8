"""The way of a visitor's conversation to a user."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import timestamps
from conversations.domain.conversation import NOT_GREETED, Conversation
from conversations.domain.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25
"""Most requests one BatchWriteItem takes (DynamoDB's quota)."""

_WITH_THE_ROW = 40
"""How many items are moved in the transaction that moves the row: it takes 100 items and 4 MB."""


@dataclass(frozen=True, slots=True)
class DynamoDBClaimStore:
    """``Handover``."""

    client: "DynamoDBClient"
    tables: Tables

    def claim(self, session_id: str, token_hash: str, owner: str, now: datetime) -> Conversation:
        """Move a visitor's conversation to a user; see ``Handover.hand_over``.

        The messages are copied first and the row is changed with the last of them, on the condition that nothing was
        said meanwhile: whoever finds the row as the user's finds all messages where a user's are.
        """
        for _ in range(transactions.MAX_ATTEMPTS):
            row = self._row(session_id)
            if row is not None and row["owner"] == owner and token_hash in row.get("claimed_with", ()):
                return sessions.read_conversation(row)
            visitors = _still_a_visitors(row, token_hash, now)
            said = list(self._said(session_id))
            self._copy(said[:-_WITH_THE_ROW])
            claimed = visitors.model_copy(update={"owner": owner, "expires_at": None, "updated_at": now})
            actions = [
                {"Update": self._turn_over(visitors, claimed, row["token_hashes"] if row else [], now)},
                {"Update": sessions.count(self.tables.sessions, (claimed, 1))},
                *([] if visitors.answered_seq == NOT_GREETED else [{"Update": self._keep_dialog(session_id)}]),
                *({"Put": {"TableName": self.tables.message_history, "Item": item}} for item in said[-_WITH_THE_ROW:]),
            ]
            try:
                transactions.write(self.client, actions)
            except transactions.ConditionsFailedError:
                continue
            self._forget(said)
            return claimed
        raise UnavailableError

    def _row(self, session_id: str) -> Item | None:
        key = serialize(sessions.conversation_key(session_id))
        with service_errors():
            answer = self.client.get_item(TableName=self.tables.sessions, Key=key, ConsistentRead=True)
        return deserialize(answer["Item"]) if "Item" in answer else None

    def _said(self, session_id: str) -> Iterator[Item]:
        """Yield messages and markers as they will lie with a user's: messages without an end.

        The journals of turns stay: they are large, and whoever looks for one looks in both tables.
        """
        start: dict[str, Any] = {}
        while True:
            with service_errors():
                answer = self.client.query(
                    TableName=self.tables.visitor_messages,
                    KeyConditionExpression="session_id = :session AND id < :journals",
                    ExpressionAttributeValues=serialize(
                        {":session": session_id, ":journals": message_history.JOURNALS}
                    ),
                    ConsistentRead=True,
                    **start,
                )
            for item in answer["Items"]:
                is_message = "seq" in item and "content" in item
                yield {name: value for name, value in item.items() if not (is_message and name == "expires_at")}
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _turn_over(self, before: Conversation, after: Conversation, hashes: Sequence[str], now: datetime) -> Item:
        """Return the update that makes the row a user's, if nothing was said or answered meanwhile."""
        put = sessions.list_keys(after) | {"owner": after.owner, "claimed_with": list(hashes)}
        names = {f"#{name}": name for name in put}
        values = {f":{name}": value for name, value in put.items()}
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.conversation_key(after.id)),
            "UpdateExpression": (
                "SET " + ", ".join(f"#{name} = :{name}" for name in put) + ", updated_at = :at"
                " REMOVE expires_at, token_hashes"
            ),
            "ConditionExpression": (
                "#owner = :visitor AND last_seq = :seq AND answered_seq = :answered AND #status = :status"
                " AND expires_at > :now AND attribute_not_exists(deleted_at)"
            ),
            "ExpressionAttributeNames": names | {"#status": "status"},
            "ExpressionAttributeValues": serialize(
                values
                | {
                    ":at": timestamps.format_timestamp(now),
                    ":visitor": before.owner,
                    ":seq": before.last_seq,
                    ":answered": before.answered_seq,
                    ":status": before.status.value,
                    ":now": int(now.timestamp()),
                }
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _keep_dialog(self, session_id: str) -> Item:
        """Return the update that lets the bot's memory live as long as the conversation."""
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.dialog_key(session_id)),
            "UpdateExpression": "REMOVE expires_at",
        }

    def _copy(self, items: Sequence[Item]) -> None:
        self._write(self.tables.message_history, [{"PutRequest": {"Item": item}} for item in items])

    def _forget(self, items: Sequence[Item]) -> None:
        """Remove what has been moved; whatever is left by a crash has an end of its own."""
        keys = [{"session_id": item["session_id"], "id": item["id"]} for item in items]
        self._write(self.tables.visitor_messages, [{"DeleteRequest": {"Key": key}} for key in keys])

    def _write(self, table: str, requests: Sequence[Any]) -> None:
        for start in range(0, len(requests), _BATCH):
            with service_errors():
                answer = self.client.batch_write_item(RequestItems={table: requests[start : start + _BATCH]})
            if answer.get("UnprocessedItems"):
                raise UnavailableError


def _still_a_visitors(row: Item | None, token_hash: str, now: datetime) -> Conversation:
    if row is None or token_hash not in row.get("token_hashes", ()):
        raise NotFoundError("There is no such session.")
    conversation = sessions.read_conversation(row)
    if not conversation.anonymous or conversation.is_gone(now):
        raise NotFoundError("There is no such session.")
    return conversation

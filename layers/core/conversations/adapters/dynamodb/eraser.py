"""Erasure of data in all tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.journal_storage import build_closed_journal, may_be_written
from conversations.adapters.dynamodb.schema import memories, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import SerializedItem, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.ports.clock import Clock
from conversations.ports.erasure import Eraser

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class DynamoDBEraser(Eraser):
    """``Eraser`` of the tables of conversations and memories."""

    client: "DynamoDBClient"
    tables: Tables
    now: Clock

    def erase_messages(self, conversation_id: str) -> bool:
        """Erase some messages and idempotency records; see ``Eraser.erase_messages``."""
        # A claim that was interrupted may have left some in the visitors' table.
        tables = (self.tables.message_history, self.tables.visitor_messages)
        completed = [self._erase_messages(table, conversation_id) for table in tables]
        return all(completed)

    def erase_conversation(self, conversation_id: str) -> None:
        """Erase a conversation; see ``Eraser.erase_conversation``."""
        # The conversation last: as long as it is stored, a repeated request finds it and continues.
        self._delete(self.tables.sessions, [serialize(sessions.build_dialog_key(conversation_id))])
        self._delete(self.tables.sessions, [serialize(sessions.build_conversation_key(conversation_id))])

    def erase_memories(self, owner: str) -> bool:
        """Erase some memories; see ``Eraser.erase_memories``."""
        return self._erase_page(self.tables.bot_data, "bot_table", memories.build_partition_key(owner))

    def erase_start_records(self, owner: str) -> bool:
        """Erase some records of starts; see ``Eraser.erase_start_records``."""
        return self._erase_page(self.tables.message_history, "session_id", owner)

    def erase_counters(self, owner: str) -> None:
        """Erase counters; see ``Eraser.erase_counters``."""
        self._delete(self.tables.sessions, [serialize(sessions.build_counters_key(owner))])

    def _erase_messages(self, table: str, conversation_id: str) -> bool:
        """Delete some messages and journals of a conversation, and return whether none is left.

        The journals of turns that were run lately are closed instead.
        """
        start: dict[str, Any] = {}
        while True:
            response = self._query_page(table, "session_id", conversation_id, **start)
            # Closed journals stay until they expire.
            # safeguard: erase-closed-stay
            left = [item for item in response["Items"] if "is_closed" not in item]
            items.write_batch(self.client, table, [self._build_erasure(item) for item in left])
            if "LastEvaluatedKey" not in response:
                return True
            if left:
                return False
            start = {"ExclusiveStartKey": response["LastEvaluatedKey"]}

    def _build_erasure(self, item: SerializedItem) -> dict[str, Any]:
        """Build the request that deletes an item, or closes a journal."""
        key = {"session_id": item["session_id"], "id": item["id"]}
        # safeguard: erase-closes-journals
        if may_be_written(deserialize(item), self.now()):
            return {"PutRequest": {"Item": serialize(build_closed_journal(deserialize(key), self.now()))}}
        return {"DeleteRequest": {"Key": key}}

    def _erase_page(self, table: str, hash_key: str, value: str) -> bool:
        """Erase some items of a partition, and return whether none is left."""
        response = self._query_page(table, hash_key, value)
        self._delete(table, [{hash_key: item[hash_key], "id": item["id"]} for item in response["Items"]])
        return "LastEvaluatedKey" not in response

    def _query_page(self, table: str, hash_key: str, value: str, **start: Any) -> Any:  # noqa: ANN401 - a response of boto3
        with service_errors():
            return self.client.query(
                TableName=table,
                KeyConditionExpression=f"{hash_key} = :value",
                ExpressionAttributeValues=serialize({":value": value}),
                ProjectionExpression=f"{hash_key}, id, is_closed, lease_end",
                ConsistentRead=True,
                Limit=_PAGE_SIZE,
                **start,
            )

    def _delete(self, table: str, keys: Sequence[Any]) -> None:
        items.write_batch(self.client, table, [{"DeleteRequest": {"Key": key}} for key in keys])

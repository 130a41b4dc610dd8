"""Erasure of data in all tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.schema import memories, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.data_classes import dataclass
from conversations.ports.erasure import Eraser

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class DynamoDBEraser(Eraser):
    """``Eraser`` of the tables of conversations and memories."""

    client: "DynamoDBClient"
    tables: Tables

    def erase_messages(self, conversation_id: str) -> bool:
        """Erase some messages and idempotency records; see ``Eraser.erase_messages``."""
        # A claim that was interrupted may have left some in the visitors' table.
        tables = (self.tables.message_history, self.tables.visitor_messages)
        completed = [self._erase_page(table, "session_id", conversation_id) for table in tables]
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

    def _erase_page(self, table: str, hash_key: str, value: str) -> bool:
        """Erase some items of a partition, and return whether none is left."""
        with service_errors():
            response = self.client.query(
                TableName=table,
                KeyConditionExpression=f"{hash_key} = :value",
                ExpressionAttributeValues=serialize({":value": value}),
                ProjectionExpression=f"{hash_key}, id",
                ConsistentRead=True,
                Limit=_PAGE_SIZE,
            )
        self._delete(table, response["Items"])
        return "LastEvaluatedKey" not in response

    def _delete(self, table: str, keys: Sequence[Any]) -> None:
        items.write_batch(self.client, table, [{"DeleteRequest": {"Key": key}} for key in keys])

"""Removing what nobody may read any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import bot_memory, rate_limits
from conversations.adapters.dynamodb.schema import sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.domain.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PIECE = 200
_BATCH = 25
"""Most requests one BatchWriteItem takes (DynamoDB's quota)."""


@dataclass(frozen=True, slots=True)
class DynamoDBEraser:
    """``Eraser``."""

    client: "DynamoDBClient"
    tables: Tables
    limits_table: str

    def erase_messages(self, session_id: str) -> bool:
        """Remove some messages and markers; see ``Eraser.erase_messages``."""
        # What was handed over by a visitor may have been left in the other table, too.
        tables = (self.tables.message_history, self.tables.visitor_messages)
        done = [self._erase(table, "session_id", session_id) for table in tables]
        return all(done)

    def erase_conversation(self, session_id: str) -> None:
        """Remove a conversation; see ``Eraser.erase_conversation``."""
        # The conversation last: until it is gone a repeated request finds it and goes on.
        self._delete(self.tables.sessions, [serialize(sessions.dialog_key(session_id))])
        self._delete(self.tables.sessions, [serialize(sessions.conversation_key(session_id))])

    def erase_memories(self, owner: str) -> bool:
        """Remove some of what bots remember; see ``Eraser.erase_memories``."""
        return self._erase(self.tables.bot_data, "bot_table", bot_memory.partition_of(owner))

    def erase_counters(self, owner: str) -> None:
        """Remove counters and limits; see ``Eraser.erase_traces``."""
        self._delete(self.tables.sessions, [serialize(sessions.counts_key(owner))])
        self._delete(self.limits_table, [serialize(key) for key in rate_limits.keys_of(owner)])

    def _erase(self, table: str, hash_key: str, value: str) -> bool:
        with service_errors():
            answer = self.client.query(
                TableName=table,
                KeyConditionExpression=f"{hash_key} = :value",
                ExpressionAttributeValues=serialize({":value": value}),
                ProjectionExpression=f"{hash_key}, id",
                ConsistentRead=True,
                Limit=_PIECE,
            )
        for start in range(0, len(answer["Items"]), _BATCH):
            self._delete(table, answer["Items"][start : start + _BATCH])
        return "LastEvaluatedKey" not in answer

    def _delete(self, table: str, keys: Sequence[Any]) -> None:
        requests: Any = [{"DeleteRequest": {"Key": key}} for key in keys]
        with service_errors():
            answer = self.client.batch_write_item(RequestItems={table: requests})
        if answer.get("UnprocessedItems"):
            raise UnavailableError

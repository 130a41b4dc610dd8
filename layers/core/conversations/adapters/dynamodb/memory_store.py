"""Bots' memories (``schema.memories``)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.schema import memories
from conversations.adapters.dynamodb.serialization import deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain.memory import Memory, MemoryKey
from conversations.domain.page import Page
from conversations.ports.bots import MemoryStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBMemoryStore(MemoryStore):
    """``MemoryStore`` on the table ``bot-data``."""

    client: "DynamoDBClient"
    table: str

    def recall(self, key: MemoryKey) -> JsonValue:
        """Return a value; see ``MemoryStore.recall``."""
        item = items.read_item(self.client, self.table, memories.build_memory_item_key(key))
        return None if item is None else memories.parse_value(item)

    def list_by_owner(self, owner: str, *, limit: int, after: MemoryKey | None = None) -> Page[Memory]:
        """Return a page of a user's memories: one query, of at most 1 MB; see ``MemoryStore.list_by_owner``."""
        start: dict[str, Any] = (
            {} if after is None else {"ExclusiveStartKey": serialize(memories.build_memory_item_key(after))}
        )
        with service_errors():
            response = self.client.query(
                TableName=self.table,
                KeyConditionExpression="bot_table = :partition",
                ExpressionAttributeValues=serialize({":partition": memories.build_partition_key(owner)}),
                ConsistentRead=True,
                Limit=limit,
                **start,
            )
        page = tuple(memories.parse_user_memory(deserialize(item), owner) for item in response["Items"])
        # DynamoDB returns LastEvaluatedKey also if the page ends with the last item; then the next page is empty.
        return Page(page, "LastEvaluatedKey" in response)

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        """Set values in one transaction; see ``MemoryStore.remember``."""
        if values:
            puts = [memories.build_memory_put(self.table, key, value) for key, value in values.items()]
            transactions.write(self.client, puts)

"""What bots remember, in the table ``bot-data`` (whose rows are ``bot_data``'s).

======  =======================  ====================  ==========================================
Item    ``bot_table``            ``id``                what it holds
======  =======================  ====================  ==========================================
Bot's   ``<bot id>#!memory``     name                  ``value``: JSON text
User's  ``!memory#<owner>``      ``<bot id>#<name>``   the same; nothing is kept of visitors
======  =======================  ====================  ==========================================

All that any bot remembers of a user is one partition, so that erasing and exporting it is one query. No bot's id and no
table's name begins with an exclamation mark, so nothing of a script reaches these items.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain.memory import Memory, MemoryKey
from conversations.domain.page import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def partition_of(owner: str) -> str:
    """Return the hash key of all that is remembered of a user."""
    return f"!memory#{owner}"


def put(table: str, key: MemoryKey, value: JsonValue) -> dict[str, Any]:
    """Return the action of a transaction that remembers a value."""
    # Escaped, because a text of a script may hold half a pair of UTF-16, which has no UTF-8.
    return {"Put": {"TableName": table, "Item": serialize(_item_key(key) | {"value": json.dumps(value)})}}


def _item_key(key: MemoryKey) -> Item:
    if key.owner is None:
        return {"bot_table": f"{key.bot_id}#!memory", "id": key.name}
    return {"bot_table": partition_of(key.owner), "id": f"{key.bot_id}#{key.name}"}


def _memory(item: Item, owner: str) -> Memory:
    # No bot's id has the mark in it; a name may.
    bot_id, _, name = item["id"].partition("#")
    return Memory(MemoryKey(bot_id, name, owner), json.loads(item["value"]))


@dataclass(frozen=True, slots=True)
class DynamoDBMemoryStore:
    """``MemoryStore``."""

    client: "DynamoDBClient"
    table: str

    def recall(self, key: MemoryKey) -> JsonValue:
        """Return what is remembered; see ``MemoryStore.recall``."""
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=serialize(_item_key(key)), ConsistentRead=True)
        if "Item" not in answer:
            return None
        value: JsonValue = json.loads(deserialize(answer["Item"])["value"])
        return value

    def of(self, owner: str, *, limit: int, after: MemoryKey | None = None) -> Page[Memory]:
        """Return a page of what is remembered of a user: one query, of 1 MB at most; see ``MemoryStore.of``."""
        behind: dict[str, Any] = {} if after is None else {"ExclusiveStartKey": serialize(_item_key(after))}
        with service_errors():
            answer = self.client.query(
                TableName=self.table,
                KeyConditionExpression="bot_table = :partition",
                ExpressionAttributeValues=serialize({":partition": partition_of(owner)}),
                ConsistentRead=True,
                Limit=limit,
                **behind,
            )
        found = (deserialize(item) for item in answer["Items"])
        # DynamoDB says that there may be more also where a page ends with the last item; then the next one is empty.
        return Page(tuple(_memory(item, owner) for item in found), "LastEvaluatedKey" in answer)

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        """Remember several values; see ``MemoryStore.remember``."""
        if values:
            transactions.write(self.client, [put(self.table, key, value) for key, value in values.items()])

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
from conversations.adapters.dynamodb.items import Item, plain, typed
from conversations.domain.memory import MemoryKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def partition_of(owner: str) -> str:
    """Return the hash key of all that is remembered of a user."""
    return f"!memory#{owner}"


def put(table: str, key: MemoryKey, value: JsonValue) -> dict[str, Any]:
    """Return the action of a transaction that remembers a value."""
    # Escaped, because a text of a script may hold half a pair of UTF-16, which has no UTF-8.
    return {"Put": {"TableName": table, "Item": typed(_item_key(key) | {"value": json.dumps(value)})}}


def _item_key(key: MemoryKey) -> Item:
    if key.owner is None:
        return {"bot_table": f"{key.bot_id}#!memory", "id": key.name}
    return {"bot_table": partition_of(key.owner), "id": f"{key.bot_id}#{key.name}"}


@dataclass(frozen=True, slots=True)
class DynamoDBMemory:
    """``MemoryStore``."""

    client: "DynamoDBClient"
    table: str

    def recall(self, key: MemoryKey) -> JsonValue:
        """Return what is remembered; see ``MemoryStore.recall``."""
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=typed(_item_key(key)), ConsistentRead=True)
        if "Item" not in answer:
            return None
        value: JsonValue = json.loads(plain(answer["Item"])["value"])
        return value

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        """Remember several values; see ``MemoryStore.remember``."""
        if values:
            transactions.write(self.client, [put(self.table, key, value) for key, value in values.items()])

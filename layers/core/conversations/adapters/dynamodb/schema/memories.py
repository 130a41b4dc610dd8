"""Bots' memories in the table ``bot-data`` (``table_store`` describes its rows).

============  =======================  ====================  ==================================
Item          ``bot_table``            ``id``                Content
============  =======================  ====================  ==================================
Bot memory    ``<bot id>#!memory``     name                  ``value``: JSON text
User memory   ``!memory#<owner>``      ``<bot id>#<name>``   ``value``; never of a visitor
============  =======================  ====================  ==================================

All memories of a user are in one partition, so that erasing and exporting them is one query. Neither a bot's id nor the
name of a bot's table begins with an exclamation mark, so scripts cannot reach these items.
"""

import json
from typing import Any

from pydantic import JsonValue

from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain.memory import Memory, MemoryKey


def build_partition_key(owner: str) -> str:
    """Build the hash key of all memories of a user."""
    return f"!memory#{owner}"


def build_memory_item_key(key: MemoryKey) -> Item:
    """Build the key of a memory."""
    if key.owner is None:
        return {"bot_table": f"{key.bot_id}#!memory", "id": key.name}
    return {"bot_table": build_partition_key(key.owner), "id": f"{key.bot_id}#{key.name}"}


def build_memory_put(table: str, key: MemoryKey, value: JsonValue) -> dict[str, Any]:
    """Build the transaction's action that sets a memory."""
    # json.dumps escapes lone surrogates, which scripts can produce and UTF-8 cannot represent.
    return {"Put": {"TableName": table, "Item": serialize(build_memory_item_key(key) | {"value": json.dumps(value)})}}


def parse_user_memory(item: Item, owner: str) -> Memory:
    """Parse a memory of a user."""
    # A name may contain the separator, a bot's id may not.
    bot_id, _, name = item["id"].partition("#")
    return Memory(MemoryKey(bot_id, name, owner), parse_value(item))


def parse_value(item: Item) -> JsonValue:
    """Parse the value of a memory."""
    value: JsonValue = json.loads(item["value"])
    return value

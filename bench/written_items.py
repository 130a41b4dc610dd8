"""Which items a request of DynamoDB writes."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from bench.units import Item

type Key = tuple[str, Item]
"""The table of an item, and its key."""

type ListKeyNames = Callable[[str], Collection[str]]
"""Returns the names of the attributes of a table's key."""


def list_written_keys(operation: str, request: Mapping[str, Any], list_key_names: ListKeyNames) -> list[Key]:
    """Return the items that a request writes, or whose conditions it checks in a transaction."""
    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            writes = [request]
        case "TransactWriteItems":
            writes = [write for action in request["TransactItems"] for write in action.values()]
        case "BatchWriteItem":
            tables = request["RequestItems"].items()
            writes = [{"TableName": table, **write} for table, each in tables for r in each for write in r.values()]
        case _:
            writes = []
    return [_get_key(write, list_key_names) for write in writes]


def _get_key(write: Mapping[str, Any], list_key_names: ListKeyNames) -> Key:
    item, table = write["Key"] if "Key" in write else write["Item"], write["TableName"]
    return table, {name: item[name] for name in list_key_names(table)}

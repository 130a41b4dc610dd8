"""Between Python values and DynamoDB's typed attributes."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize

type Item = dict[str, Any]
"""An item with plain Python values; numbers read back are ``Decimal``."""

type SerializedItem = dict[str, Any]
"""An item as the low-level client takes and gives it: ``{"id": {"S": "..."}}``."""


def serialize(item: Mapping[str, Any]) -> SerializedItem:
    """Write ``item`` for the client, leaving out what is None."""
    return {name: _serialize(value) for name, value in item.items() if value is not None}


def deserialize(item: Mapping[str, Any]) -> Item:
    """Read an item the client returned."""
    return {name: _deserialize(value) for name, value in item.items()}

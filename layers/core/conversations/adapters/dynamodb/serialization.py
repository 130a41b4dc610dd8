"""Conversion between Python values and DynamoDB's typed attributes."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize

type Item = dict[str, Any]
"""An item with plain Python values; numbers read from a table are ``Decimal``."""

type SerializedItem = dict[str, Any]
"""An item as the low-level client accepts and returns it: ``{"id": {"S": "..."}}``."""


def serialize(item: Mapping[str, Any]) -> SerializedItem:
    """Convert an item for the client, leaving out attributes that are None."""
    return {name: _serialize(value) for name, value in item.items() if value is not None}


def deserialize(item: Mapping[str, Any]) -> Item:
    """Convert an item that the client returned."""
    return {name: _deserialize(value) for name, value in item.items()}

"""Conversion between Python values and DynamoDB's typed attributes.

It does what boto3's ``TypeSerializer`` and ``TypeDeserializer`` do, which load the rest of boto3.
"""

from collections.abc import Callable, Mapping
from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import Any

type Item = dict[str, Any]
"""An item with plain Python values; numbers read from a table are ``Decimal``."""

type SerializedItem = dict[str, Any]
"""An item as the low-level client accepts and returns it: ``{"id": {"S": "..."}}``."""

_NUMBERS = Context(prec=38, Emin=-128, Emax=126, traps=[Clamped, Overflow, Inexact, Rounded, Underflow])
"""The numbers that DynamoDB stores (DynamoDB, "Data types"): of 38 digits, from 1E-130 to 9.9E+125."""


def serialize(item: Mapping[str, Any]) -> SerializedItem:
    """Convert an item for the client, leaving out attributes that are None.

    Raises
    ------
    TypeError
        If a value has a type that DynamoDB does not store.
    decimal.DecimalException
        If DynamoDB would round a number.
    """
    return {name: _serialize(value) for name, value in item.items() if value is not None}


def deserialize(item: Mapping[str, Any]) -> Item:
    """Convert an item that the client returned."""
    return {name: _deserialize(value) for name, value in item.items()}


def _serialize(value: object) -> dict[str, Any]:  # noqa: PLR0911 - one result per type
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": _serialize_number(value)}
        case None:
            return {"NULL": True}
        case bytes():
            return {"B": value}
        case Mapping():
            return {"M": {name: _serialize(member) for name, member in value.items()}}
        case list() | tuple():
            return {"L": [_serialize(member) for member in value]}
        case set() | frozenset():
            return _serialize_set(value)
        case _:
            raise TypeError(f"DynamoDB stores no {type(value).__name__}")


def _serialize_number(value: int | Decimal) -> str:
    number = _NUMBERS.create_decimal(value)
    if not number.is_finite():
        raise TypeError("DynamoDB stores no infinite numbers")
    return str(number)


def _serialize_set(members: set[Any] | frozenset[Any]) -> dict[str, Any]:
    serialized = [_serialize(member) for member in members]
    kinds = {kind for member in serialized for kind in member}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise TypeError("DynamoDB stores sets of texts, of numbers or of bytes, none of them empty")
    (kind,) = kinds
    return {f"{kind}S": [member[kind] for member in serialized]}


def _deserialize(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any type that DynamoDB stores
    ((kind, content),) = value.items()
    return _READERS[kind](content)


_READERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": _NUMBERS.create_decimal,
    "B": bytes,
    "BOOL": bool,
    "NULL": lambda _: None,
    "M": deserialize,
    "L": lambda members: [_deserialize(member) for member in members],
    "SS": set,
    "NS": lambda numbers: {*map(_NUMBERS.create_decimal, numbers)},
    "BS": set,
}

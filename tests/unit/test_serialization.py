"""DynamoDB's typed attributes, compared with boto3's own conversion."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from conversations.adapters.dynamodb.serialization import deserialize, serialize

NUMBERS = st.integers(-(10**37), 10**37) | st.decimals("-1e20", "1e20", places=6)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.binary(max_size=5)
SETS = (
    st.sets(st.text(max_size=3), min_size=1) | st.sets(NUMBERS, min_size=1) | st.sets(st.binary(max_size=3), min_size=1)
)
VALUES = st.recursive(
    SCALARS | SETS,
    lambda members: st.lists(members, max_size=3) | st.dictionaries(st.text(max_size=3), members, max_size=3),
    max_leaves=8,
)


def unwrap(value: Any) -> Any:  # noqa: ANN401 - any value of an item
    """Return a value with plain bytes in the place of boto3's class for them."""
    match value:
        case dict():
            return {name: unwrap(member) for name, member in value.items()}
        case list():
            return [unwrap(member) for member in value]
        case set():
            return {unwrap(member) for member in value}
        case _:
            return bytes(value) if type(value).__name__ == "Binary" else value


@given(VALUES)
def test_values_are_written_and_read_as_by_boto3(value: object) -> None:
    expected = TypeSerializer().serialize(value)

    assert serialize({"a": value}) == ({} if value is None else {"a": expected})
    assert deserialize({"a": expected}) == {"a": unwrap(TypeDeserializer().deserialize(expected))}


def test_numbers_are_read_as_decimals() -> None:
    assert isinstance(deserialize({"a": {"N": "1"}})["a"], Decimal)


def test_empty_sets_are_refused() -> None:
    with pytest.raises(TypeError, match="none of them empty"):
        serialize({"a": set()})


@pytest.mark.parametrize("value", [1.5, object(), {1, "a"}, {None}, Decimal("Infinity"), Decimal("NaN")])
def test_values_that_dynamodb_does_not_store_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        TypeSerializer().serialize(value)
    with pytest.raises(TypeError):
        serialize({"a": value})


@pytest.mark.parametrize("number", [10**38 + 1, Decimal("1e127")])
def test_numbers_that_dynamodb_would_round_are_refused(number: object) -> None:
    with pytest.raises(ArithmeticError):
        serialize({"a": number})

"""Contract suite of ``MemoryStore``, for the fake and the adapter."""

from uuid import uuid4

import pytest
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.adapters.dynamodb.schema import memories
from conversations.domain.errors import UnavailableError
from conversations.domain.memory import (
    MAX_NAME_LENGTH,
    MAX_VALUE_BYTES,
    Memory,
    MemoryKey,
    build_memory_key,
    check_size,
)
from tests.aws import Aws
from tests.integration.stores import Stores, dynamodb_stores

ADA, EVE = "user:ada", "user:eve"
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.text("#a!é\N{GRINNING FACE}", min_size=1, max_size=4)


def test_unset_memory_is_none(stores: Stores) -> None:
    assert stores.memory.recall(build_memory_key("default", "name")) is None


def test_last_value_wins(stores: Stores) -> None:
    stores.memory.remember({build_memory_key("default", "name"): "Ana"})
    stores.memory.remember({build_memory_key("default", "name"): "Bia", build_memory_key("default", "age"): 30})

    assert stores.memory.recall(build_memory_key("default", "NAME ")) == "Bia"
    assert stores.memory.recall(build_memory_key("default", "age")) == 30


def test_remember_accepts_no_values(stores: Stores) -> None:
    stores.memory.remember({})

    assert stores.memory.recall(build_memory_key("default", "name")) is None


def test_memories_are_separated_by_bot_and_user(stores: Stores) -> None:
    keys = [
        build_memory_key("default", "a"),
        build_memory_key("other", "a"),
        build_memory_key("default", "a", ADA),
        build_memory_key("default", "a", EVE),
        build_memory_key("other", "a", ADA),
        build_memory_key("default", "a#b", ADA),
        build_memory_key("default", "b", f"{ADA}#a"),
        build_memory_key("default", ADA),
    ]

    stores.memory.remember({key: number for number, key in enumerate(keys)})

    assert [stores.memory.recall(key) for key in keys] == list(range(len(keys)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_value_is_read_as_stored(stores: Stores, value: JsonValue) -> None:
    stores.memory.remember({build_memory_key("default", "value"): value})

    recalled = stores.memory.recall(build_memory_key("default", "value"))
    assert recalled == value
    assert repr(recalled) == repr(value)


def test_memory_may_contain_lone_surrogate(stores: Stores) -> None:
    stores.memory.remember({build_memory_key("default", "value"): "a\ud83d"})

    assert stores.memory.recall(build_memory_key("default", "value")) == "a\ud83d"


def list_all(stores: Stores, owner: str, limit: int) -> list[Memory]:
    """Return all memories of a user, page by page."""
    memories_found: list[Memory] = []
    while True:
        page = stores.memory.list_by_owner(owner, limit=limit, after=memories_found[-1].key if memories_found else None)
        assert len(page.items) <= limit
        memories_found += page.items
        if not page.has_more:
            return memories_found


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(st.tuples(st.sampled_from(["a", "a-b", "b"]), NAMES), VALUES, max_size=8),
    limit=st.integers(1, 5),
)
def test_pagination_lists_every_memory_of_user_once(
    stores: Stores, values: dict[tuple[str, str], JsonValue], limit: int
) -> None:
    owner = f"user:{uuid4()}"
    expected = {build_memory_key(bot_id, name, owner): value for (bot_id, name), value in values.items()}
    stores.memory.remember(expected)
    stores.memory.remember(
        {
            build_memory_key("a", "a", f"{owner}x"): 1,
            build_memory_key("a", "a", "user:"): 2,
            build_memory_key("a", "a"): 3,
        }
    )

    memories_found = list_all(stores, owner, limit)

    assert {repr(memory) for memory in memories_found} == {repr(Memory(key, value)) for key, value in expected.items()}
    assert len(memories_found) == len(expected)


def test_large_memories_are_paged_by_megabyte(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    large = {build_memory_key("default", f"{number:02}", ADA): "x" * (MAX_VALUE_BYTES - 2) for number in range(20)}
    for key, value in large.items():
        stores.memory.remember({key: value})

    first = stores.memory.list_by_owner(ADA, limit=100)

    assert 1 <= len(first.items) <= 17
    assert first.has_more
    assert [memory.key for memory in list_all(stores, ADA, 100)] == list(large)


def test_memory_puts_can_join_a_transaction(deployed: Aws) -> None:
    table = deployed.names["BotDataTable"]
    actions = [
        memories.build_memory_put(table, build_memory_key("default", "a", ADA), 1),
        memories.build_memory_put(table, build_memory_key("default", "a"), 2),
    ]

    transactions.write(deployed.dynamodb, actions)

    memory = DynamoDBMemoryStore(deployed.dynamodb, table)
    assert memory.recall(build_memory_key("default", "a", ADA)) == 1
    assert memory.recall(build_memory_key("default", "a")) == 2


def test_memories_of_user_are_in_one_partition(deployed: Aws) -> None:
    table = deployed.names["BotDataTable"]
    DynamoDBMemoryStore(deployed.dynamodb, table).remember(
        {
            build_memory_key("default", "a", ADA): 1,
            build_memory_key("other", "b", ADA): 2,
            build_memory_key("other", "b", EVE): 3,
        }
    )

    partition = {":owner": {"S": memories.build_partition_key(ADA)}}
    memories_found = deployed.dynamodb.query(
        TableName=table, KeyConditionExpression="bot_table = :owner", ExpressionAttributeValues=partition
    )
    assert [item["id"]["S"] for item in memories_found["Items"]] == ["default#a", "other#b"]


def test_throttled_table_is_unavailable(deployed: Aws) -> None:
    memory = DynamoDBMemoryStore(deployed.dynamodb, deployed.names["BotDataTable"])

    with Stubber(deployed.dynamodb) as stub:
        stub.add_client_error("get_item", "ThrottlingException")
        with pytest.raises(UnavailableError):
            memory.recall(build_memory_key("default", "a"))


@pytest.mark.parametrize("name", ["", "  ", "x" * (MAX_NAME_LENGTH + 1), "a\udc00"])
def test_invalid_memory_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the name of a memory has 1 to 100 characters"):
        build_memory_key("default", name)


def test_too_large_memory_is_refused() -> None:
    key = MemoryKey("default", "a")

    check_size(key, "x" * (MAX_VALUE_BYTES - 2))
    with pytest.raises(ValueError, match="the value of the memory a is larger than 64 KB"):
        check_size(key, "x" * (MAX_VALUE_BYTES - 1))

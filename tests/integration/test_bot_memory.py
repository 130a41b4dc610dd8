"""``MemoryStore``: what bots remember, the same of the fake and of the adapter."""

from uuid import uuid4

import pytest
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from conversations.adapters.dynamodb import bot_memory, transactions
from conversations.adapters.dynamodb.bot_memory import DynamoDBMemoryStore
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


def test_what_was_never_remembered_is_nothing(stores: Stores) -> None:
    assert stores.memory.recall(build_memory_key("default", "name")) is None


def test_the_last_value_is_remembered(stores: Stores) -> None:
    stores.memory.remember({build_memory_key("default", "name"): "Ana"})
    stores.memory.remember({build_memory_key("default", "name"): "Bia", build_memory_key("default", "age"): 30})

    assert stores.memory.recall(build_memory_key("default", "NAME ")) == "Bia"
    assert stores.memory.recall(build_memory_key("default", "age")) == 30


def test_remembering_nothing_changes_nothing(stores: Stores) -> None:
    stores.memory.remember({})

    assert stores.memory.recall(build_memory_key("default", "name")) is None


def test_bots_and_users_do_not_know_of_one_another(stores: Stores) -> None:
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

    stores.memory.remember({key: place for place, key in enumerate(keys)})

    assert [stores.memory.recall(key) for key in keys] == list(range(len(keys)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_a_value_is_remembered_as_it_is(stores: Stores, value: JsonValue) -> None:
    stores.memory.remember({build_memory_key("default", "value"): value})

    recalled = stores.memory.recall(build_memory_key("default", "value"))
    assert recalled == value
    assert repr(recalled) == repr(value)


def test_half_a_character_is_remembered(stores: Stores) -> None:
    stores.memory.remember({build_memory_key("default", "value"): "a\ud83d"})

    assert stores.memory.recall(build_memory_key("default", "value")) == "a\ud83d"


def walked(stores: Stores, owner: str, limit: int) -> list[Memory]:
    """Go through all that is remembered of a user, page by page."""
    found: list[Memory] = []
    while True:
        page = stores.memory.of(owner, limit=limit, after=found[-1].key if found else None)
        assert len(page.items) <= limit
        found += page.items
        if not page.has_more:
            return found


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(st.tuples(st.sampled_from(["a", "a-b", "b"]), NAMES), VALUES, max_size=8),
    limit=st.integers(1, 5),
)
def test_all_that_is_remembered_of_a_user_is_found_once_and_nothing_of_anybody_else(
    stores: Stores, values: dict[tuple[str, str], JsonValue], limit: int
) -> None:
    owner = f"user:{uuid4()}"
    mine = {build_memory_key(bot_id, name, owner): value for (bot_id, name), value in values.items()}
    stores.memory.remember(mine)
    stores.memory.remember(
        {
            build_memory_key("a", "a", f"{owner}x"): 1,
            build_memory_key("a", "a", "user:"): 2,
            build_memory_key("a", "a"): 3,
        }
    )

    found = walked(stores, owner, limit)

    assert {repr(memory) for memory in found} == {repr(Memory(key, value)) for key, value in mine.items()}
    assert len(found) == len(mine)


def test_large_memories_come_in_pages_of_a_megabyte(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    large = {build_memory_key("default", f"{number:02}", ADA): "x" * (MAX_VALUE_BYTES - 2) for number in range(20)}
    for key, value in large.items():
        stores.memory.remember({key: value})

    first = stores.memory.of(ADA, limit=100)

    assert 1 <= len(first.items) <= 17
    assert first.has_more
    assert [memory.key for memory in walked(stores, ADA, 100)] == list(large)


def test_a_turn_can_write_what_it_remembers_with_the_rest(deployed: Aws) -> None:
    table = deployed.names["BotDataTable"]
    actions = [
        bot_memory.put(table, build_memory_key("default", "a", ADA), 1),
        bot_memory.put(table, build_memory_key("default", "a"), 2),
    ]

    transactions.write(deployed.dynamodb, actions)

    memory = DynamoDBMemoryStore(deployed.dynamodb, table)
    assert memory.recall(build_memory_key("default", "a", ADA)) == 1
    assert memory.recall(build_memory_key("default", "a")) == 2


def test_all_that_is_remembered_of_a_user_lies_in_one_place(deployed: Aws) -> None:
    table = deployed.names["BotDataTable"]
    DynamoDBMemoryStore(deployed.dynamodb, table).remember(
        {
            build_memory_key("default", "a", ADA): 1,
            build_memory_key("other", "b", ADA): 2,
            build_memory_key("other", "b", EVE): 3,
        }
    )

    partition = {":of": {"S": bot_memory.partition_of(ADA)}}
    found = deployed.dynamodb.query(
        TableName=table, KeyConditionExpression="bot_table = :of", ExpressionAttributeValues=partition
    )
    assert [item["id"]["S"] for item in found["Items"]] == ["default#a", "other#b"]


def test_a_table_that_does_not_answer_is_unavailable(deployed: Aws) -> None:
    memory = DynamoDBMemoryStore(deployed.dynamodb, deployed.names["BotDataTable"])

    with Stubber(deployed.dynamodb) as stub:
        stub.add_client_error("get_item", "ThrottlingException")
        with pytest.raises(UnavailableError):
            memory.recall(build_memory_key("default", "a"))


@pytest.mark.parametrize("name", ["", "  ", "x" * (MAX_NAME_LENGTH + 1), "a\udc00"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the name of a memory has 1 to 100 characters"):
        build_memory_key("default", name)


def test_a_value_that_is_too_large_is_refused() -> None:
    key = MemoryKey("default", "a")

    check_size(key, "x" * (MAX_VALUE_BYTES - 2))
    with pytest.raises(ValueError, match="the value of the memory a is larger than 64 KB"):
        check_size(key, "x" * (MAX_VALUE_BYTES - 1))

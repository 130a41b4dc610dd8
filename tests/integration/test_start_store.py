"""Starting a conversation once: the same store contract on DynamoDB and on the fake."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ListFilter
from conversations.domain.errors import ConflictError
from conversations.domain.principal import Principal
from tests.builders import MORNING, a_conversation, a_message, a_user
from tests.integration.stores import Stores

if TYPE_CHECKING:
    from conversations.domain.message import Message

ADA, EVE = a_user("ada"), a_user("eve")


def start(  # noqa: PLR0913 - each parameter matters to some tests
    stores: Stores,
    content: str | None = "Hello",
    client_message_id: str = "a",
    *,
    owner: Principal = ADA,
    bot_id: str = "default",
    late: timedelta = timedelta(),
) -> Conversation:
    conversation = a_conversation(owner, bot_id=bot_id, last_activity=MORNING + late)
    message: Message | None = None
    if content is not None:
        message = a_message(conversation.id, content=content, client_message_id=client_message_id)
        message = message.model_copy(update={"timestamp": MORNING + late})
        conversation = conversation.model_copy(update={"last_seq": 1, "pending_message_ids": (message.id,)})
    return stores.conversations.create(conversation, message, client_message_id=client_message_id)


def count(stores: Stores, owner: Principal = ADA) -> int:
    return stores.conversations.count_by_owner(owner.owner, ListFilter())


@pytest.mark.parametrize("content", ["Hello", None])
@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=24) - timedelta(seconds=1)])
def test_repeated_start_returns_first_conversation(stores: Stores, content: str | None, late: timedelta) -> None:
    first = start(stores, content)

    again = start(stores, content, late=late)

    assert (again.id, again.pending_message_ids) == (first.id, first.pending_message_ids)
    assert again.created_at == first.created_at
    assert count(stores) == 1
    stored = stores.conversations.get(first.id)
    assert stored is not None
    history = stores.messages.get_page(stored, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=9).items
    assert [message.content for message in history] == ([] if content is None else [content])


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ({"content": "Hello"}, {"content": "Hullo"}),
        ({"content": "Hello"}, {"content": None}),
        ({"content": None}, {"content": "Hello"}),
        ({"bot_id": "default"}, {"bot_id": "sales"}),
    ],
)
def test_same_id_with_another_start_is_conflict(stores: Stores, first: dict[str, Any], other: dict[str, Any]) -> None:
    start(stores, **first)

    with pytest.raises(ConflictError, match="client_message_id"):
        start(stores, **other)

    assert count(stores) == 1


def test_id_starts_another_conversation_after_24_hours(stores: Stores) -> None:
    first = start(stores)

    assert start(stores, "Hullo", late=timedelta(hours=24)).id != first.id


def test_ids_of_starts_are_scoped_to_the_owner(stores: Stores) -> None:
    assert start(stores, owner=ADA).id != start(stores, "Hullo", owner=EVE).id
    assert (count(stores, ADA), count(stores, EVE)) == (1, 1)


def test_repeated_start_of_deleted_conversation_starts_no_other(stores: Stores) -> None:
    first = start(stores)
    stores.conversations.mark_deleted(first, MORNING)
    while not stores.eraser.erase_messages(first.id):
        pass

    assert start(stores).id == first.id
    assert count(stores) == 0


def test_erased_owner_starts_anew(stores: Stores) -> None:
    first = start(stores)
    while not stores.eraser.erase_start_records(ADA.owner):
        pass

    assert start(stores).id != first.id


def test_concurrent_starts_store_one_conversation(stores: Stores) -> None:
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: start(stores).id, range(8)))

    assert len(set(started)) == 1
    assert count(stores) == 1

"""Idempotency of inline turns, whose row has the last ``client_message_id``s: for the fake and the adapter."""

from datetime import timedelta

import pytest

from conversations.domain.dialog import InlineTurn, TurnSideData
from conversations.domain.errors import ConflictError
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from conversations.domain.recent_sends import MAX_RECENT_SENDS
from tests.aws import Aws
from tests.builders import MORNING, a_draft
from tests.integration.stores import Stores, dynamodb_stores
from tests.integration.test_inline_turn_store import (
    ADA,
    answer_from_the_queue,
    both_kinds_of_caller,
    create_conversation,
    end_delivery,
    list_messages,
    load,
    store,
    store_turn,
)

DAY = timedelta(hours=24)


def send_delivered(stores: Stores, conversation_id: str, key: str, owner: Principal = ADA) -> Message:
    """Store an inline turn whose frames are sent, and return its message."""
    turn = store_turn(stores, load(stores, conversation_id), owner, key=key, content=f"I am {key}")
    end_delivery(stores, turn)
    return turn.message


@both_kinds_of_caller
@pytest.mark.parametrize("count", [MAX_RECENT_SENDS, MAX_RECENT_SENDS + 3])
def test_each_message_of_a_day_is_recognized(stores: Stores, owner: Principal, count: int) -> None:
    conversation_id = create_conversation(stores, owner)
    sent = [send_delivered(stores, conversation_id, f"{number}", owner) for number in range(count)]
    before = list_messages(stores, conversation_id)

    for number, message in enumerate(sent):
        draft = a_draft(f"I am {number}", client_message_id=f"{number}")
        inline = store(stores, load(stores, conversation_id), owner, key=f"{number}", content=f"I am {number}")
        queued = stores.messages.append(owner, conversation_id, draft, MORNING)
        assert isinstance(inline, Message)
        assert (inline.id, queued.id) == (message.id, message.id)
        with pytest.raises(ConflictError):
            store(stores, load(stores, conversation_id), owner, key=f"{number}", content="Other")
        with pytest.raises(ConflictError):
            stores.messages.append(owner, conversation_id, a_draft(client_message_id=f"{number}"), MORNING)

    assert list_messages(stores, conversation_id) == before


@pytest.mark.parametrize("count", [1, MAX_RECENT_SENDS + 1])
def test_client_message_id_may_be_used_again_after_a_day(stores: Stores, count: int) -> None:
    conversation_id = create_conversation(stores)
    sent = [send_delivered(stores, conversation_id, f"{number}") for number in range(count)]
    day_later = sent[-1].timestamp + DAY

    turn = store_turn(stores, load(stores, conversation_id), key="0", content="New", now=day_later)
    end_delivery(stores, turn)
    queued = stores.messages.append(
        ADA, conversation_id, a_draft("New", client_message_id=f"{count}"), day_later + timedelta(seconds=1)
    )

    assert [message.content for message in list_messages(stores, conversation_id)[-3:]] == ["New", "Hi!", "New"]
    assert queued.seq == turn.message.seq + 2


def test_client_message_id_may_be_used_again_by_the_queue_after_a_day(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    sent = send_delivered(stores, conversation_id, "0")

    def append(now: timedelta) -> Message:
        draft = a_draft("I am 0", client_message_id="0")
        return stores.messages.append(ADA, conversation_id, draft, sent.timestamp + now)

    assert append(DAY - timedelta(seconds=1)).id == sent.id
    assert append(DAY + timedelta(seconds=1)).id != sent.id


@pytest.mark.parametrize("turns_before", [0, 1])
def test_inline_turn_recognizes_a_message_that_was_queued(stores: Stores, turns_before: int) -> None:
    conversation_id = create_conversation(stores)
    for number in range(turns_before):
        send_delivered(stores, conversation_id, f"before {number}")
    queued, _ = answer_from_the_queue(stores, conversation_id, "a")
    send_delivered(stores, conversation_id, "b")

    again = store(stores, load(stores, conversation_id), key="a")

    assert isinstance(again, Message)
    assert again.id == queued.id
    assert isinstance(store(stores, load(stores, conversation_id), key="c"), InlineTurn)


def test_inline_turn_recognizes_a_redacted_message(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    turn = store_turn(
        stores, load(stores, conversation_id), key="a", content="secret", side_data=TurnSideData(redacted="•••")
    )
    end_delivery(stores, turn)

    again = store(stores, load(stores, conversation_id), key="a", content="secret")

    assert isinstance(again, Message)
    assert again.id == turn.message.id


def test_first_inline_turn_recognizes_a_message_of_an_earlier_version(deployed: Aws) -> None:
    """Its row does not say that the message has a record."""
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)
    queued, _ = answer_from_the_queue(stores, conversation_id, "a")
    deployed.dynamodb.update_item(
        TableName=deployed.names["SessionsTable"],
        Key={"id": {"S": conversation_id}},
        UpdateExpression="REMOVE recorded_at",
    )
    send_delivered(stores, conversation_id, "b")

    again = store(stores, load(stores, conversation_id), key="a")

    assert isinstance(again, Message)
    assert again.id == queued.id


def count_records(where: Aws, conversation_id: str) -> int:
    response = where.dynamodb.query(
        TableName=where.names["MessageHistoryTable"],
        KeyConditionExpression="session_id = :session AND begins_with(id, :records)",
        ExpressionAttributeValues={":session": {"S": conversation_id}, ":records": {"S": "sent#"}},
    )
    return response["Count"]


def test_messages_have_records_only_when_the_row_is_full(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)

    counts = []
    for number in range(MAX_RECENT_SENDS + 2):
        send_delivered(stores, conversation_id, f"{number}")
        counts.append(count_records(deployed, conversation_id))

    assert counts == [0] * MAX_RECENT_SENDS + [1, 2]

"""How messages are read, rated and moved that inline turns have stored together: for the fake and the adapter."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.adapters.dynamodb.schema import message_history
from conversations.domain import ids
from conversations.domain.dialog import TurnSideData
from conversations.domain.message import Message, Rating
from conversations.domain.principal import Principal
from conversations.domain.texts import MAX_CONTENT_LENGTH
from tests.aws import Aws
from tests.builders import MORNING, a_draft, a_visitor, an_utterance
from tests.integration.stores import Stores, dynamodb_stores, get_tables
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

MAX_REPLIES = message_history.MAX_TURN_MILLISECONDS


def store_delivered_turn(stores: Stores, conversation_id: str, replies: int = 1) -> list[Message]:
    """Store a message with its replies, and return them."""
    answers = [an_utterance(f"{number}", "Prices?") for number in range(replies)]
    turn = store_turn(stores, load(stores, conversation_id), answers=answers)
    end_delivery(stores, turn)
    return [turn.message, *turn.replies]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_page_with_inline_turns_equals_brute_force_search(stores: Stores, data: st.DataObject) -> None:
    conversation_id = create_conversation(stores)
    sent: list[Message] = []
    for replies in data.draw(st.lists(st.sampled_from([-1, 0, 1, 3, MAX_REPLIES, MAX_REPLIES + 1]), max_size=4)):
        if replies < 0:
            sent += answer_from_the_queue(stores, conversation_id)
        else:
            sent += store_delivered_turn(stores, conversation_id, replies)
    corners = [ids.FIRST_ID, ids.LAST_ID]
    corners += [
        corner
        for message in sent
        for corner in (message.id, ids.get_next_id(message.id), ids.get_previous_id(message.id))
    ]

    first, last = data.draw(st.sampled_from(corners)), data.draw(st.sampled_from(corners))
    newest, limit = data.draw(st.booleans()), data.draw(st.integers(1, 12))
    conversation = load(stores, conversation_id).conversation
    page = stores.messages.get_page(conversation, first=first, last=last, newest=newest, limit=limit)

    matching = [message for message in sent if first <= message.id <= last]
    assert list(page.items) == (matching[-limit:] if newest else matching[:limit])
    assert page.has_more == (len(matching) > limit)


@pytest.mark.parametrize("newest", [True, False])
def test_page_within_an_inline_turn_has_what_is_within_its_bounds(stores: Stores, newest: bool) -> None:
    conversation_id = create_conversation(stores)
    _, first, second, _ = store_delivered_turn(stores, conversation_id, replies=3)
    conversation = load(stores, conversation_id).conversation

    page = stores.messages.get_page(conversation, first=first.id, last=second.id, newest=newest, limit=9)

    assert (page.items, page.has_more) == ((first, second), False)


@both_kinds_of_caller
def test_replies_of_an_inline_turn_are_found(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    turn = store_turn(stores, load(stores, conversation_id), owner, answers=[an_utterance("1"), an_utterance("2")])

    dialog = stores.turns.load(conversation_id, turn.message.id)

    assert dialog is not None
    assert dialog.message == turn.message
    assert stores.turns.get_replies(dialog.conversation, dialog.message) == turn.replies


@both_kinds_of_caller
@pytest.mark.parametrize("rating", ["up", None])
def test_each_reply_is_rated_alone(stores: Stores, owner: Principal, rating: Rating | None) -> None:
    conversation_id = create_conversation(stores, owner)
    turn = store_turn(stores, load(stores, conversation_id), owner, answers=[an_utterance("1"), an_utterance("2")])
    first, second = turn.replies
    conversation = load(stores, conversation_id).conversation
    stores.ratings.set_rating(conversation, first.id, "down", MORNING)
    stores.ratings.set_rating(conversation, second.id, "down", MORNING)

    stores.ratings.set_rating(conversation, second.id, rating, MORNING)

    assert list_messages(stores, conversation_id) == [
        turn.message,
        first.model_copy(update={"rating": "down"}),
        second.model_copy(update={"rating": rating}),
    ]


def test_claimed_conversation_has_the_messages_of_its_inline_turns(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    stores.visitors.add_token(conversation_id, "hash")
    turn = store_turn(stores, load(stores, conversation_id), visitor, key="a")

    stores.claims.claim(conversation_id, "hash", ADA.owner, MORNING)

    assert list_messages(stores, conversation_id) == [turn.message, *turn.replies]
    again = stores.messages.append(ADA, conversation_id, a_draft("Hello", client_message_id="a"), MORNING)
    assert again.id == turn.message.id


def list_item_ids(where: Aws, conversation_id: str) -> list[str]:
    table = get_tables(where).message_history
    items = where.dynamodb.query(
        TableName=table,
        KeyConditionExpression="session_id = :session",
        ExpressionAttributeValues={":session": {"S": conversation_id}},
    )["Items"]
    return [item["id"]["S"] for item in items]


@pytest.mark.parametrize(
    ("content", "replies"),
    [("Hello", MAX_REPLIES + 1), ("x" * MAX_CONTENT_LENGTH, 1)],
    ids=["many replies", "long texts"],
)
def test_large_turns_are_stored_as_an_item_per_message(deployed: Aws, content: str, replies: int) -> None:
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)

    turn = store_turn(
        stores, load(stores, conversation_id), content=content, answers=[an_utterance(f"{n}") for n in range(replies)]
    )

    assert list_item_ids(deployed, conversation_id) == [turn.message.id, *(reply.id for reply in turn.replies)]
    assert list_messages(stores, conversation_id) == [turn.message, *turn.replies]


def test_small_turn_is_one_item_also_if_its_message_is_redacted(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)

    turn = store_turn(stores, load(stores, conversation_id), side_data=TurnSideData(redacted="•••"))

    assert list_item_ids(deployed, conversation_id) == [turn.message.id]
    assert list_messages(stores, conversation_id) == [turn.stored, *turn.replies]


def test_replies_that_are_much_later_are_items_of_their_own(deployed: Aws) -> None:
    """A reader looks for the item of a reply only shortly before the reply."""
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)
    dialog = load(stores, conversation_id)
    before = dialog.conversation
    message = a_draft().number(before.id, before.last_seq, before.last_activity, frozenset(), MORNING)
    turn = store(stores, dialog, answers=())
    assert turn is not None
    later = MORNING + timedelta(milliseconds=MAX_REPLIES + 1)
    reply = message.model_copy(update={"id": ids.new_message_id(later, 2), "timestamp": later})

    assert not message_history.fits_one_item(message, [reply])

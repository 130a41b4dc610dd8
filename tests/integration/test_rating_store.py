"""Contract suite of ``RatingStore``, for the fake and the adapter."""

from datetime import timedelta

import pytest

from conversations.adapters.dynamodb.rating_store import DynamoDBRatingStore
from conversations.domain.conversation import Conversation
from conversations.domain.errors import NotFoundError
from conversations.domain.message import Message, Sender
from conversations.domain.principal import Principal
from tests.aws import Aws, run_before_next
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn, dynamodb_stores, get_tables
from tests.integration.test_claim_store import LATER, create_visit, get_conversation, list_messages

ADA = a_user("ada")

both_kinds_of_owner = pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])


def greet(stores: Stores, conversation: Conversation, count: int = 1) -> tuple[Message, ...]:
    """Let the bot greet with some messages."""
    dialog = stores.turns.load(conversation.id)
    assert dialog is not None
    return commit_turn(stores.turns, dialog, [an_utterance(f"{number}") for number in range(count)], {}, MORNING)


@both_kinds_of_owner
def test_rating_is_read_with_the_message_changed_and_removed(stores: Stores, owner: Principal) -> None:
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)
    message, other = greet(stores, conversation, 2)
    current = get_conversation(stores, conversation.id)

    for rating in ("up", "up", "down", None, None):
        stores.ratings.set_rating(current, message.id, rating, MORNING)

        assert list_messages(stores, conversation.id) == (message.model_copy(update={"rating": rating}), other)


def test_rating_does_not_change_the_conversation_of_a_user(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    (message,) = greet(stores, conversation)
    before = get_conversation(stores, conversation.id)

    stores.ratings.set_rating(before, message.id, "up", LATER)

    assert get_conversation(stores, conversation.id) == before


@both_kinds_of_owner
def test_no_message_is_created_or_changed_by_a_refused_rating(stores: Stores, owner: Principal) -> None:
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)
    sent = stores.messages.append(owner, conversation.id, a_draft(), MORNING)
    assert sent.sender is Sender.USER

    for message_id in (sent.id, a_conversation_id()):
        with pytest.raises(NotFoundError):
            stores.ratings.set_rating(get_conversation(stores, conversation.id), message_id, "up", MORNING)

    assert list_messages(stores, conversation.id) == (sent,)


@pytest.mark.parametrize("change", ["expired", "claimed"])
def test_visitor_does_not_rate_after_the_end_of_the_conversation(stores: Stores, change: str) -> None:
    conversation = create_visit(stores)
    (message,) = greet(stores, conversation)
    before = get_conversation(stores, conversation.id)
    if change == "claimed":
        stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    with pytest.raises(NotFoundError):
        stores.ratings.set_rating(before, message.id, "up", MORNING + timedelta(hours=1 if change == "expired" else 0))

    assert [each.rating for each in list_messages(stores, conversation.id)] == [None]


def test_rating_just_before_claim_is_moved(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = create_visit(stores)
    message, *_ = greet(stores, conversation, 60)
    # Not the store of ``stores``, whose requests are serialized by a lock.
    ratings = DynamoDBRatingStore(deployed.dynamodb, get_tables(deployed))
    before = get_conversation(stores, conversation.id)

    run_before_next(
        deployed.dynamodb,
        "TransactWriteItems",
        lambda _: ratings.set_rating(before, message.id, "down", LATER - timedelta(minutes=1)),
    )
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert list_messages(stores, conversation.id)[0].rating == "down"


def test_rating_is_erased_with_its_message(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    (message,) = greet(stores, conversation)
    stores.ratings.set_rating(conversation, message.id, "up", MORNING)
    while not stores.eraser.erase_messages(conversation.id):
        pass

    with pytest.raises(NotFoundError):
        stores.ratings.set_rating(conversation, message.id, "down", MORNING)

    assert list_messages(stores, conversation.id) == ()

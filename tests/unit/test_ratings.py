"""Ratings of the bot's messages, by users and visitors."""

import logging
from datetime import timedelta

import pytest

from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.errors import ConversationsError, ForbiddenError, InvalidRequestError, NotFoundError
from conversations.domain.message import Message, Sender
from conversations.domain.principal import Principal
from tests.builders import MORNING, a_conversation, a_conversation_id, a_message, a_user, a_visitor
from tests.fakes.gateway import InterruptingGateway
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user("ada"), a_visitor()], ids=["user", "visitor"])


def greet(world: World, owner: Principal = ADA, sender: Sender = Sender.BOT) -> tuple[Conversation, Message]:
    """Store a conversation with one message, and two devices of its owner."""
    conversation = world.add_conversation(a_conversation(owner, answered_seq=0))
    world.add_connections(owner, "phone", "laptop")
    message = a_message(conversation.id, sender=sender)
    world.memory.append_messages(conversation, [message])
    return conversation, message


@both_kinds_of_caller
def test_rating_is_stored_and_every_device_is_notified(owner: Principal) -> None:
    world = World()
    conversation, message = greet(world, owner)
    world.add_connections(EVE, "spy")

    rated = world.ratings.rate(owner, conversation.id, message.id, "up")
    world.ratings.rate(owner, conversation.id, message.id, None)

    assert rated.rating == "up"
    removed = {
        "type": "status",
        "status": "rated",
        "session_id": f"session-{conversation.id}",
        "id": f"msg-{message.id}",
    }
    frames = [removed | {"rating": "up"}, removed]
    assert world.gateway.frames == {"phone": frames, "laptop": frames}
    assert world.list_messages(conversation.id) == [message]


def test_rating_leaves_the_conversation_as_it_is() -> None:
    world = World()
    conversation, message = greet(world)
    before = world.memory.conversations[conversation.id]

    world.ratings.rate(ADA, conversation.id, message.id, "down")

    assert world.memory.conversations[conversation.id] == before


def test_message_of_an_archived_conversation_can_be_rated() -> None:
    world = World()
    conversation, message = greet(world)
    world.statuses.set_status(ADA, conversation.id, ConversationStatus.ARCHIVED)

    assert world.ratings.rate(ADA, conversation.id, message.id, "down").rating == "down"


@pytest.mark.parametrize("caller", [EVE, a_visitor()], ids=["another user", "a visitor"])
def test_only_the_owner_rates(caller: Principal) -> None:
    world = World()
    conversation, message = greet(world)

    with pytest.raises(ForbiddenError):
        world.ratings.rate(caller, conversation.id, message.id, "up")

    assert world.list_messages(conversation.id) == [message]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("sender", InvalidRequestError),
        ("unknown", NotFoundError),
        ("expired", NotFoundError),
        ("deleted", NotFoundError),
    ],
)
def test_what_cannot_be_rated_is_refused(change: str, error: type[ConversationsError]) -> None:
    world = World()
    owner = a_visitor() if change == "expired" else ADA
    conversation, message = greet(world, owner, Sender.USER if change == "sender" else Sender.BOT)
    if change == "expired":
        world.clock.forward(seconds=timedelta(hours=1).total_seconds())
    if change == "deleted":
        world.memory.change(conversation.id, deleted=True)

    with pytest.raises(error):
        world.ratings.rate(owner, conversation.id, a_conversation_id() if change == "unknown" else message.id, "up")

    assert world.gateway.frames == {}
    assert world.list_messages(conversation.id) == [message]


def test_last_notification_of_two_racing_ratings_is_right() -> None:
    world = World()
    world.gateway = gateway = InterruptingGateway()
    conversation, message = greet(world)
    gateway.before = lambda: world.ratings.rate(ADA, conversation.id, message.id, "down")

    world.ratings.rate(ADA, conversation.id, message.id, "up")

    assert world.list_messages(conversation.id)[0].rating == "down"
    assert [frames[-1]["rating"] for frames in gateway.frames.values()] == ["down", "down"]


def test_ratings_are_counted_per_bot_and_a_repetition_is_not(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    conversation, message = greet(world)

    with caplog.at_level(logging.INFO):
        for rating in ("up", "up", "down", None):
            world.ratings.rate(ADA, conversation.id, message.id, rating)

    counted = [vars(record) for record in caplog.records if record.message == "rated"]
    assert [(each["bot"], each["rating"], each["Ratings"]) for each in counted] == [
        (conversation.bot_id, "up", 1),
        (conversation.bot_id, "down", 1),
    ]
    assert world.gateway.types("phone") == ["rated"] * 4, "a client that repeats its request gets its answer"


def test_claim_keeps_ratings_and_the_user_can_change_them() -> None:
    world = World()
    visitor = a_visitor()
    conversation, message = greet(world, visitor)
    world.ratings.rate(visitor, conversation.id, message.id, "up")
    world.memory.change(conversation.id, owner=ADA.owner, expires_at=None)
    world.memory.history[conversation.id] = world.memory.visitor_messages.pop(conversation.id)

    assert world.ratings.rate(ADA, conversation.id, message.id, "up").rating == "up"
    assert world.history.page(ADA, conversation.id, limit=1, before=None, after=None).items[0].rating == "up"
    assert message.timestamp == MORNING

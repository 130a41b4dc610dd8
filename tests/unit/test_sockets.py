"""Opening and closing sockets: which conversation a device gets."""

from datetime import timedelta

import pytest

from conversations.domain.connection import Connection
from conversations.domain.conversation import ConversationStatus
from conversations.domain.errors import ForbiddenError, NotFoundError, UnavailableError
from conversations.domain.jobs import WelcomeJob
from tests.builders import MORNING, a_bot, a_conversation, a_draft, a_session_id, a_user, a_visitor
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")


def test_a_new_visitor_gets_a_conversation_with_the_default_bot() -> None:
    world = World(a_bot("default", name="General Bot"))
    visitor = a_visitor()

    conversation = world.sockets.connect(visitor, "phone", bot_id=None, session_id=None, address=ADDRESS)

    assert conversation.id == visitor.session_id
    assert (conversation.bot_id, conversation.bot_name) == ("default", "General Bot")
    assert conversation.expires_at == MORNING + timedelta(minutes=30)
    assert world.memory.conversations == {conversation.id: conversation}


def test_a_visitor_who_comes_back_goes_on_where_they_were() -> None:
    world = World()
    visitor = a_visitor()
    first = world.sockets.connect(visitor, "phone", bot_id=None, session_id=None, address=ADDRESS)
    world.messages.send(visitor, first.id, a_draft())
    world.clock.forward(minutes=29)

    again = world.sockets.connect(visitor, "laptop", bot_id="default", session_id=None, address=ADDRESS)

    assert (again.id, again.last_seq) == (first.id, 1)
    assert again.expires_at == first.expires_at


def test_a_visitor_whose_conversation_has_ended_cannot_come_back() -> None:
    world = World()
    visitor = a_visitor()
    world.sockets.connect(visitor, "phone", bot_id=None, session_id=None, address=ADDRESS)
    world.clock.forward(minutes=30)

    with pytest.raises(NotFoundError):
        world.sockets.connect(visitor, "laptop", bot_id=None, session_id=None, address=ADDRESS)

    assert world.sockets_table.get(visitor.owner, "laptop") is None


@pytest.mark.parametrize("bot_id", ["bot-123", "bot-999"])
def test_a_visitor_talks_to_no_other_bot_and_does_not_learn_which_there_are(bot_id: str) -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    visitor = a_visitor()

    with pytest.raises(ForbiddenError, match="default bot only"):
        world.sockets.connect(visitor, "phone", bot_id=bot_id, session_id=None, address=ADDRESS)

    assert world.memory.conversations == {}
    assert world.work() == []


def test_a_visitor_gets_no_other_conversation_by_naming_it() -> None:
    world = World()
    hers = world.holds(a_conversation(ADA))
    visitor = a_visitor()

    conversation = world.sockets.connect(visitor, "phone", bot_id=None, session_id=hers.id, address=ADDRESS)

    assert conversation.id == visitor.session_id != hers.id


def test_a_user_gets_the_conversation_they_name() -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    named = world.holds(a_conversation(ADA, bot_id="bot-123"))
    world.holds(a_conversation(ADA, last_activity=MORNING + timedelta(hours=1)))

    assert world.sockets.connect(ADA, "phone", bot_id=None, session_id=named.id, address=ADDRESS) == named


def test_a_user_may_look_at_an_archived_conversation() -> None:
    world = World()
    archived = world.holds(a_conversation(ADA, status=ConversationStatus.ARCHIVED))

    assert world.sockets.connect(ADA, "phone", bot_id=None, session_id=archived.id, address=ADDRESS) == archived


def test_a_user_gets_nobody_elses_conversation() -> None:
    world = World()
    hers = world.holds(a_conversation(ADA))

    with pytest.raises(ForbiddenError):
        world.sockets.connect(EVE, "phone", bot_id=None, session_id=hers.id, address=ADDRESS)

    assert world.memory.sockets == {}
    assert world.work() == []


def test_a_user_cannot_name_a_conversation_that_never_was() -> None:
    world = World()

    with pytest.raises(NotFoundError):
        world.sockets.connect(ADA, "phone", bot_id=None, session_id=a_session_id(), address=ADDRESS)

    assert world.memory.sockets == {}


def test_a_user_who_names_none_goes_on_with_the_one_used_last() -> None:
    world = World()
    world.holds(a_conversation(ADA))
    newest = world.holds(a_conversation(ADA, last_activity=MORNING + timedelta(minutes=2)))
    world.holds(a_conversation(ADA, last_activity=MORNING + timedelta(minutes=1)))

    assert world.sockets.connect(ADA, "phone", bot_id=None, session_id=None, address=ADDRESS) == newest


def test_a_user_who_names_a_bot_goes_on_with_that_bot() -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    with_the_bot = world.holds(a_conversation(ADA, bot_id="bot-123"))
    world.holds(a_conversation(ADA, last_activity=MORNING + timedelta(minutes=2)))

    assert world.sockets.connect(ADA, "phone", bot_id="bot-123", session_id=None, address=ADDRESS) == with_the_bot


@pytest.mark.parametrize("bot_id", [None, "bot-123"])
def test_a_user_without_an_active_conversation_gets_a_new_one(bot_id: str | None) -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    archived = ConversationStatus.ARCHIVED
    old = world.holds(a_conversation(ADA, bot_id=bot_id or "default", status=archived))
    other = world.holds(a_conversation(EVE, bot_id=bot_id or "default"))

    conversation = world.sockets.connect(ADA, "phone", bot_id=bot_id, session_id=None, address=ADDRESS)

    assert conversation.id not in (old.id, other.id)
    assert (conversation.owner, conversation.bot_id) == (ADA.owner, bot_id or "default")
    assert conversation.expires_at is None
    assert world.memory.conversations[conversation.id] == conversation


def test_a_user_cannot_talk_to_a_bot_that_is_not_there() -> None:
    world = World()

    with pytest.raises(NotFoundError, match="bot does not exist"):
        world.sockets.connect(ADA, "phone", bot_id="bot-999", session_id=None, address=ADDRESS)


def test_a_socket_is_remembered_until_api_gateway_closes_it() -> None:
    world = World()

    conversation = world.sockets.connect(ADA, "phone", bot_id=None, session_id=None, address=ADDRESS)

    assert world.sockets_table.get(ADA.owner, "phone") == Connection(
        owner=ADA.owner,
        connection_id="phone",
        session_id=conversation.id,
        opened_at=MORNING,
        expires_at=MORNING + timedelta(hours=2),
    )


def test_a_socket_is_welcomed_through_the_queue() -> None:
    world = World()

    conversation = world.sockets.connect(ADA, "phone", bot_id=None, session_id=None, address=ADDRESS)

    assert world.work() == [WelcomeJob(session_id=conversation.id, connection_id="phone")]
    assert world.gateway.told == {}


def test_a_socket_that_cannot_be_welcomed_is_not_opened() -> None:
    world = World()
    world.queue.refusals = 1

    with pytest.raises(UnavailableError):
        world.sockets.connect(ADA, "phone", bot_id=None, session_id=None, address=ADDRESS)


def test_a_closed_socket_is_forgotten_and_no_other() -> None:
    world = World()
    world.devices(ADA, "phone", "laptop")
    world.devices(EVE, "phone")

    for _ in range(2):
        world.sockets.disconnect(ADA, "phone")

    assert set(world.memory.sockets) == {(ADA.owner, "laptop"), (EVE.owner, "phone")}


def test_a_device_has_the_conversation_it_was_opened_for() -> None:
    world = World()
    named = world.holds(a_conversation(ADA))
    world.sockets.connect(ADA, "phone", bot_id=None, session_id=named.id, address=ADDRESS)

    assert world.sockets.get_default_conversation_id(ADA, "phone") == named.id


def test_a_visitors_device_has_the_visitors_conversation() -> None:
    visitor = a_visitor()

    assert World().sockets.get_default_conversation_id(visitor, "phone") == visitor.session_id


def test_a_device_nobody_knows_has_no_conversation() -> None:
    world = World()
    world.devices(EVE, "phone")

    with pytest.raises(NotFoundError, match="Connect again"):
        world.sockets.get_default_conversation_id(ADA, "phone")

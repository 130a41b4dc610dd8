"""Opening and closing connections: which conversation a connection gets."""

from datetime import timedelta

import pytest

from conversations.domain.connection import Connection
from conversations.domain.conversation import ConversationStatus
from conversations.domain.errors import ForbiddenError, NotFoundError, RateLimitedError, UnavailableError
from conversations.domain.jobs import WelcomeJob
from conversations.domain.limits import ACTIONS
from conversations.domain.principal import Principal, visitor_principal
from conversations.services.sockets import MAX_CONNECTIONS
from tests.builders import MORNING, a_bot, a_conversation, a_conversation_id, a_draft, a_user, a_visitor
from tests.fakes.memory import InMemoryRateLimiter
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")


def test_new_visitor_gets_a_conversation_with_the_default_bot() -> None:
    world = World(a_bot("default", name="General Bot"))
    visitor = a_visitor()

    conversation = world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    assert conversation.id == visitor.conversation_id
    assert (conversation.bot_id, conversation.bot_name) == ("default", "General Bot")
    assert conversation.expires_at == MORNING + timedelta(minutes=30)
    assert world.memory.conversations == {conversation.id: conversation}


def test_reconnecting_visitor_gets_the_same_conversation() -> None:
    world = World()
    visitor = a_visitor()
    first = world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.clock.forward(minutes=1)
    world.messages.send(visitor, first.id, a_draft())
    world.clock.forward(minutes=29)

    again = world.sockets.connect(visitor, "laptop", bot_id="default", conversation_id=None, address=ADDRESS)

    assert (again.id, again.last_seq) == (first.id, 1)
    assert again.expires_at == (first.expires_at or MORNING) + timedelta(minutes=1)


def test_visitor_cannot_reconnect_to_an_expired_conversation() -> None:
    world = World()
    visitor = a_visitor()
    world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.clock.forward(minutes=30)

    with pytest.raises(NotFoundError):
        world.sockets.connect(visitor, "laptop", bot_id=None, conversation_id=None, address=ADDRESS)

    assert world.connections.get(visitor.owner, "laptop") is None


@pytest.mark.parametrize("bot_id", ["bot-123", "bot-999"])
def test_visitor_is_refused_other_bots_whether_they_exist_or_not(bot_id: str) -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    visitor = a_visitor()

    with pytest.raises(ForbiddenError, match="only talk to the default bot"):
        world.sockets.connect(visitor, "phone", bot_id=bot_id, conversation_id=None, address=ADDRESS)

    assert world.memory.conversations == {}
    assert world.list_jobs() == []


def test_visitor_chooses_a_listed_bot() -> None:
    world = World(a_bot("default"), a_bot("bot-123", name="Shop"))
    world.visitor_bots = frozenset({"bot-123"})
    visitor = a_visitor()

    conversation = world.sockets.connect(visitor, "phone", bot_id="bot-123", conversation_id=None, address=ADDRESS)

    assert (conversation.bot_id, conversation.bot_name) == ("bot-123", "Shop")
    assert world.memory.conversations == {conversation.id: conversation}


def test_visitor_returns_to_the_conversation_whichever_bot_the_handshake_names() -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    world.visitor_bots = frozenset({"bot-123"})
    visitor = a_visitor()
    first = world.sockets.connect(visitor, "phone", bot_id="bot-123", conversation_id=None, address=ADDRESS)

    returning = visitor_principal(first.id, token_hash="0" * 64)
    for bot_id in (None, "default", "bot-123"):
        again = world.sockets.connect(returning, "laptop", bot_id=bot_id, conversation_id=None, address=ADDRESS)
        assert (again.id, again.bot_id) == (first.id, "bot-123")


def test_visitor_is_refused_a_listed_bot_for_users_only() -> None:
    world = World(a_bot("default"), a_bot("office", access="users"))
    world.visitor_bots = frozenset({"office"})

    with pytest.raises(ForbiddenError, match="do not have access to this bot"):
        world.sockets.connect(a_visitor(), "phone", bot_id="office", conversation_id=None, address=ADDRESS)


def test_visitor_cannot_return_to_a_bot_that_is_for_users_by_now() -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    world.visitor_bots = frozenset({"bot-123"})
    visitor = a_visitor()
    first = world.sockets.connect(visitor, "phone", bot_id="bot-123", conversation_id=None, address=ADDRESS)
    returning = visitor_principal(first.id, token_hash="0" * 64)
    world.memory.bots["bot-123"] = a_bot("bot-123", access="users")

    with pytest.raises(ForbiddenError, match="do not have access to this bot"):
        world.sockets.connect(returning, "laptop", bot_id=None, conversation_id=None, address=ADDRESS)


@pytest.mark.parametrize("owner", [ADA, a_visitor(), None], ids=["user", "other visitor", "nobody"])
def test_visitor_is_refused_another_conversation_whether_it_exists_or_not(owner: Principal | None) -> None:
    world = World()
    other_id = a_conversation_id() if owner is None else world.add_conversation(a_conversation(owner)).id
    visitor = a_visitor()

    with pytest.raises(ForbiddenError, match="do not have access to this conversation"):
        world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=other_id, address=ADDRESS)

    assert visitor.conversation_id not in world.memory.conversations
    assert world.list_jobs() == []


def test_visitor_may_name_their_own_conversation() -> None:
    world = World()
    visitor = a_visitor()
    first = world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    again = world.sockets.connect(visitor, "laptop", bot_id=None, conversation_id=first.id, address=ADDRESS)

    assert again == first


@pytest.mark.parametrize("ended", ["archived", "deleted"])
def test_stale_list_does_not_give_a_connection_an_ended_conversation(ended: str) -> None:
    world = World()
    old = world.add_conversation(a_conversation(ADA))
    if ended == "archived":
        world.statuses.set_status(ADA, old.id, ConversationStatus.ARCHIVED)
    else:
        world.memory.change(old.id, deleted=True)
    world.stale_newest_id = old.id

    conversation = world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    assert conversation.id != old.id
    assert conversation.accepts_messages


def test_user_gets_the_requested_conversation() -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    named = world.add_conversation(a_conversation(ADA, bot_id="bot-123"))
    world.add_conversation(a_conversation(ADA, last_activity=MORNING + timedelta(hours=1)))

    assert world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=named.id, address=ADDRESS) == named


def test_user_can_connect_to_an_archived_conversation() -> None:
    world = World()
    archived = world.add_conversation(a_conversation(ADA, status=ConversationStatus.ARCHIVED))

    assert world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=archived.id, address=ADDRESS) == archived


def test_user_cannot_connect_to_the_conversation_of_another_user() -> None:
    world = World()
    hers = world.add_conversation(a_conversation(ADA))

    with pytest.raises(ForbiddenError):
        world.sockets.connect(EVE, "phone", bot_id=None, conversation_id=hers.id, address=ADDRESS)

    assert world.memory.sockets == {}
    assert world.list_jobs() == []


def test_user_cannot_connect_to_an_unknown_conversation() -> None:
    world = World()

    with pytest.raises(NotFoundError):
        world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=a_conversation_id(), address=ADDRESS)

    assert world.memory.sockets == {}


def test_user_gets_the_most_recent_conversation_by_default() -> None:
    world = World()
    world.add_conversation(a_conversation(ADA))
    newest = world.add_conversation(a_conversation(ADA, last_activity=MORNING + timedelta(minutes=2)))
    world.add_conversation(a_conversation(ADA, last_activity=MORNING + timedelta(minutes=1)))

    assert world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS) == newest


def test_user_gets_the_most_recent_conversation_with_the_requested_bot() -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    with_the_bot = world.add_conversation(a_conversation(ADA, bot_id="bot-123"))
    world.add_conversation(a_conversation(ADA, last_activity=MORNING + timedelta(minutes=2)))

    assert world.sockets.connect(ADA, "phone", bot_id="bot-123", conversation_id=None, address=ADDRESS) == with_the_bot


@pytest.mark.parametrize("bot_id", [None, "bot-123"])
def test_user_without_an_active_conversation_gets_a_new_one(bot_id: str | None) -> None:
    world = World(a_bot("default"), a_bot("bot-123"))
    archived = ConversationStatus.ARCHIVED
    old = world.add_conversation(a_conversation(ADA, bot_id=bot_id or "default", status=archived))
    other = world.add_conversation(a_conversation(EVE, bot_id=bot_id or "default"))

    conversation = world.sockets.connect(ADA, "phone", bot_id=bot_id, conversation_id=None, address=ADDRESS)

    assert conversation.id not in (old.id, other.id)
    assert (conversation.owner, conversation.bot_id) == (ADA.owner, bot_id or "default")
    assert conversation.expires_at is None
    assert world.memory.conversations[conversation.id] == conversation


def test_user_cannot_connect_to_an_unknown_bot() -> None:
    world = World()

    with pytest.raises(NotFoundError, match="bot does not exist"):
        world.sockets.connect(ADA, "phone", bot_id="bot-999", conversation_id=None, address=ADDRESS)


def test_connection_is_stored_until_api_gateway_closes_it() -> None:
    world = World()

    conversation = world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    assert world.connections.get(ADA.owner, "phone") == Connection(
        owner=ADA.owner,
        connection_id="phone",
        conversation_id=conversation.id,
        opened_at=MORNING,
        expires_at=MORNING + timedelta(hours=2),
    )


def test_first_frame_is_sent_by_a_queued_job() -> None:
    world = World()

    conversation = world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    assert world.list_jobs() == [WelcomeJob(conversation_id=conversation.id, connection_id="phone", owner=ADA.owner)]
    assert world.gateway.frames == {}


def test_connect_fails_if_the_first_frame_cannot_be_queued() -> None:
    world = World()
    world.queue.refusals = 1

    with pytest.raises(UnavailableError):
        world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)


def test_disconnect_removes_only_that_connection() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")
    world.add_connections(EVE, "phone")

    for _ in range(2):
        world.sockets.disconnect(ADA, "phone")

    assert set(world.memory.sockets) == {(ADA.owner, "laptop"), (EVE.owner, "phone")}


def test_connection_has_the_conversation_it_was_opened_for() -> None:
    world = World()
    named = world.add_conversation(a_conversation(ADA))
    world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=named.id, address=ADDRESS)

    assert world.sockets.get_default_conversation_id(ADA, "phone") == named.id


def test_connection_of_a_visitor_has_the_visitors_conversation() -> None:
    visitor = a_visitor()

    assert World().sockets.get_default_conversation_id(visitor, "phone") == visitor.conversation_id


def test_unknown_connection_has_no_conversation() -> None:
    world = World()
    world.add_connections(EVE, "phone")

    with pytest.raises(NotFoundError, match="Connect again"):
        world.sockets.get_default_conversation_id(ADA, "phone")


def connect(world: World, name: str, principal: Principal = ADA) -> None:
    world.sockets.connect(principal, name, bot_id=None, conversation_id=None, address=ADDRESS)
    world.clock.forward(seconds=1)


@pytest.mark.parametrize("principal", [ADA, a_visitor()], ids=["user", "visitor"])
def test_oldest_connection_is_closed_with_reason(principal: Principal) -> None:
    world = World()
    for number in range(MAX_CONNECTIONS + 1):
        # A visitor's address opens 10 connections a minute.
        world.clock.forward(seconds=7)
        connect(world, f"tab {number}", principal)

    assert world.gateway.closed == ["tab 0"]
    (frame,) = world.gateway.frames["tab 0"]
    assert (frame["type"], frame["error"]) == ("error", "rate_limited")
    assert "more than 20 connections" in frame["message"]
    assert len(world.connections.list_by_owner(principal.owner)) == MAX_CONNECTIONS


def test_closed_connection_that_was_never_reported_is_forgotten() -> None:
    world = World()
    for number in range(MAX_CONNECTIONS):
        connect(world, f"tab {number}")
    world.gateway.gone.add("tab 0")

    connect(world, "new tab")

    assert world.connections.get(ADA.owner, "tab 0") is None
    assert world.connections.get(ADA.owner, "new tab") is not None


def test_connection_limit_does_not_affect_other_owners() -> None:
    world = World()
    connect(world, "bystander", EVE)
    for number in range(MAX_CONNECTIONS + 3):
        connect(world, f"tab {number}")

    assert world.connections.get(EVE.owner, "bystander") is not None


def test_connections_of_user_count_as_actions() -> None:
    world = World()
    for number in range(ACTIONS.limit):
        world.sockets.connect(ADA, f"tab {number}", bot_id=None, conversation_id=None, address=ADDRESS)

    with pytest.raises(RateLimitedError):
        connect(world, "one too many")

    connect(world, "bystander", EVE)


def test_refused_connection_is_not_counted() -> None:
    world = World()
    for _ in range(15):
        with pytest.raises(ForbiddenError):
            world.sockets.connect(a_visitor(), "phone", bot_id="bot-9", conversation_id=None, address=ADDRESS)
    with pytest.raises(NotFoundError):
        world.sockets.connect(ADA, "phone", bot_id="bot-9", conversation_id=None, address=ADDRESS)

    connect(world, "phone", a_visitor())
    assert InMemoryRateLimiter(world.memory).acquire(ACTIONS, ADA.owner, MORNING).remaining == ACTIONS.limit - 1

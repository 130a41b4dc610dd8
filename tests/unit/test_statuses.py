"""Status frames: every device learns of archive, reopen and delete; ``connected`` reports what a device missed."""

from collections.abc import Callable

import pytest

from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.errors import ForbiddenError
from conversations.domain.jobs import GreetJob, WelcomeJob
from conversations.domain.principal import Principal, visitor_principal
from conversations.domain.secrets import hash_secret
from tests.builders import MORNING, a_conversation, a_draft, a_socket, a_user, a_visitor, a_visitor_token
from tests.fakes.gateway import InterruptingGateway
from tests.fakes.memory import InMemoryVisitorTokenStore
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")
ARCHIVED, ACTIVE = ConversationStatus.ARCHIVED, ConversationStatus.ACTIVE


def welcome(world: World, conversation: Conversation, owner: Principal) -> None:
    world.turn_service.handle(WelcomeJob(conversation_id=conversation.id, connection_id="phone", owner=owner.owner))


def create_visit(world: World) -> tuple[Conversation, Principal, Callable[[], object]]:
    """Store a visitor's conversation whose bot has greeted; return also its claim by Ada."""
    visitor = a_visitor()
    conversation = world.add_conversation(a_conversation(visitor, answered_seq=0))
    token = a_visitor_token(conversation.id)
    InMemoryVisitorTokenStore(world.memory).add_token(conversation.id, hash_secret(token))
    return conversation, visitor, lambda: world.claims.claim(ADA, token)


# -------------------------------------------------------------------------------------- archive, reopen, delete


@pytest.mark.parametrize(("status", "word"), [(ARCHIVED, "archived"), (ACTIVE, "reopened")])
def test_every_device_is_notified_of_the_status(status: ConversationStatus, word: str) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.add_connections(EVE, "spy")

    world.statuses.set_status(ADA, conversation.id, status)

    frame = {
        "type": "status",
        "status": word,
        "session_id": f"session-{conversation.id}",
        "conversation_id": f"conv-{conversation.id}",
    }
    assert world.gateway.frames == {"phone": [frame], "laptop": [frame]}


def test_foreign_status_is_not_changed_and_not_reported() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")

    with pytest.raises(ForbiddenError):
        world.statuses.set_status(EVE, conversation.id, ARCHIVED)

    assert world.gateway.frames == {}


def test_last_notification_of_two_racing_changes_is_right() -> None:
    world = World()
    world.gateway = gateway = InterruptingGateway()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    # The other request writes later and notifies earlier.
    gateway.before = lambda: world.statuses.set_status(ADA, conversation.id, ACTIVE)

    world.statuses.set_status(ADA, conversation.id, ARCHIVED)

    assert world.memory.conversations[conversation.id].status is ACTIVE
    assert world.gateway.types("phone") == ["reopened", "archived", "reopened"]


def test_deletion_that_races_with_archive_is_notified_last() -> None:
    world = World()
    world.gateway = gateway = InterruptingGateway()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    gateway.before = lambda: world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 9)

    world.statuses.set_status(ADA, conversation.id, ARCHIVED)

    assert world.gateway.types("phone")[-1] == "deleted"


def test_every_device_is_notified_of_deletion_before_the_erasure() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    for number in range(6):
        world.messages.send(ADA, conversation.id, a_draft(f"{number}"))

    world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 0)

    assert world.list_messages(conversation.id) != []
    assert world.gateway.types("phone") == world.gateway.types("laptop") == ["deleted"]


# ------------------------------------------------------------------------------------------------------- rename


def test_every_device_is_notified_of_the_title_and_of_its_removal() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.add_connections(EVE, "spy")

    world.statuses.set_title(ADA, conversation.id, "My order")
    world.statuses.set_title(ADA, conversation.id, "")

    removed = {
        "type": "status",
        "status": "renamed",
        "session_id": f"session-{conversation.id}",
        "conversation_id": f"conv-{conversation.id}",
    }
    frames = [removed | {"title": "My order"}, removed]
    assert world.gateway.frames == {"phone": frames, "laptop": frames}


def test_foreign_conversation_is_not_renamed() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))

    with pytest.raises(ForbiddenError):
        world.statuses.set_title(EVE, conversation.id, "Mine")

    assert world.memory.conversations[conversation.id] == conversation


def test_last_notification_of_two_racing_titles_is_right() -> None:
    world = World()
    world.gateway = gateway = InterruptingGateway()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    gateway.before = lambda: world.statuses.set_title(ADA, conversation.id, "Second")

    world.statuses.set_title(ADA, conversation.id, "First")

    assert [frame["title"] for frame in gateway.frames["phone"]] == ["Second", "First", "Second"]


def test_deletion_that_races_with_a_title_is_notified_last() -> None:
    world = World()
    world.gateway = gateway = InterruptingGateway()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    gateway.before = lambda: world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 9)

    world.statuses.set_title(ADA, conversation.id, "Mine")

    assert world.gateway.types("phone")[-1] == "deleted"


# ---------------------------------------------------------------------------------------------------- connected


def test_connection_to_archived_conversation_is_notified() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA, status=ARCHIVED, answered_seq=0))
    world.add_connections(ADA, "phone")

    welcome(world, conversation, ADA)

    assert world.gateway.types("phone") == ["connected", "archived"]


def test_connection_learns_what_changed_while_it_opened() -> None:
    world = World()
    world.gateway = gateway = InterruptingGateway()
    conversation = world.add_conversation(a_conversation(ADA, answered_seq=0))
    world.connections.add(a_socket(ADA, "phone", opened_at=MORNING))
    # Not open yet: it misses what is sent to all connections.
    gateway.opening["phone"] = 2
    gateway.before = lambda: world.statuses.set_status(ADA, conversation.id, ARCHIVED)

    welcome(world, conversation, ADA)

    assert world.gateway.types("phone") == ["connected", "archived"]


def test_connection_to_deleted_conversation_is_notified() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    world.memory.conversations.clear()

    welcome(world, conversation, ADA)

    assert world.gateway.types("phone") == ["deleted"]


def test_visitors_connection_to_expired_conversation_is_notified() -> None:
    world = World()
    conversation, visitor, _ = create_visit(world)
    world.add_connections(visitor, "phone")
    world.clock.forward(minutes=30)

    welcome(world, conversation, visitor)

    assert world.gateway.types("phone") == ["expired"]


def test_visitors_connection_to_claimed_conversation_is_notified_and_closed() -> None:
    world = World()
    conversation, visitor, claim = create_visit(world)
    world.gateway.opening["phone"] = 1
    world.add_connections(visitor, "phone")
    claim()

    welcome(world, conversation, visitor)

    assert world.gateway.types("phone") == ["claimed"]
    assert world.gateway.closed == ["phone"]
    assert world.connections.list_by_owner(visitor.owner) == ()


def test_visitors_connection_learns_of_claim_while_it_opened() -> None:
    world = World()
    world.gateway = gateway = InterruptingGateway()
    conversation, visitor, claim = create_visit(world)
    world.connections.add(a_socket(visitor, "phone", opened_at=MORNING))
    gateway.opening["phone"] = 2
    gateway.before = claim

    welcome(world, conversation, visitor)

    assert world.gateway.types("phone") == ["connected", "claimed"]
    assert world.gateway.closed == ["phone"]


def test_job_of_earlier_version_has_no_owner() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA, answered_seq=0))
    world.add_connections(ADA, "phone")

    world.turn_service.handle(WelcomeJob(conversation_id=conversation.id, connection_id="phone"))

    assert world.gateway.types("phone") == ["connected"]


def test_claim_closes_the_visitors_connections() -> None:
    world = World()
    conversation, visitor, claim = create_visit(world)
    world.add_connections(visitor, "phone", "tab")

    claim()

    assert world.gateway.types("phone") == world.gateway.types("tab") == ["claimed"]
    assert sorted(world.gateway.closed) == ["phone", "tab"]
    assert world.connections.list_by_owner(visitor_principal(conversation.id).owner) == ()


def test_redelivered_greeting_is_sent_again() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.turn_service.handle(GreetJob(conversation_id=conversation.id))
    world.add_connections(ADA, "phone")

    world.turn_service.handle(GreetJob(conversation_id=conversation.id))

    assert world.gateway.types("phone") == ["message"]
    assert len(world.engine.turns) == 1

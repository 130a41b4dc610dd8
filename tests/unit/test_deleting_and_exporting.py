"""Deleting, exporting and tickets, by what a user sees."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from conversations.domain.conversation import Conversation, ConversationStatus, ExportCursor, ListFilter
from conversations.domain.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from conversations.domain.jobs import ErasureJob
from conversations.domain.memory import MemoryCursor, MemoryKey, build_memory_key
from conversations.domain.principal import Principal
from conversations.services.export import PAGE_MEMORIES, PAGE_MESSAGES
from tests.builders import MORNING, a_bot, a_conversation, a_draft, a_session_id, a_user
from tests.fakes.memory import InMemoryMemoryStore
from tests.fakes.world import ADDRESS, World

if TYPE_CHECKING:
    from pydantic import JsonValue

    from conversations.domain.message import Message

ADA, EVE = a_user("ada"), a_user("eve")
STAFF = a_user("sam", "staff")


def plenty() -> float:
    return 20


def for_some_pieces(pieces: int) -> Callable[[], float]:
    """Return a clock of an invocation that ends after some pieces of work."""
    asked = count()
    return lambda: float(pieces - next(asked))


def a_talk(world: World, owner: Principal = ADA, messages: int = 3, **fields: object) -> Conversation:
    conversation = world.holds(a_conversation(owner).model_copy(update=fields))
    for number in range(messages):
        world.messages.send(owner, conversation.id, a_draft(f"{number}"))
    world.memory.work.clear()
    return conversation


def exported(world: World, who: Principal) -> list[tuple[str, list[str]]]:
    """Walk an export to its end; return the conversations with what was said in them."""
    found: dict[str, list[Message]] = {}
    place: ExportCursor | MemoryCursor | None = None
    while True:
        page = world.export.page(who, place)
        if page.conversation is not None:
            found.setdefault(page.conversation.id, []).extend(page.messages)
        place = page.next
        if place is None:
            return [(session_id, [each.content for each in messages]) for session_id, messages in found.items()]


# ------------------------------------------------------------------------------------------------ one conversation
def test_a_deleted_conversation_is_gone_for_every_later_request() -> None:
    world = World()
    conversation = a_talk(world)

    world.erasure.delete_conversation(ADA, conversation.id, time_left=plenty)

    for request in (
        lambda: world.conversations.get(ADA, conversation.id),
        lambda: world.history.page(ADA, conversation.id, limit=9, before=None, after=None),
        lambda: world.messages.send(ADA, conversation.id, a_draft()),
        lambda: world.conversations.set_status(ADA, conversation.id, ConversationStatus.ARCHIVED),
        lambda: world.erasure.delete_conversation(ADA, conversation.id, time_left=plenty),
        lambda: world.sockets.connect(ADA, "phone", bot_id=None, session_id=conversation.id, address=ADDRESS),
    ):
        with pytest.raises(NotFoundError):
            request()
    assert world.stored(conversation.id) == []
    assert world.conversations.list_by_owner(ADA, ListFilter(), limit=9, offset=0, after=None).total == 0


def test_somebody_elses_conversation_cannot_be_deleted() -> None:
    world = World()
    conversation = a_talk(world)

    with pytest.raises(ForbiddenError):
        world.erasure.delete_conversation(EVE, conversation.id, time_left=plenty)

    assert len(world.stored(conversation.id)) == 3


def test_what_does_not_fit_into_the_request_is_unfindable_at_once_and_erased_by_the_queue() -> None:
    world = World()
    conversation = a_talk(world, messages=20)

    world.erasure.delete_conversation(ADA, conversation.id, time_left=for_some_pieces(2))

    with pytest.raises(NotFoundError):
        world.conversations.get(ADA, conversation.id)
    assert world.stored(conversation.id) != []
    rounds = 0
    while world.memory.erasures:
        world.erasure.resume(world.memory.erasures.pop(0), time_left=for_some_pieces(2))
        rounds += 1
    assert rounds > 1
    assert world.stored(conversation.id) == []
    assert conversation.id not in world.memory.conversations


def test_a_deletion_whose_process_died_is_finished_by_the_queue() -> None:
    world = World()
    conversation = a_talk(world)
    world.memory.conversations[conversation.id] = conversation.model_copy(update={"deleted": True})

    world.erasure.resume(
        ErasureJob(owner=ADA.owner, session_id=conversation.id, requested_at=MORNING), time_left=plenty
    )

    assert conversation.id not in world.memory.conversations
    assert world.stored(conversation.id) == []


def test_a_deletion_that_was_cut_is_finished_by_repeating_it() -> None:
    world = World()
    conversation = a_talk(world)
    # The process died behind the mark.
    world.memory.conversations[conversation.id] = conversation.model_copy(update={"deleted": True})

    world.erasure.delete_conversation(ADA, conversation.id, time_left=plenty)

    assert conversation.id not in world.memory.conversations
    assert world.stored(conversation.id) == []


def test_a_bot_that_is_just_answering_says_nothing_into_a_deleted_conversation() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.messages.send(ADA, conversation.id, a_draft())

    world.erasure.delete_conversation(ADA, conversation.id, time_left=plenty)
    world.run_the_bots()

    assert world.stored(conversation.id) == []
    assert world.memory.states == {}


# ------------------------------------------------------------------------------------------------ everything
def test_a_user_who_is_forgotten_leaves_nothing_and_everybody_else_stays() -> None:
    world = World()
    for number in range(60):
        a_talk(world, messages=1, last_activity=MORNING + timedelta(seconds=number))
    kept = a_talk(world, EVE)
    world.devices(ADA, "phone", "laptop")
    world.devices(EVE, "tablet")
    world.memory.remembered |= {build_memory_key("default", f"name {n}", ADA.owner): "1" for n in range(5)}
    world.memory.remembered[build_memory_key("default", "name", EVE.owner)] = "1"

    assert world.erasure.delete_user(ADA, time_left=plenty)

    assert set(world.memory.remembered) == {build_memory_key("default", "name", EVE.owner)}
    assert set(world.memory.conversations) == {kept.id}
    assert set(world.memory.history) == {kept.id}
    assert [connection_id for _, connection_id in world.memory.sockets] == ["tablet"]
    assert sorted(world.gateway.closed) == ["laptop", "phone"]
    assert exported(world, ADA) == []
    assert world.erasure.delete_user(ADA, time_left=plenty), "forgetting twice is nothing"


def test_forgetting_a_user_with_very_much_goes_on_by_itself() -> None:
    world = World()
    for number in range(10):
        a_talk(world, messages=5, last_activity=MORNING + timedelta(seconds=number))

    assert not world.erasure.delete_user(ADA, time_left=for_some_pieces(3))

    assert ErasureJob(owner=ADA.owner, requested_at=MORNING) in world.memory.erasures
    while world.memory.erasures:
        world.erasure.resume(world.memory.erasures.pop(0), time_left=for_some_pieces(5))
    assert world.memory.conversations == {}
    assert world.memory.history == {}


def test_what_a_user_begins_after_asking_to_be_forgotten_stays() -> None:
    world = World()
    for number in range(10):
        a_talk(world, messages=5, last_activity=MORNING + timedelta(seconds=number))
    world.erasure.delete_user(ADA, time_left=for_some_pieces(3))
    world.clock.forward(minutes=1)
    begun = world.conversations.start(ADA, bot_id=None, initial_message="Hello again")

    while world.memory.erasures:
        world.erasure.resume(world.memory.erasures.pop(0), time_left=plenty)

    assert list(world.memory.conversations) == [begun.id]
    assert [each.content for each in world.stored(begun.id)] == ["Hello again"]


def test_an_export_has_every_message_of_every_conversation_once() -> None:
    world = World()
    long = a_talk(world, messages=2 * PAGE_MESSAGES + 1, last_activity=MORNING)
    empty = a_talk(world, messages=0, last_activity=MORNING + timedelta(hours=1))
    short = a_talk(world, messages=1, last_activity=MORNING + timedelta(hours=2))
    a_talk(world, EVE)

    found = exported(world, ADA)

    assert dict(found) == {
        long.id: [str(number) for number in range(2 * PAGE_MESSAGES + 1)],
        empty.id: [],
        short.id: ["0"],
    }
    assert len(found) == 3


def test_an_export_goes_on_behind_a_conversation_that_was_deleted_meanwhile() -> None:
    world = World()
    older = a_talk(world, messages=1, last_activity=MORNING)
    newer = a_talk(world, messages=PAGE_MESSAGES + 1, last_activity=MORNING + timedelta(hours=1))
    first = world.export.page(ADA, None)

    world.erasure.delete_conversation(ADA, newer.id, time_left=plenty)
    second = world.export.page(ADA, first.next)

    assert first.conversation is not None
    assert first.conversation.id == newer.id
    assert second.conversation is not None
    assert second.conversation.id == older.id


def test_somebody_elses_place_shows_nothing_of_theirs() -> None:
    world = World()
    a_talk(world, messages=PAGE_MESSAGES + 1)
    theirs = world.export.page(ADA, None).next

    assert world.export.page(EVE, theirs).messages == ()


def remembered(world: World, who: Principal) -> "list[dict[MemoryKey, JsonValue]]":
    """Walk an export to its end; return what bots remember of the user, page by page."""
    pages: list[dict[MemoryKey, JsonValue]] = []
    place: ExportCursor | MemoryCursor | None = None
    while True:
        page = world.export.page(who, place)
        if page.memories:
            assert page.conversation is None
            assert page.messages == ()
            pages.append({memory.key: memory.value for memory in page.memories})
        place = page.next
        if place is None:
            return pages


@pytest.mark.parametrize("talks", [0, 1, 3])
def test_behind_the_conversations_an_export_has_what_every_bot_remembers_of_the_user(talks: int) -> None:
    world = World()
    for number in range(talks):
        a_talk(world, messages=1, last_activity=MORNING + timedelta(seconds=number))
    mine: dict[MemoryKey, JsonValue] = {
        build_memory_key("default", "name", ADA.owner): "Ada",
        build_memory_key("office", "a#b", ADA.owner): {"list": [1, None]},
    }
    InMemoryMemoryStore(world.memory).remember(
        {**mine, build_memory_key("default", "name", EVE.owner): "Eve", build_memory_key("default", "visits"): 3}
    )

    assert remembered(world, ADA) == [mine]
    assert len(exported(world, ADA)) == talks


@pytest.mark.parametrize("many", [1, PAGE_MEMORIES, PAGE_MEMORIES + 1, 2 * PAGE_MEMORIES + 1])
def test_very_much_that_is_remembered_comes_page_by_page(many: int) -> None:
    world = World()
    a_talk(world)
    mine: dict[MemoryKey, JsonValue] = {
        build_memory_key("default", f"{number}", ADA.owner): number for number in range(many)
    }
    InMemoryMemoryStore(world.memory).remember(mine)

    pages = remembered(world, ADA)

    assert {key: value for page in pages for key, value in page.items()} == mine
    assert sum(map(len, pages)) == many
    assert max(map(len, pages)) == min(many, PAGE_MEMORIES)


def test_what_is_forgotten_while_it_is_exported_stops_nothing() -> None:
    world = World()
    mine = [build_memory_key("default", f"{number:03}", ADA.owner) for number in range(PAGE_MEMORIES + 1)]
    InMemoryMemoryStore(world.memory).remember(dict.fromkeys(mine, 1))
    first = world.export.page(ADA, None)
    del world.memory.remembered[mine[PAGE_MEMORIES - 1]]

    second = world.export.page(ADA, first.next)

    assert [memory.key for memory in second.memories] == [mine[-1]]
    assert second.next is None


# ------------------------------------------------------------------------------------------------ status and bots
def test_an_archived_conversation_takes_messages_again_when_it_is_opened_again() -> None:
    world = World()
    conversation = a_talk(world)

    world.conversations.set_status(ADA, conversation.id, ConversationStatus.ARCHIVED)
    with pytest.raises(ConflictError):
        world.messages.send(ADA, conversation.id, a_draft())
    world.conversations.set_status(ADA, conversation.id, ConversationStatus.ACTIVE)

    assert world.messages.send(ADA, conversation.id, a_draft()).seq == 4


def test_somebody_elses_conversation_can_neither_be_seen_nor_archived() -> None:
    world = World()
    conversation = a_talk(world)

    with pytest.raises(ForbiddenError):
        world.conversations.get(EVE, conversation.id)
    with pytest.raises(ForbiddenError):
        world.conversations.set_status(EVE, conversation.id, ConversationStatus.ARCHIVED)
    with pytest.raises(NotFoundError):
        world.conversations.get(ADA, a_session_id())


def a_world_with_bots() -> World:
    return World(a_bot("default"), a_bot("members", access="users"), a_bot("office", access=("staff", "admins")))


def test_everybody_is_shown_the_bots_they_may_talk_to() -> None:
    world = a_world_with_bots()

    assert [bot.id for bot in world.conversations.list_bots(ADA)] == ["default", "members"]
    assert [bot.id for bot in world.conversations.list_bots(STAFF)] == ["default", "members", "office"]


def test_a_bot_of_a_group_is_forbidden_to_others_at_every_door() -> None:
    world = a_world_with_bots()
    # Left over from when ada was of the staff.
    conversation = world.holds(a_conversation(ADA, bot_id="office"))

    for request in (
        lambda: world.conversations.start(ADA, bot_id="office", initial_message=None),
        lambda: world.messages.send(ADA, conversation.id, a_draft()),
        lambda: world.sockets.connect(ADA, "phone", bot_id="office", session_id=None, address=ADDRESS),
        lambda: world.sockets.connect(ADA, "phone", bot_id=None, session_id=conversation.id, address=ADDRESS),
    ):
        with pytest.raises(ForbiddenError, match="not for you"):
            request()
    assert world.stored(conversation.id) == []
    assert world.conversations.start(STAFF, bot_id="office", initial_message=None).bot_id == "office"


def test_visitors_are_refused_where_the_default_bot_is_for_users() -> None:
    world = World(a_bot("default", access="users"))
    visitor = world.identity.authenticate_socket(ticket=None, authorization=None, subprotocols=None, session_token=None)

    with pytest.raises(ForbiddenError):
        world.sockets.connect(visitor, "phone", bot_id=None, session_id=None, address=ADDRESS)


# ------------------------------------------------------------------------------------------------ tickets
def of_ticket(world: World, ticket: str) -> Principal:
    return world.identity.authenticate_socket(ticket=ticket, authorization=None, subprotocols=None, session_token=None)


def test_a_ticket_lets_its_buyer_in_once() -> None:
    world = World()
    ticket = world.tickets.issue(STAFF)

    assert of_ticket(world, ticket) == STAFF
    with pytest.raises(UnauthorizedError):
        of_ticket(world, ticket)


def test_a_ticket_is_good_for_a_minute() -> None:
    world = World()
    ticket = world.tickets.issue(ADA)

    world.clock.forward(seconds=60)

    with pytest.raises(UnauthorizedError):
        of_ticket(world, ticket)


def test_a_ticket_is_no_better_than_the_token_that_bought_it() -> None:
    world = World()
    ticket = world.tickets.issue(a_user("ada", expires_at=MORNING + timedelta(seconds=10)))

    world.clock.forward(seconds=11)

    with pytest.raises(UnauthorizedError):
        of_ticket(world, ticket)


def test_a_ticket_is_kept_as_a_hash_only() -> None:
    world = World()
    ticket = world.tickets.issue(ADA)

    assert ticket not in str(world.memory)
    assert len(ticket) >= 43

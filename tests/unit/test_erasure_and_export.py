"""Erasure, export, archiving, access to bots, and tickets, as a user sees them."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from basic.filters.filter import MATCH_ALL
from basic.filters.parser import parse_filter
from conversations.domain.conversation import Conversation, ConversationStatus, ListFilter
from conversations.domain.drive import DriveWriter
from conversations.domain.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from conversations.domain.jobs import ErasureJob
from conversations.domain.memory import MemoryKey, build_memory_key
from conversations.domain.owned_rows import RowKey
from conversations.domain.principal import Principal
from conversations.services.export import PAGE_FILES, PAGE_MEMORIES, PAGE_MESSAGES, PAGE_ROWS, Cursor
from tests.builders import MORNING, a_bot, a_conversation, a_conversation_id, a_draft, a_user
from tests.fakes.memory import InMemoryMemoryStore
from tests.fakes.world import ADDRESS, World

if TYPE_CHECKING:
    from pydantic import JsonValue

    from conversations.domain.message import Message

ADA, EVE = a_user("ada"), a_user("eve")
STAFF = a_user("sam", "staff")


def enough_time() -> float:
    return 20


def steps_left(steps: int) -> Callable[[], float]:
    """Return the remaining time of an invocation that ends after some steps."""
    calls = count()
    return lambda: float(steps - next(calls))


def a_conversation_with_messages(
    world: World, owner: Principal = ADA, messages: int = 3, **fields: object
) -> Conversation:
    conversation = world.add_conversation(a_conversation(owner).model_copy(update=fields))
    for number in range(messages):
        world.messages.send(owner, conversation.id, a_draft(f"{number}"))
    world.memory.jobs.clear()
    return conversation


def export_messages(world: World, owner: Principal) -> list[tuple[str, list[str]]]:
    """Read all pages of an export; return the conversations with their messages."""
    exported: dict[str, list[Message]] = {}
    cursor: Cursor | None = None
    while True:
        page = world.export.page(owner, cursor)
        if page.conversation is not None:
            exported.setdefault(page.conversation.id, []).extend(page.messages)
        cursor = page.next
        if cursor is None:
            return [
                (conversation_id, [message.content for message in messages])
                for conversation_id, messages in exported.items()
            ]


# ------------------------------------------------------------------------------------------------ one conversation
def test_deleted_conversation_is_not_found_by_any_request() -> None:
    world = World()
    conversation = a_conversation_with_messages(world)

    world.erasure.delete_conversation(ADA, conversation.id, time_left=enough_time)

    for request in (
        lambda: world.conversations.get(ADA, conversation.id),
        lambda: world.history.page(ADA, conversation.id, limit=9, before=None, after=None),
        lambda: world.messages.send(ADA, conversation.id, a_draft()),
        lambda: world.statuses.set_status(ADA, conversation.id, ConversationStatus.ARCHIVED),
        lambda: world.erasure.delete_conversation(ADA, conversation.id, time_left=enough_time),
        lambda: world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=conversation.id, address=ADDRESS),
    ):
        with pytest.raises(NotFoundError):
            request()
    assert world.list_messages(conversation.id) == []
    assert world.conversations.list_by_owner(ADA, ListFilter(), limit=9, offset=0, after=None).total == 0


def test_conversation_of_another_user_cannot_be_deleted() -> None:
    world = World()
    conversation = a_conversation_with_messages(world)

    with pytest.raises(ForbiddenError):
        world.erasure.delete_conversation(EVE, conversation.id, time_left=enough_time)

    assert len(world.list_messages(conversation.id)) == 3


def test_large_conversation_is_soft_deleted_at_once_and_erased_by_queued_jobs() -> None:
    world = World()
    conversation = a_conversation_with_messages(world, messages=20)

    world.erasure.delete_conversation(ADA, conversation.id, time_left=steps_left(2))

    with pytest.raises(NotFoundError):
        world.conversations.get(ADA, conversation.id)
    assert world.list_messages(conversation.id) != []
    rounds = 0
    while world.memory.erasures:
        world.erasure.resume(world.memory.erasures.pop(0), time_left=steps_left(2))
        rounds += 1
    assert rounds > 1
    assert world.list_messages(conversation.id) == []
    assert conversation.id not in world.memory.conversations


def test_crashed_deletion_is_completed_by_its_job() -> None:
    world = World()
    conversation = a_conversation_with_messages(world)
    world.memory.conversations[conversation.id] = conversation.model_copy(update={"deleted": True})

    world.erasure.resume(
        ErasureJob(owner=ADA.owner, conversation_id=conversation.id, requested_at=MORNING), time_left=enough_time
    )

    assert conversation.id not in world.memory.conversations
    assert world.list_messages(conversation.id) == []


def test_interrupted_deletion_is_completed_by_a_retry() -> None:
    world = World()
    conversation = a_conversation_with_messages(world)
    # The process crashed after the soft delete.
    world.memory.conversations[conversation.id] = conversation.model_copy(update={"deleted": True})

    world.erasure.delete_conversation(ADA, conversation.id, time_left=enough_time)

    assert conversation.id not in world.memory.conversations
    assert world.list_messages(conversation.id) == []


def test_pending_turn_stores_nothing_in_a_deleted_conversation() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.messages.send(ADA, conversation.id, a_draft())

    world.erasure.delete_conversation(ADA, conversation.id, time_left=enough_time)
    world.run_bots()

    assert world.list_messages(conversation.id) == []
    assert world.memory.states == {}


# ------------------------------------------------------------------------------------------------ everything
def test_user_erasure_removes_all_data_of_that_user_only() -> None:
    world = World()
    for number in range(60):
        a_conversation_with_messages(world, messages=1, last_activity=MORNING + timedelta(seconds=number))
    other = a_conversation_with_messages(world, EVE)
    world.add_connections(ADA, "phone", "laptop")
    world.add_connections(EVE, "tablet")
    world.memory.remembered |= {build_memory_key("default", f"name {n}", ADA.owner): "1" for n in range(5)}
    world.memory.remembered[build_memory_key("default", "name", EVE.owner)] = "1"

    assert world.erasure.delete_user(ADA, time_left=enough_time)

    assert set(world.memory.remembered) == {build_memory_key("default", "name", EVE.owner)}
    assert set(world.memory.conversations) == {other.id}
    assert set(world.memory.history) == {other.id}
    assert [connection_id for _, connection_id in world.memory.sockets] == ["tablet"]
    assert sorted(world.gateway.closed) == ["laptop", "phone"]
    assert export_messages(world, ADA) == []
    assert world.erasure.delete_user(ADA, time_left=enough_time), "erasure is idempotent"


def test_large_user_erasure_is_completed_by_queued_jobs() -> None:
    world = World()
    for number in range(10):
        a_conversation_with_messages(world, messages=5, last_activity=MORNING + timedelta(seconds=number))

    assert not world.erasure.delete_user(ADA, time_left=steps_left(3))

    assert ErasureJob(owner=ADA.owner, requested_at=MORNING) in world.memory.erasures
    while world.memory.erasures:
        world.erasure.resume(world.memory.erasures.pop(0), time_left=steps_left(5))
    assert world.memory.conversations == {}
    assert world.memory.history == {}


def test_conversation_started_after_the_erasure_request_is_not_erased() -> None:
    world = World()
    for number in range(10):
        a_conversation_with_messages(world, messages=5, last_activity=MORNING + timedelta(seconds=number))
    world.erasure.delete_user(ADA, time_left=steps_left(3))
    world.clock.forward(minutes=1)
    started = world.conversations.start(ADA, bot_id=None, initial_message="Hello again")

    while world.memory.erasures:
        world.erasure.resume(world.memory.erasures.pop(0), time_left=enough_time)

    assert list(world.memory.conversations) == [started.id]
    assert [message.content for message in world.list_messages(started.id)] == ["Hello again"]


def test_export_contains_every_message_once() -> None:
    world = World()
    long = a_conversation_with_messages(world, messages=2 * PAGE_MESSAGES + 1, last_activity=MORNING)
    empty = a_conversation_with_messages(world, messages=0, last_activity=MORNING + timedelta(hours=1))
    short = a_conversation_with_messages(world, messages=1, last_activity=MORNING + timedelta(hours=2))
    a_conversation_with_messages(world, EVE)

    exported = export_messages(world, ADA)

    assert dict(exported) == {
        long.id: [str(number) for number in range(2 * PAGE_MESSAGES + 1)],
        empty.id: [],
        short.id: ["0"],
    }
    assert len(exported) == 3


def test_export_continues_after_a_conversation_was_deleted() -> None:
    world = World()
    older = a_conversation_with_messages(world, messages=PAGE_MESSAGES + 1, last_activity=MORNING)
    newer = a_conversation_with_messages(world, messages=1, last_activity=MORNING + timedelta(hours=1))
    first = world.export.page(ADA, None)

    world.erasure.delete_conversation(ADA, older.id, time_left=enough_time)
    second = world.export.page(ADA, first.next)

    assert first.conversation is not None
    assert first.conversation.id == older.id
    assert second.conversation is not None
    assert second.conversation.id == newer.id


def test_export_cursor_of_another_user_shows_no_messages() -> None:
    world = World()
    a_conversation_with_messages(world, messages=PAGE_MESSAGES + 1)
    cursor = world.export.page(ADA, None).next

    assert world.export.page(EVE, cursor).messages == ()


def export_memories(world: World, owner: Principal) -> "list[dict[MemoryKey, JsonValue]]":
    """Read all pages of an export; return the memories of each page."""
    pages: list[dict[MemoryKey, JsonValue]] = []
    cursor: Cursor | None = None
    while True:
        page = world.export.page(owner, cursor)
        if page.memories:
            assert page.conversation is None
            assert page.messages == ()
            pages.append({memory.key: memory.value for memory in page.memories})
        cursor = page.next
        if cursor is None:
            return pages


@pytest.mark.parametrize("conversations", [0, 1, 3])
def test_export_contains_memories_after_the_conversations(conversations: int) -> None:
    world = World()
    for number in range(conversations):
        a_conversation_with_messages(world, messages=1, last_activity=MORNING + timedelta(seconds=number))
    memories: dict[MemoryKey, JsonValue] = {
        build_memory_key("default", "name", ADA.owner): "Ada",
        build_memory_key("office", "a#b", ADA.owner): {"list": [1, None]},
    }
    InMemoryMemoryStore(world.memory).remember(
        {**memories, build_memory_key("default", "name", EVE.owner): "Eve", build_memory_key("default", "visits"): 3}
    )

    assert export_memories(world, ADA) == [memories]
    assert len(export_messages(world, ADA)) == conversations


@pytest.mark.parametrize("number_of_memories", [1, PAGE_MEMORIES, PAGE_MEMORIES + 1, 2 * PAGE_MEMORIES + 1])
def test_export_paginates_memories(number_of_memories: int) -> None:
    world = World()
    a_conversation_with_messages(world)
    memories: dict[MemoryKey, JsonValue] = {
        build_memory_key("default", f"{number}", ADA.owner): number for number in range(number_of_memories)
    }
    InMemoryMemoryStore(world.memory).remember(memories)

    pages = export_memories(world, ADA)

    assert {key: value for page in pages for key, value in page.items()} == memories
    assert sum(map(len, pages)) == number_of_memories
    assert max(map(len, pages)) == min(number_of_memories, PAGE_MEMORIES)


def test_export_continues_after_a_memory_was_deleted() -> None:
    world = World()
    memories = [build_memory_key("default", f"{number:03}", ADA.owner) for number in range(PAGE_MEMORIES + 1)]
    InMemoryMemoryStore(world.memory).remember(dict.fromkeys(memories, 1))
    first = world.export.page(ADA, None)
    del world.memory.remembered[memories[PAGE_MEMORIES - 1]]

    second = world.export.page(ADA, first.next)

    assert [memory.key for memory in second.memories] == [memories[-1]]
    assert second.next is None


# ------------------------------------------------------------------------------------------------ status and bots
def test_reopened_conversation_accepts_messages() -> None:
    world = World()
    conversation = a_conversation_with_messages(world)

    world.statuses.set_status(ADA, conversation.id, ConversationStatus.ARCHIVED)
    with pytest.raises(ConflictError):
        world.messages.send(ADA, conversation.id, a_draft())
    world.statuses.set_status(ADA, conversation.id, ConversationStatus.ACTIVE)

    assert world.messages.send(ADA, conversation.id, a_draft()).seq == 4


def test_conversation_of_another_user_cannot_be_read_or_archived() -> None:
    world = World()
    conversation = a_conversation_with_messages(world)

    with pytest.raises(ForbiddenError):
        world.conversations.get(EVE, conversation.id)
    with pytest.raises(ForbiddenError):
        world.statuses.set_status(EVE, conversation.id, ConversationStatus.ARCHIVED)
    with pytest.raises(NotFoundError):
        world.conversations.get(ADA, a_conversation_id())


def a_world_with_bots() -> World:
    return World(a_bot("default"), a_bot("members", access="users"), a_bot("office", access=("staff", "admins")))


def test_bot_list_contains_only_accessible_bots() -> None:
    world = a_world_with_bots()

    assert [bot.id for bot in world.conversations.list_bots(ADA)] == ["default", "members"]
    assert [bot.id for bot in world.conversations.list_bots(STAFF)] == ["default", "members", "office"]


def test_bot_of_a_group_is_forbidden_to_others_over_rest_and_websocket() -> None:
    world = a_world_with_bots()
    # From the time when Ada was a member of the staff.
    conversation = world.add_conversation(a_conversation(ADA, bot_id="office"))

    for request in (
        lambda: world.conversations.start(ADA, bot_id="office", initial_message=None),
        lambda: world.messages.send(ADA, conversation.id, a_draft()),
        lambda: world.sockets.connect(ADA, "phone", bot_id="office", conversation_id=None, address=ADDRESS),
        lambda: world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=conversation.id, address=ADDRESS),
    ):
        with pytest.raises(ForbiddenError, match="do not have access to this bot"):
            request()
    assert world.list_messages(conversation.id) == []
    assert world.conversations.start(STAFF, bot_id="office", initial_message=None).bot_id == "office"


def test_visitor_is_refused_if_the_default_bot_is_for_users() -> None:
    world = World(a_bot("default", access="users"))
    visitor = world.identity.authenticate_socket(ticket=None, authorization=None, subprotocols=None, session_token=None)

    with pytest.raises(ForbiddenError):
        world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)


# ------------------------------------------------------------------------------------------------ tickets
def authenticate(world: World, ticket: str) -> Principal:
    return world.identity.authenticate_socket(ticket=ticket, authorization=None, subprotocols=None, session_token=None)


def test_ticket_is_valid_once() -> None:
    world = World()
    ticket = world.tickets.issue(STAFF)

    assert authenticate(world, ticket) == STAFF
    with pytest.raises(UnauthorizedError):
        authenticate(world, ticket)


def test_ticket_expires_after_a_minute() -> None:
    world = World()
    ticket = world.tickets.issue(ADA)

    world.clock.forward(seconds=60)

    with pytest.raises(UnauthorizedError):
        authenticate(world, ticket)


def test_ticket_expires_with_the_token_it_was_issued_for() -> None:
    world = World()
    ticket = world.tickets.issue(a_user("ada", expires_at=MORNING + timedelta(seconds=10)))

    world.clock.forward(seconds=11)

    with pytest.raises(UnauthorizedError):
        authenticate(world, ticket)


def test_ticket_is_stored_as_a_hash_only() -> None:
    world = World()
    ticket = world.tickets.issue(ADA)

    assert ticket not in str(world.memory)
    assert len(ticket) >= 43


# ------------------------------------------------------------------------------------------------------------- files
def a_file(world: World, path: str, owner: Principal, bot_id: str = "default") -> None:
    """Store a file that a script has written for a user."""
    writer = DriveWriter(owner.owner, None, owner.anonymous, f"effect of {path}", MORNING)
    world.drive.write(bot_id, path, b"content", "text/plain", writer)


def export_files(world: World, owner: Principal) -> list[list[str]]:
    """Read all pages of an export; return the files of each page that has any."""
    pages: list[list[str]] = []
    cursor: Cursor | None = None
    while True:
        page = world.export.page(owner, cursor)
        if page.files:
            pages.append([f"{file.bot_id}/{file.path}" for file in page.files])
        cursor = page.next
        if cursor is None:
            return pages


@pytest.mark.parametrize("conversations", [0, 1])
@pytest.mark.parametrize("memories", [0, 1])
def test_export_names_the_files_of_a_user(conversations: int, memories: int) -> None:
    world = World()
    for _ in range(conversations):
        a_conversation_with_messages(world, messages=1)
    InMemoryMemoryStore(world.memory).remember(dict.fromkeys([build_memory_key("default", "a", ADA.owner)][:memories]))
    a_file(world, "b.txt", ADA)
    a_file(world, "a.txt", ADA)
    a_file(world, "a.txt", ADA, "office")
    a_file(world, "eve.txt", EVE)

    assert export_files(world, ADA) == [["default/a.txt", "default/b.txt", "office/a.txt"]]


def test_export_paginates_files() -> None:
    world = World()
    for number in range(PAGE_FILES + 1):
        a_file(world, f"{number:03}.txt", ADA)

    assert list(map(len, export_files(world, ADA))) == [PAGE_FILES, 1]


def test_erasure_of_a_user_erases_files() -> None:
    world = World()
    a_file(world, "ada.txt", ADA)
    a_file(world, "eve.txt", EVE)

    assert world.erasure.delete_user(ADA, time_left=enough_time)

    assert [file.path for file in world.drive.list_folder("default", "", limit=9)] == ["eve.txt"]


# -------------------------------------------------------------------------------------------------------------- rows
def add_row(world: World, row_id: str, owner: Principal = ADA, table: str = "tasks") -> None:
    """Store a row that a script has created for a user."""
    world.tables.insert(table, row_id, {"id": row_id})
    world.owned_rows.owners.setdefault(owner.owner, set()).add(RowKey("default", table, row_id))


def export_rows(world: World, owner: Principal) -> list[list[str]]:
    """Read all pages of an export; return the rows of each page that has any."""
    pages: list[list[str]] = []
    cursor: Cursor | None = None
    while True:
        page = world.export.page(owner, cursor)
        if page.rows:
            pages.append([f"{row.key.table}/{row.key.row_id}" for row in page.rows])
        cursor = page.next
        if cursor is None:
            return pages


@pytest.mark.parametrize("files", [0, 1])
@pytest.mark.parametrize("memories", [0, 1])
@pytest.mark.parametrize("conversations", [0, 1])
def test_export_contains_the_rows_of_a_user(conversations: int, memories: int, files: int) -> None:
    world = World()
    for _ in range(conversations):
        a_conversation_with_messages(world, messages=1)
    InMemoryMemoryStore(world.memory).remember(dict.fromkeys([build_memory_key("default", "a", ADA.owner)][:memories]))
    for _ in range(files):
        a_file(world, "a.txt", ADA)
    for table, row_id in (("tasks", "2"), ("tasks", "1"), ("drafts", "1")):
        add_row(world, row_id, table=table)
    add_row(world, "3", EVE)
    world.tables.delete("tasks", parse_filter("id=2"))

    assert export_rows(world, ADA) == [["drafts/1", "tasks/1"]]


def test_export_paginates_rows() -> None:
    world = World()
    for number in range(PAGE_ROWS + 1):
        add_row(world, f"{number:03}")

    assert list(map(len, export_rows(world, ADA))) == [PAGE_ROWS, 1]


def test_erasure_of_a_user_erases_rows() -> None:
    world = World()
    for number in range(5):
        add_row(world, str(number))
    add_row(world, "eve", EVE)

    assert world.erasure.delete_user(ADA, time_left=enough_time)

    assert world.tables.find("tasks", MATCH_ALL) == [{"id": "eve"}]

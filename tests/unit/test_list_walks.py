"""Walks of the list and of the export miss no conversation, whatever happens between two pages."""

from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.conversation import ConversationStatus, ListCursor, ListFilter
from tests.builders import MORNING, a_conversation, a_draft, a_user
from tests.fakes.world import World

ADA = a_user()
ACTIVE, ARCHIVED = ConversationStatus.ACTIVE, ConversationStatus.ARCHIVED

type Event = tuple[Literal["say", "archive", "start", "delete", "wait"], int]

events = st.lists(
    st.tuples(st.sampled_from(["say", "say", "archive", "start", "delete", "wait"]), st.integers(0, 9)), max_size=4
)
plans = st.lists(events, max_size=12)


class Users:
    """What users do between two pages; keeps the conversations that existed during the whole walk."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.ids = [self._start(minute) for minute in range(number)]
        self.kept = set(self.ids)
        world.clock.forward(hours=1)

    def do(self, what: Event) -> None:
        """Do one thing to one of the conversations."""
        kind, number = what
        if kind == "wait":
            self.world.clock.forward(seconds=number)
        elif kind == "start":
            self.ids.append(self.world.conversations.start(ADA, bot_id=None, initial_message="New").id)
        elif self.ids:
            self._change(kind, self.ids[number % len(self.ids)])

    def _change(self, kind: str, conversation_id: str) -> None:
        conversation = self.world.memory.conversations.get(conversation_id)
        if conversation is None or conversation.deleted:
            return
        if kind == "archive":
            status = ACTIVE if conversation.status is ARCHIVED else ARCHIVED
            self.world.statuses.set_status(ADA, conversation_id, status)
        elif kind == "delete":
            self.world.erasure.delete_conversation(ADA, conversation_id, time_left=lambda: 20)
            self.kept.discard(conversation_id)
        elif conversation.status is ACTIVE:
            self.world.clock.forward(seconds=0.001)
            self.world.messages.send(ADA, conversation_id, a_draft("Something"))

    def _start(self, minute: int) -> str:
        begun = MORNING - timedelta(minutes=60 - minute % 7)
        return self.world.add_conversation(a_conversation(ADA, last_activity=begun)).id


@given(number=st.integers(0, 10), limit=st.integers(1, 4), plan=plans)
def test_walk_of_the_list_returns_every_conversation_that_exists_during_it(
    number: int, limit: int, plan: list[list[Event]]
) -> None:
    world = World()
    users = Users(world, number)
    seen: list[str] = []
    after: ListCursor | None = None
    for page_number in range(1_000):
        page = world.conversations.list_by_owner(ADA, ListFilter(), limit=limit, offset=0, after=after)
        seen += [summary.id for summary in page.conversations]
        activities = [summary.position for summary in page.conversations]
        assert activities == sorted(activities, reverse=True)
        assert len(page.conversations) <= limit
        after = page.next
        if after is None:
            break
        for what in plan[page_number] if page_number < len(plan) else []:
            users.do(what)

    assert after is None
    assert users.kept <= set(seen)
    if not any(plan):
        assert sorted(seen) == sorted(users.ids)


@given(number=st.integers(0, 6), plan=plans)
def test_export_returns_every_conversation_that_exists_during_it(number: int, plan: list[list[Event]]) -> None:
    world = World()
    users = Users(world, number)
    seen: dict[str, set[str]] = {}
    cursor = None
    for page_number in range(1_000):
        page = world.export.page(ADA, cursor)
        if page.conversation is not None:
            seen.setdefault(page.conversation.id, set()).update(message.id for message in page.messages)
        cursor = page.next
        if cursor is None:
            break
        for what in plan[page_number] if page_number < len(plan) else []:
            users.do(what)

    assert cursor is None
    assert users.kept <= seen.keys()
    for conversation_id in users.kept:
        assert {message.id for message in world.list_messages(conversation_id)} <= seen[conversation_id] or any(plan)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_list_of_one_page_has_no_second_one_even_if_all_is_new(number: int) -> None:
    world = World()
    for _ in range(number):
        world.conversations.start(ADA, bot_id=None, initial_message="Hello")

    assert world.conversations.list_by_owner(ADA, ListFilter(), limit=3, offset=0, after=None).next is None


def test_walk_looks_for_what_the_index_showed_late() -> None:
    """A message of a moment before the first page may not be in the index yet when that page is read."""
    world = World()
    ids = [
        world.add_conversation(a_conversation(ADA, last_activity=MORNING - timedelta(hours=hour))).id
        for hour in (1, 2, 3)
    ]
    first = world.conversations.list_by_owner(ADA, ListFilter(), limit=1, offset=0, after=None)
    late = world.memory.conversations[ids[2]].model_copy(
        update={"last_activity": MORNING - timedelta(milliseconds=900)}
    )
    world.memory.conversations[ids[2]] = late

    second = world.conversations.list_by_owner(ADA, ListFilter(), limit=1, offset=0, after=first.next)
    third = world.conversations.list_by_owner(ADA, ListFilter(), limit=1, offset=0, after=second.next)

    assert [page.conversations[0].id for page in (first, second, third)] == ids
    assert third.next is None


def test_walk_with_a_cursor_of_earlier_versions_ends_at_the_oldest() -> None:
    world = World()
    users = Users(world, 3)
    first = world.conversations.list_by_owner(ADA, ListFilter(), limit=1, offset=0, after=None)
    assert first.next is not None
    users.do(("say", 0))

    rest = world.conversations.list_by_owner(
        ADA, ListFilter(), limit=9, offset=0, after=ListCursor(first.next.position, since=None)
    )

    assert [summary.id for summary in rest.conversations] == [users.ids[1]]
    assert rest.next is None

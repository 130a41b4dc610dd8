"""Sending messages and reading them back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain import ids, timestamps
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.errors import (
    ConflictError,
    ConversationsError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
)
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Message
from conversations.domain.page import Page
from conversations.domain.principal import Principal
from tests.builders import MORNING, a_conversation, a_draft, a_session_id, a_user, a_visitor
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")


def test_a_message_is_stored_and_queued_for_the_bot() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))

    message = world.messages.send(ADA, conversation.id, a_draft("Hello"), connection_id="phone")

    assert world.stored(conversation.id) == [message]
    assert world.work() == [AnswerJob(session_id=conversation.id, message_id=message.id, connection_id="phone")]


def test_a_message_that_cannot_be_queued_is_not_acknowledged_and_the_retry_completes_it() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    draft = a_draft("Hello", client_message_id="a")
    world.queue.refusals = 1

    with pytest.raises(UnavailableError):
        world.messages.send(ADA, conversation.id, draft)
    assert world.work() == []
    message = world.messages.send(ADA, conversation.id, draft)
    world.run_the_bots()

    assert message.seq == 1
    assert [each.content for each in world.stored(conversation.id)] == ["Hello", "You said: Hello"]


def test_a_retry_of_what_is_queued_already_is_answered_once() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    draft = a_draft("Hello", client_message_id="a")

    first = world.messages.send(ADA, conversation.id, draft)
    again = world.messages.send(ADA, conversation.id, draft)
    world.run_the_bots()

    assert again == first
    assert [each.content for each in world.stored(conversation.id)] == ["Hello", "You said: Hello"]


def test_a_retry_after_the_queue_has_forgotten_is_queued_again_and_still_answered_once() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    draft = a_draft("Hello", client_message_id="a")
    first = world.messages.send(ADA, conversation.id, draft)
    world.run_the_bots()
    # SQS remembers a deduplication id for five minutes.
    world.memory.queued_before.clear()

    world.messages.send(ADA, conversation.id, draft)
    assert world.work() == [AnswerJob(session_id=conversation.id, message_id=first.id)]
    world.run_the_bots()

    assert [each.content for each in world.stored(conversation.id)] == ["Hello", "You said: Hello"]


@pytest.mark.parametrize(
    ("conversation", "caller", "refusal"),
    [
        (a_conversation(ADA), EVE, ForbiddenError),
        (a_conversation(ADA), a_visitor(), ForbiddenError),
        (a_conversation(ADA, status=ConversationStatus.ARCHIVED), ADA, ConflictError),
        (a_conversation(ADA, status=ConversationStatus.ARCHIVED), EVE, ForbiddenError),
        (None, ADA, NotFoundError),
    ],
)
def test_a_message_that_is_refused_leaves_nothing(
    conversation: Conversation | None, caller: Principal, refusal: type[ConversationsError]
) -> None:
    world = World()
    session_id = a_session_id() if conversation is None else world.holds(conversation).id

    with pytest.raises(refusal):
        world.messages.send(caller, session_id, a_draft())

    assert world.stored(session_id) == []
    assert world.work() == []


def test_a_visitor_who_was_silent_for_half_an_hour_cannot_go_on() -> None:
    world = World()
    visitor = a_visitor()
    conversation = world.holds(a_conversation(visitor))
    world.clock.forward(minutes=30)

    with pytest.raises(NotFoundError):
        world.messages.send(visitor, conversation.id, a_draft())

    assert world.work() == []


def history(
    world: World, conversation: Conversation, *, before: str | None = None, after: str | None = None
) -> Page[Message]:
    return world.history.page(ADA, conversation.id, limit=3, before=before, after=after)


def seqs(page: Page[Message]) -> list[int]:
    return [message.seq for message in page.items]


@pytest.fixture
def told() -> tuple[World, Conversation]:
    """A conversation of seven messages, one a minute, and one second later."""
    world = World()
    conversation = world.holds(a_conversation(ADA))
    for _ in range(7):
        world.messages.send(ADA, conversation.id, a_draft())
        world.clock.forward(minutes=1)
    return world, conversation


def test_history_without_a_cursor_is_the_newest_page_oldest_first(told: tuple[World, Conversation]) -> None:
    page = history(*told)

    assert seqs(page) == [5, 6, 7]
    assert page.has_more


def test_history_goes_back_message_by_message(told: tuple[World, Conversation]) -> None:
    world, conversation = told
    messages = world.stored(conversation.id)

    assert seqs(history(*told, before=f"msg-{messages[4].id}")) == [2, 3, 4]
    assert history(*told, before=f"msg-{messages[4].id}").has_more
    assert seqs(history(*told, before=f"msg-{messages[1].id}")) == [1]
    assert not history(*told, before=f"msg-{messages[1].id}").has_more
    assert history(*told, before=f"msg-{messages[0].id}") == Page(items=(), has_more=False)


def test_history_goes_forward_message_by_message(told: tuple[World, Conversation]) -> None:
    world, conversation = told
    messages = world.stored(conversation.id)

    assert seqs(history(*told, after=f"msg-{messages[1].id}")) == [3, 4, 5]
    assert history(*told, after=f"msg-{messages[1].id}").has_more
    assert seqs(history(*told, after=f"msg-{messages[4].id}")) == [6, 7]
    assert not history(*told, after=f"msg-{messages[4].id}").has_more
    assert history(*told, after=f"msg-{messages[6].id}") == Page(items=(), has_more=False)


def test_history_goes_by_time_and_leaves_out_that_very_moment(told: tuple[World, Conversation]) -> None:
    fourth = timestamps.format_timestamp(MORNING + timedelta(minutes=3))

    assert seqs(history(*told, before=fourth)) == [1, 2, 3]
    assert not history(*told, before=fourth).has_more
    assert seqs(history(*told, after=fourth)) == [5, 6, 7]
    assert not history(*told, after=fourth).has_more


@pytest.mark.parametrize(
    ("moment", "before", "after"),
    [
        ("2024-01-15T10:03:00.000Z", [1, 2, 3], [5, 6, 7]),
        ("2024-01-15T10:02:59.999Z", [1, 2, 3], [4, 5, 6]),
        ("2024-01-15T10:02:59.999999Z", [1, 2, 3], [4, 5, 6]),
        ("2024-01-15T10:03:00.0005Z", [2, 3, 4], [5, 6, 7]),
        ("2024-01-15T10:03:00.001Z", [2, 3, 4], [5, 6, 7]),
        ("2024-01-15T12:03:00+02:00", [1, 2, 3], [5, 6, 7]),
        ("0001-01-01T00:00:00Z", [], [1, 2, 3]),
        ("9999-12-31T23:59:59Z", [5, 6, 7], []),
    ],
)
def test_history_cuts_between_milliseconds_and_at_any_age(
    told: tuple[World, Conversation], moment: str, before: list[int], after: list[int]
) -> None:
    assert seqs(history(*told, before=moment)) == before
    assert seqs(history(*told, after=moment)) == after


def test_history_between_two_cursors_starts_at_the_older_end(told: tuple[World, Conversation]) -> None:
    world, conversation = told
    messages = world.stored(conversation.id)

    page = history(*told, after=f"msg-{messages[0].id}", before="2024-01-15T10:05:00Z")

    assert seqs(page) == [2, 3, 4]
    assert page.has_more
    assert seqs(history(*told, after=f"msg-{messages[4].id}", before=f"msg-{messages[2].id}")) == []


def test_any_message_id_is_a_cursor_even_of_no_message(told: tuple[World, Conversation]) -> None:
    for cursor in (ids.FIRST_ID, ids.LAST_ID):
        page = history(*told, after=f"msg-{cursor}")
        assert seqs(page) == ([1, 2, 3] if cursor == ids.FIRST_ID else [])
        page = history(*told, before=f"msg-{cursor}")
        assert seqs(page) == ([] if cursor == ids.FIRST_ID else [5, 6, 7])


@given(st.integers(min_value=1, max_value=7), st.booleans())
def test_walking_with_the_ids_of_a_page_covers_everything_once(limit: int, forward: bool) -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    said = [world.messages.send(ADA, conversation.id, a_draft()) for _ in range(9)]

    walked: list[Message] = []
    before = after = None
    while True:
        page = world.history.page(
            ADA,
            conversation.id,
            limit=limit,
            before=before,
            after=after or ("0001-01-01T00:00:00Z" if forward else None),
        )
        walked = [*walked, *page.items] if forward else [*page.items, *walked]
        if not page.has_more:
            break
        if forward:
            after = f"msg-{page.items[-1].id}"
        else:
            before = f"msg-{page.items[0].id}"

    assert walked == said


@pytest.mark.parametrize(
    "cursor", ["", "yesterday", "msg-1", "1705312800", "conv-018d0c90-4d00-7f1d-ac8e-36704c4acd03", "2024-01-15"]
)
@pytest.mark.parametrize("name", ["before", "after"])
def test_a_cursor_that_is_none_is_refused_by_its_name(name: str, cursor: str, told: tuple[World, Conversation]) -> None:
    with pytest.raises(InvalidRequestError, match=name) as refusal:
        history(*told, before=cursor if name == "before" else None, after=cursor if name == "after" else None)

    assert refusal.value.field == name


def test_nobody_reads_somebody_elses_history(told: tuple[World, Conversation]) -> None:
    world, conversation = told

    with pytest.raises(ForbiddenError):
        world.history.page(EVE, conversation.id, limit=3, before=None, after=None)


def test_a_conversation_that_never_was_has_no_history() -> None:
    with pytest.raises(NotFoundError):
        World().history.page(ADA, a_session_id(), limit=3, before=None, after=None)


def test_an_archived_conversation_can_still_be_read() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA, status=ConversationStatus.ARCHIVED))

    assert history(world, conversation) == Page(items=(), has_more=False)

"""Sending messages, over WebSocket too, and reading the history."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain import ids, timestamps, visitor_token
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
from conversations.domain.secrets import hash_secret
from conversations.services.socket_messages import SocketMessageService
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, a_visitor
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")


def test_message_is_stored_and_queued() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))

    message = world.messages.send(ADA, conversation.id, a_draft("Hello"), connection_id="phone")

    assert world.list_messages(conversation.id) == [message]
    assert world.list_jobs() == [
        AnswerJob(conversation_id=conversation.id, message_id=message.id, connection_id="phone")
    ]


def test_message_that_cannot_be_queued_is_completed_by_a_retry() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    draft = a_draft("Hello", client_message_id="a")
    world.queue.refusals = 1

    with pytest.raises(UnavailableError):
        world.messages.send(ADA, conversation.id, draft)
    assert world.list_jobs() == []
    message = world.messages.send(ADA, conversation.id, draft)
    world.run_bots()

    assert message.seq == 1
    assert [message.content for message in world.list_messages(conversation.id)] == ["Hello", "You said: Hello"]


def test_retried_message_is_answered_once() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    draft = a_draft("Hello", client_message_id="a")

    first = world.messages.send(ADA, conversation.id, draft)
    again = world.messages.send(ADA, conversation.id, draft)
    world.run_bots()

    assert again == first
    assert [message.content for message in world.list_messages(conversation.id)] == ["Hello", "You said: Hello"]


def test_retry_after_the_deduplication_window_is_answered_once() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    draft = a_draft("Hello", client_message_id="a")
    first = world.messages.send(ADA, conversation.id, draft)
    world.run_bots()
    # SQS remembers a deduplication id for five minutes.
    world.memory.queued_before.clear()

    world.messages.send(ADA, conversation.id, draft)
    assert world.list_jobs() == [AnswerJob(conversation_id=conversation.id, message_id=first.id)]
    world.run_bots()

    assert [message.content for message in world.list_messages(conversation.id)] == ["Hello", "You said: Hello"]


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
def test_refused_message_is_neither_stored_nor_queued(
    conversation: Conversation | None, caller: Principal, refusal: type[ConversationsError]
) -> None:
    world = World()
    conversation_id = a_conversation_id() if conversation is None else world.add_conversation(conversation).id

    with pytest.raises(refusal):
        world.messages.send(caller, conversation_id, a_draft())

    assert world.list_messages(conversation_id) == []
    assert world.list_jobs() == []


def test_visitor_cannot_send_after_the_conversation_expired() -> None:
    world = World()
    visitor = a_visitor()
    conversation = world.add_conversation(a_conversation(visitor))
    world.clock.forward(minutes=30)

    with pytest.raises(NotFoundError):
        world.messages.send(visitor, conversation.id, a_draft())

    assert world.list_jobs() == []


def send_from_socket(
    world: World, owner: Principal, conversation_id: str | None = None, content: str = "Hello"
) -> dict[str, Any]:
    service = SocketMessageService(sockets=world.sockets, sender=world.sender)
    reply = service.send(owner, "phone", conversation_id, a_draft(content, client_message_id="a"))
    dumped: dict[str, Any] = json.loads(reply.frame.to_json())
    return dumped


def test_socket_message_is_sent_to_the_requested_conversation_and_acknowledged() -> None:
    world = World()
    world.add_connections(ADA, "phone")
    conversation = world.add_conversation(a_conversation(ADA))

    frame = send_from_socket(world, ADA, conversation.id)

    (message,) = world.list_messages(conversation.id)
    assert frame == {
        "type": "status",
        "status": "delivered",
        "session_id": f"session-{conversation.id}",
        "message_id": f"msg-{message.id}",
        "seq": 1,
        "timestamp": timestamps.format_timestamp(message.timestamp),
        "client_message_id": "a",
    }
    assert world.list_jobs() == [
        AnswerJob(conversation_id=conversation.id, message_id=message.id, connection_id="phone")
    ]


def test_socket_message_without_session_id_is_sent_to_the_default_conversation() -> None:
    world = World()
    default = world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.add_conversation(a_conversation(ADA, last_activity=MORNING + timedelta(hours=1)))

    assert send_from_socket(world, ADA)["session_id"] == f"session-{default.id}"
    assert [message.content for message in world.list_messages(default.id)] == ["Hello"]


def test_socket_message_of_an_unknown_connection_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="Connect again"):
        send_from_socket(World(), ADA)


@pytest.mark.parametrize("is_named", [True, False])
def test_socket_message_to_an_expired_conversation_returns_expired_frame(*, is_named: bool) -> None:
    world, visitor = World(), a_visitor()
    conversation = world.add_conversation(a_conversation(visitor))
    world.clock.forward(minutes=30)

    frame = send_from_socket(world, visitor, conversation.id if is_named else None)

    assert frame == {"type": "status", "status": "expired", "session_id": f"session-{conversation.id}"}
    assert world.list_jobs() == []


def test_socket_message_to_a_claimed_conversation_returns_claimed_frame() -> None:
    world, visitor = World(), a_visitor()
    conversation = world.add_conversation(a_conversation(visitor))
    token = visitor_token.make(conversation.id)
    world.memory.token_hashes[conversation.id] = [hash_secret(token)]
    world.claims.claim(ADA, token)

    frame = send_from_socket(world, visitor)

    assert frame == {"type": "status", "status": "claimed", "session_id": f"session-{conversation.id}"}
    assert world.list_messages(conversation.id) == []


def test_socket_message_to_a_conversation_of_another_user_is_refused() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))

    for caller in (EVE, a_visitor()):
        with pytest.raises(ForbiddenError):
            send_from_socket(world, caller, conversation.id)
    for caller in (ADA, a_visitor()):
        with pytest.raises(NotFoundError):
            send_from_socket(world, caller, a_conversation_id())
    assert world.list_messages(conversation.id) == []


def test_socket_message_to_an_archived_conversation_is_a_conflict() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA, status=ConversationStatus.ARCHIVED))

    with pytest.raises(ConflictError):
        send_from_socket(world, ADA, conversation.id)


def history(
    world: World, conversation: Conversation, *, before: str | None = None, after: str | None = None
) -> Page[Message]:
    return world.history.page(ADA, conversation.id, limit=3, before=before, after=after)


def seqs(page: Page[Message]) -> list[int]:
    return [message.seq for message in page.items]


@pytest.fixture
def chat() -> tuple[World, Conversation]:
    """A conversation of seven messages, one per minute."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    for _ in range(7):
        world.messages.send(ADA, conversation.id, a_draft())
        world.clock.forward(minutes=1)
    return world, conversation


def test_history_without_bounds_returns_the_newest_page(chat: tuple[World, Conversation]) -> None:
    page = history(*chat)

    assert seqs(page) == [5, 6, 7]
    assert page.has_more


def test_history_before_a_message_returns_older_messages(chat: tuple[World, Conversation]) -> None:
    world, conversation = chat
    messages = world.list_messages(conversation.id)

    assert seqs(history(*chat, before=f"msg-{messages[4].id}")) == [2, 3, 4]
    assert history(*chat, before=f"msg-{messages[4].id}").has_more
    assert seqs(history(*chat, before=f"msg-{messages[1].id}")) == [1]
    assert not history(*chat, before=f"msg-{messages[1].id}").has_more
    assert history(*chat, before=f"msg-{messages[0].id}") == Page(items=(), has_more=False)


def test_history_after_a_message_returns_newer_messages(chat: tuple[World, Conversation]) -> None:
    world, conversation = chat
    messages = world.list_messages(conversation.id)

    assert seqs(history(*chat, after=f"msg-{messages[1].id}")) == [3, 4, 5]
    assert history(*chat, after=f"msg-{messages[1].id}").has_more
    assert seqs(history(*chat, after=f"msg-{messages[4].id}")) == [6, 7]
    assert not history(*chat, after=f"msg-{messages[4].id}").has_more
    assert history(*chat, after=f"msg-{messages[6].id}") == Page(items=(), has_more=False)


def test_history_bounds_by_time_are_exclusive(chat: tuple[World, Conversation]) -> None:
    fourth = timestamps.format_timestamp(MORNING + timedelta(minutes=3))

    assert seqs(history(*chat, before=fourth)) == [1, 2, 3]
    assert not history(*chat, before=fourth).has_more
    assert seqs(history(*chat, after=fourth)) == [5, 6, 7]
    assert not history(*chat, after=fourth).has_more


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
def test_history_bounds_by_time_have_any_precision_and_age(
    chat: tuple[World, Conversation], moment: str, before: list[int], after: list[int]
) -> None:
    assert seqs(history(*chat, before=moment)) == before
    assert seqs(history(*chat, after=moment)) == after


def test_history_between_two_bounds_starts_at_the_oldest_message(chat: tuple[World, Conversation]) -> None:
    world, conversation = chat
    messages = world.list_messages(conversation.id)

    page = history(*chat, after=f"msg-{messages[0].id}", before="2024-01-15T10:05:00Z")

    assert seqs(page) == [2, 3, 4]
    assert page.has_more
    assert seqs(history(*chat, after=f"msg-{messages[4].id}", before=f"msg-{messages[2].id}")) == []


def test_any_message_id_is_a_bound_even_if_no_message_has_it(chat: tuple[World, Conversation]) -> None:
    for cursor in (ids.FIRST_ID, ids.LAST_ID):
        page = history(*chat, after=f"msg-{cursor}")
        assert seqs(page) == ([1, 2, 3] if cursor == ids.FIRST_ID else [])
        page = history(*chat, before=f"msg-{cursor}")
        assert seqs(page) == ([] if cursor == ids.FIRST_ID else [5, 6, 7])


@given(st.integers(min_value=1, max_value=7), st.booleans())
def test_pagination_by_message_id_returns_everything_once(limit: int, forward: bool) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    messages = [world.messages.send(ADA, conversation.id, a_draft()) for _ in range(9)]

    read: list[Message] = []
    before = after = None
    while True:
        page = world.history.page(
            ADA,
            conversation.id,
            limit=limit,
            before=before,
            after=after or ("0001-01-01T00:00:00Z" if forward else None),
        )
        read = [*read, *page.items] if forward else [*page.items, *read]
        if not page.has_more:
            break
        if forward:
            after = f"msg-{page.items[-1].id}"
        else:
            before = f"msg-{page.items[0].id}"

    assert read == messages


@pytest.mark.parametrize(
    "cursor", ["", "yesterday", "msg-1", "1705312800", "conv-018d0c90-4d00-7f1d-ac8e-36704c4acd03", "2024-01-15"]
)
@pytest.mark.parametrize("name", ["before", "after"])
def test_invalid_history_bound_is_refused_with_the_field_name(
    name: str, cursor: str, chat: tuple[World, Conversation]
) -> None:
    with pytest.raises(InvalidRequestError, match=name) as refusal:
        history(*chat, before=cursor if name == "before" else None, after=cursor if name == "after" else None)

    assert refusal.value.field == name


def test_history_of_another_user_is_refused(chat: tuple[World, Conversation]) -> None:
    world, conversation = chat

    with pytest.raises(ForbiddenError):
        world.history.page(EVE, conversation.id, limit=3, before=None, after=None)


def test_history_of_an_unknown_conversation_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        World().history.page(ADA, a_conversation_id(), limit=3, before=None, after=None)


def test_history_of_an_archived_conversation_can_be_read() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA, status=ConversationStatus.ARCHIVED))

    assert history(world, conversation) == Page(items=(), has_more=False)

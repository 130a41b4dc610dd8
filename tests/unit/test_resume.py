"""Reconnect: replay of missed messages; claims; expiry of conversations and of connections."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.contract.server_frames import ResumedFrame
from conversations.domain.conversation import Conversation
from conversations.domain.errors import (
    ConnectionGoneError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
)
from conversations.domain.jobs import ExpiryCheckJob
from conversations.domain.message import Message
from conversations.domain.page import Page
from conversations.domain.principal import Principal
from conversations.services.resume import MAX_REPLAYED_MESSAGES
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_socket, a_user, a_visitor
from tests.fakes.memory import InMemoryMessageStore
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


def an_answered_conversation(world: World, owner: Principal = ADA, *, times: int = 1) -> Conversation:
    """Return a conversation with that many answered messages."""
    conversation = world.add_conversation(a_conversation(owner))
    for number in range(times):
        world.messages.send(owner, conversation.id, a_draft(f"{number}"))
        world.run_bots()
    world.gateway.frames.clear()
    return conversation


def resume(world: World, conversation: Conversation, *, after: int = 0, owner: Principal = ADA) -> ResumedFrame:
    """Resume after the message with the seq ``after``."""
    last = None if after == 0 else f"msg-{world.list_messages(conversation.id)[after - 1].id}"
    return world.resume.resume(owner, "phone", conversation_id=conversation.id, after=last)


@dataclass(frozen=True, slots=True)
class LateMessageStore(InMemoryMessageStore):
    """Reads messages after something else has happened."""

    happen: Callable[[], None]

    def get_page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        self.happen()
        return InMemoryMessageStore.get_page(self, conversation, first=first, last=last, newest=newest, limit=limit)


def replayed_seqs(world: World) -> list[int]:
    return [frame["seq"] for frame in world.gateway.frames["phone"]]


# --------------------------------------------------------------------------------------------------------- resuming


@both_kinds_of_caller
def test_missed_messages_are_replayed_once_and_in_order(owner: Principal) -> None:
    world = World()
    conversation = an_answered_conversation(world, owner, times=3)

    frame = resume(world, conversation, after=2, owner=owner)

    assert replayed_seqs(world) == [3, 4, 5, 6]
    assert frame.model_dump(exclude_none=True) == {
        "type": "status",
        "status": "resumed",
        "session_id": f"session-{conversation.id}",
        "last_seq": 6,
    }


def test_resumed_frame_reports_a_message_that_waits_for_its_answer() -> None:
    world = World()
    conversation = an_answered_conversation(world)
    assert resume(world, conversation).answering is None

    world.messages.send(ADA, conversation.id, a_draft("Are you there?"))

    assert resume(world, conversation, after=2).answering is True


def test_resumed_frame_counts_an_answer_that_was_stored_during_the_resume() -> None:
    world = World()
    conversation = an_answered_conversation(world)
    world.messages.send(ADA, conversation.id, a_draft("Are you there?"))
    service = replace(world.resume, messages=LateMessageStore(world.memory, world.run_bots))

    frame = service.resume(ADA, "phone", conversation_id=conversation.id, after=None)

    assert (replayed_seqs(world), frame.answering) == ([1, 2, 3, 4], None)


def test_replayed_frame_equals_the_original_frame() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "laptop")
    world.messages.send(ADA, conversation.id, a_draft("Price?", client_message_id="a", attachments=2))
    world.run_bots()

    resume(world, conversation)

    live = [frame for frame in world.gateway.frames["laptop"] if frame["type"] == "message"]
    assert world.gateway.frames["phone"] == live


def test_resume_without_missed_messages_replays_nothing() -> None:
    world = World()
    conversation = an_answered_conversation(world, times=2)

    assert resume(world, conversation, after=4).last_seq == 4
    assert replayed_seqs(world) == []


def test_resume_of_an_empty_conversation_replays_nothing() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))

    frame = resume(world, conversation)

    assert (frame.last_seq, frame.limited) == (0, None)


@pytest.mark.parametrize(("missed", "limited"), [(MAX_REPLAYED_MESSAGES, None), (MAX_REPLAYED_MESSAGES + 2, True)])
def test_resume_replays_the_newest_hundred_messages_and_reports_the_limit(missed: int, limited: bool | None) -> None:
    world = World()
    conversation = an_answered_conversation(world, times=missed // 2)

    frame = resume(world, conversation)

    assert (frame.limited, frame.last_seq) == (limited, missed)
    assert replayed_seqs(world) == list(range(missed - MAX_REPLAYED_MESSAGES + 1, missed + 1))


def test_other_connections_get_no_replay() -> None:
    world = World()
    conversation = an_answered_conversation(world)
    world.add_connections(ADA, "laptop")

    resume(world, conversation)

    assert set(world.gateway.frames) == {"phone"}


def test_resume_is_refused_to_other_users_and_for_a_gone_conversation() -> None:
    world = World()
    conversation = an_answered_conversation(world)
    visitor = a_visitor()
    visit = an_answered_conversation(world, visitor)

    for caller, conversation_id, refusal in (
        (EVE, conversation.id, ForbiddenError),
        (a_visitor(), conversation.id, ForbiddenError),
        (ADA, visit.id, ForbiddenError),
        (ADA, a_conversation_id(), NotFoundError),
    ):
        with pytest.raises(refusal):
            world.resume.resume(caller, "phone", conversation_id=conversation_id, after=None)
    world.clock.forward(minutes=31)
    with pytest.raises(NotFoundError):
        world.resume.resume(visitor, "phone", conversation_id=visit.id, after=None)

    assert world.gateway.frames == {}


@pytest.mark.parametrize(
    "after", ["", "msg-", "42", "2024-01-15T10:00:00Z", "conv-018d0c90-4d00-7abc-8def-0123456789ab"]
)
def test_invalid_message_id_is_refused(after: str) -> None:
    world = World()
    conversation = an_answered_conversation(world)

    with pytest.raises(InvalidRequestError) as refusal:
        world.resume.resume(ADA, "phone", conversation_id=conversation.id, after=after)

    assert refusal.value.field == "after"


def test_replay_stops_at_a_closed_or_unavailable_connection() -> None:
    world = World()
    conversation = an_answered_conversation(world, times=2)

    world.gateway.gone = {"phone"}
    with pytest.raises(ConnectionGoneError):
        resume(world, conversation)
    world.gateway.gone, world.gateway.unavailable = set(), {"phone"}
    with pytest.raises(UnavailableError):
        resume(world, conversation)

    assert replayed_seqs(world) == []


@given(st.lists(st.sampled_from(["ask", "disconnect", "reconnect"]), max_size=25))
def test_client_that_reconnects_has_all_messages(steps: list[str]) -> None:
    """A client that disconnects at any time has, after reconnecting, the complete history."""
    world = World()
    conversation = an_answered_conversation(world)
    seen: dict[str, dict[str, Any]] = {
        f"msg-{message.id}": {"seq": message.seq} for message in world.list_messages(conversation.id)
    }
    connected = False

    def receive() -> None:
        for frame in world.gateway.frames["phone"]:
            if frame["type"] == "message":
                seen.setdefault(frame["id"], frame)
        world.gateway.frames.clear()

    def reconnect() -> None:
        world.add_connections(ADA, "phone")
        world.resume.resume(ADA, "phone", conversation_id=conversation.id, after=max(seen))
        receive()

    for step in steps:
        if step == "ask":
            world.messages.send(ADA, conversation.id, a_draft("Hello"))
            world.run_bots()
            receive()
        elif step == "disconnect" and connected:
            world.sockets.disconnect(ADA, "phone")
            connected = False
        elif step == "reconnect" and not connected:
            reconnect()
            connected = True
    reconnect()

    assert sorted(seen) == [f"msg-{message.id}" for message in world.list_messages(conversation.id)]
    assert [seen[message_id]["seq"] for message_id in sorted(seen)] == list(range(1, len(seen) + 1))


# ----------------------------------------------------------------------------------------------------------- claiming


def a_visitor_conversation(world: World) -> tuple[Conversation, str]:
    """Return a visitor's conversation with a connection, and its visitor token."""
    conversation = world.sockets.connect(a_visitor(), "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.run_bots()
    return conversation, world.gateway.frames["phone"][0]["session_token"]


def test_claim_transfers_the_conversation_to_the_user() -> None:
    world = World()
    conversation, token = a_visitor_conversation(world)
    visitor = a_visitor(conversation.id)
    world.messages.send(visitor, conversation.id, a_draft("Hello"))
    world.run_bots()
    messages = world.list_messages(conversation.id)

    claimed = world.claims.claim(ADA, token)

    assert (claimed.id, claimed.owner) == (conversation.id, ADA.owner)
    page = world.history.page(ADA, conversation.id, limit=50, before=None, after=None)
    assert list(page.items) == messages
    assert [message.content for message in messages] == ["Hello! Ask me anything.", "Hello", "You said: Hello"]


def test_claim_notifies_the_visitors_connections_and_revokes_the_token() -> None:
    world = World()
    conversation, token = a_visitor_conversation(world)

    for _ in range(2):
        world.claims.claim(ADA, token)

    assert world.gateway.frames["phone"][-1] == {
        "type": "status",
        "status": "claimed",
        "session_id": f"session-{conversation.id}",
    }
    assert not world.identity.visitors().is_token_valid(conversation.id, token, MORNING)
    with pytest.raises(ForbiddenError):
        world.messages.send(a_visitor(conversation.id), conversation.id, a_draft())


def test_pending_answer_is_delivered_to_the_user_after_a_claim() -> None:
    world = World()
    conversation, token = a_visitor_conversation(world)
    world.messages.send(a_visitor(conversation.id), conversation.id, a_draft("Hello"))

    world.claims.claim(ADA, token)
    world.add_connections(ADA, "laptop")
    world.run_bots()

    contents = [frame["content"] for frame in world.gateway.frames["laptop"] if frame["type"] == "message"]
    assert contents == ["Hello", "You said: Hello"]


@pytest.mark.parametrize("token", ["x", "", ".", "018d0c90-4d00-7abc-8def-0123456789a.x", "conv-018d0c90"])
def test_malformed_session_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        World().claims.claim(ADA, token)

    assert refusal.value.field == "session_token"


def test_claim_with_an_invalid_or_used_token_is_refused() -> None:
    world = World()
    _, token = a_visitor_conversation(world)
    forged = f"{token.partition('.')[0]}.{'x' * 43}"

    with pytest.raises(NotFoundError):
        world.claims.claim(ADA, forged)
    world.claims.claim(ADA, token)
    with pytest.raises(NotFoundError):
        world.claims.claim(EVE, token)


# ------------------------------------------------------------------------------------------------------------- expiry


def test_expiry_checks_are_scheduled_within_the_queues_maximum_delay() -> None:
    world = World()
    conversation, _ = a_visitor_conversation(world)
    check = ExpiryCheckJob(conversation_id=conversation.id)
    assert world.memory.checks == [(check, 15 * 60)]

    world.clock.forward(minutes=15)
    world.expiry.check(check)
    world.messages.send(a_visitor(conversation.id), conversation.id, a_draft())
    world.clock.forward(minutes=20)
    world.expiry.check(check)

    assert [seconds for _, seconds in world.memory.checks] == [15 * 60, 15 * 60, 10 * 60]
    assert "expired" not in world.gateway.types("phone")


def test_expiry_is_sent_to_all_connections_of_the_visitor() -> None:
    world = World()
    conversation, _ = a_visitor_conversation(world)
    world.add_connections(a_visitor(conversation.id), "laptop")
    world.memory.checks.clear()

    world.clock.forward(minutes=30)
    world.expiry.check(ExpiryCheckJob(conversation_id=conversation.id))

    expired = {"type": "status", "status": "expired", "session_id": f"session-{conversation.id}"}
    assert world.gateway.frames["phone"][-1] == world.gateway.frames["laptop"][-1] == expired
    assert world.memory.checks == []


def test_expiry_is_sent_if_the_conversation_was_already_deleted() -> None:
    world = World()
    conversation, _ = a_visitor_conversation(world)
    world.clock.forward(minutes=30)
    del world.memory.conversations[conversation.id]

    world.expiry.check(ExpiryCheckJob(conversation_id=conversation.id))

    expired = {"type": "status", "status": "expired", "session_id": f"session-{conversation.id}"}
    assert world.gateway.frames["phone"][-1] == expired


def test_claimed_conversation_has_no_expiry() -> None:
    world = World()
    conversation, token = a_visitor_conversation(world)
    world.claims.claim(ADA, token)
    world.memory.checks.clear()
    world.clock.forward(hours=9)

    world.expiry.check(ExpiryCheckJob(conversation_id=conversation.id))

    assert world.memory.checks == []
    assert "expired" not in world.gateway.types("phone")


def test_users_conversation_has_no_expiry_check() -> None:
    world = World()

    world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    assert world.memory.checks == []


# --------------------------------------------------------------------------------------------------- expired tokens


def test_connection_with_an_expired_token_gets_an_error_and_is_closed() -> None:
    world = World()
    ada = a_user("ada", expires_at=MORNING + timedelta(minutes=5))
    conversation = world.sockets.connect(ada, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.run_bots()
    world.gateway.frames.clear()
    world.connections.add(a_socket(ADA, "laptop"))

    world.clock.forward(minutes=5)
    world.messages.send(ADA, conversation.id, a_draft("a secret"))
    world.run_bots()

    assert world.gateway.types("laptop") == ["message", "typing", "message"]
    assert [frame["error"] for frame in world.gateway.frames["phone"]] == ["unauthorized"]
    assert world.gateway.closed == ["phone"]
    assert (ADA.owner, "phone") not in world.memory.sockets


@pytest.mark.parametrize("state", ["gone", "unavailable"])
def test_expired_connection_that_cannot_be_closed_does_not_affect_the_others(state: str) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.connections.add(a_socket(ADA, "phone", expires_at=MORNING))
    world.add_connections(ADA, "laptop")
    setattr(world.gateway, state, {"phone"})

    world.messages.send(ADA, conversation.id, a_draft())
    world.run_bots()

    assert world.gateway.types("laptop") == ["message", "typing", "message"]
    assert "phone" not in world.gateway.frames

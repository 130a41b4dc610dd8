"""Coming back: what a socket missed, and what becomes of visitors who stay silent or sign in."""

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
from conversations.domain.principal import Principal
from conversations.services.resume import MAX_REPLAYED_MESSAGES
from tests.builders import MORNING, a_conversation, a_draft, a_session_id, a_socket, a_user, a_visitor
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


def talked(world: World, owner: Principal = ADA, *, times: int = 1) -> Conversation:
    """Return a conversation in which so many questions were asked and answered."""
    conversation = world.holds(a_conversation(owner))
    for number in range(times):
        world.messages.send(owner, conversation.id, a_draft(f"{number}"))
        world.run_the_bots()
    world.gateway.told.clear()
    return conversation


def resumed(world: World, conversation: Conversation, *, after: int = 0, owner: Principal = ADA) -> ResumedFrame:
    """Resume behind the message ``after``."""
    last = None if after == 0 else f"msg-{world.stored(conversation.id)[after - 1].id}"
    return world.resume.resume(owner, "phone", session_id=conversation.id, after=last)


def replayed(world: World) -> list[int]:
    return [frame["seq"] for frame in world.gateway.told["phone"]]


# --------------------------------------------------------------------------------------------------------- resuming


@both_kinds_of_caller
def test_what_was_missed_comes_once_and_in_order(owner: Principal) -> None:
    world = World()
    conversation = talked(world, owner, times=3)

    frame = resumed(world, conversation, after=2, owner=owner)

    assert replayed(world) == [3, 4, 5, 6]
    assert frame.model_dump(exclude_none=True) == {
        "type": "status",
        "status": "resumed",
        "session_id": f"session-{conversation.id}",
        "last_seq": 6,
    }


def test_a_replayed_message_is_the_frame_it_was() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.devices(ADA, "laptop")
    world.messages.send(ADA, conversation.id, a_draft("Price?", client_message_id="a", attachments=2))
    world.run_the_bots()

    resumed(world, conversation)

    live = [frame for frame in world.gateway.told["laptop"] if frame["type"] == "message"]
    assert world.gateway.told["phone"] == live


def test_somebody_who_missed_nothing_is_told_so() -> None:
    world = World()
    conversation = talked(world, times=2)

    assert resumed(world, conversation, after=4).last_seq == 4
    assert replayed(world) == []


def test_a_conversation_without_messages_has_nothing_to_replay() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))

    frame = resumed(world, conversation)

    assert (frame.last_seq, frame.limited) == (0, None)


@pytest.mark.parametrize(("missed", "limited"), [(MAX_REPLAYED_MESSAGES, None), (MAX_REPLAYED_MESSAGES + 2, True)])
def test_of_very_much_only_the_newest_hundred_come_and_the_client_knows(missed: int, limited: bool | None) -> None:
    world = World()
    conversation = talked(world, times=missed // 2)

    frame = resumed(world, conversation)

    assert (frame.limited, frame.last_seq) == (limited, missed)
    assert replayed(world) == list(range(missed - MAX_REPLAYED_MESSAGES + 1, missed + 1))


def test_nobody_else_is_told() -> None:
    world = World()
    conversation = talked(world)
    world.devices(ADA, "laptop")

    resumed(world, conversation)

    assert set(world.gateway.told) == {"phone"}


def test_a_stranger_or_a_gone_conversation_gets_nothing() -> None:
    world = World()
    conversation = talked(world)
    visitor = a_visitor()
    visit = talked(world, visitor)

    for caller, session_id, refusal in (
        (EVE, conversation.id, ForbiddenError),
        (a_visitor(), conversation.id, ForbiddenError),
        (ADA, visit.id, ForbiddenError),
        (ADA, a_session_id(), NotFoundError),
    ):
        with pytest.raises(refusal):
            world.resume.resume(caller, "phone", session_id=session_id, after=None)
    world.clock.forward(minutes=31)
    with pytest.raises(NotFoundError):
        world.resume.resume(visitor, "phone", session_id=visit.id, after=None)

    assert world.gateway.told == {}


@pytest.mark.parametrize(
    "after", ["", "msg-", "42", "2024-01-15T10:00:00Z", "conv-018d0c90-4d00-7abc-8def-0123456789ab"]
)
def test_a_place_that_is_none_is_refused(after: str) -> None:
    world = World()
    conversation = talked(world)

    with pytest.raises(InvalidRequestError) as refusal:
        world.resume.resume(ADA, "phone", session_id=conversation.id, after=after)

    assert refusal.value.field == "after"


def test_a_socket_that_closes_or_chokes_meanwhile_is_told_nothing_more() -> None:
    world = World()
    conversation = talked(world, times=2)

    world.gateway.gone = {"phone"}
    with pytest.raises(ConnectionGoneError):
        resumed(world, conversation)
    world.gateway.gone, world.gateway.unavailable = set(), {"phone"}
    with pytest.raises(UnavailableError):
        resumed(world, conversation)

    assert replayed(world) == []


@given(st.lists(st.sampled_from(["ask", "cut", "come back"]), max_size=25))
def test_snapshot_and_frames_are_a_fresh_snapshot(steps: list[str]) -> None:
    """A device that is cut at any times has, after coming back, what somebody sees who looks for the first time."""
    world = World()
    conversation = talked(world)
    seen: dict[str, dict[str, Any]] = {
        f"msg-{message.id}": {"seq": message.seq} for message in world.stored(conversation.id)
    }
    connected = False

    def hear() -> None:
        for frame in world.gateway.told["phone"]:
            if frame["type"] == "message":
                seen.setdefault(frame["id"], frame)
        world.gateway.told.clear()

    def come_back() -> None:
        world.devices(ADA, "phone")
        world.resume.resume(ADA, "phone", session_id=conversation.id, after=max(seen))
        hear()

    for step in steps:
        if step == "ask":
            world.messages.send(ADA, conversation.id, a_draft("Hello"))
            world.run_the_bots()
            hear()
        elif step == "cut" and connected:
            world.sockets.disconnect(ADA, "phone")
            connected = False
        elif step == "come back" and not connected:
            come_back()
            connected = True
    come_back()

    assert sorted(seen) == [f"msg-{message.id}" for message in world.stored(conversation.id)]
    assert [seen[each]["seq"] for each in sorted(seen)] == list(range(1, len(seen) + 1))


# ----------------------------------------------------------------------------------------------------------- claiming


def visited(world: World) -> tuple[Conversation, str]:
    """Return a visitor's conversation with a socket, and its token."""
    conversation = world.sockets.connect(a_visitor(), "phone", bot_id=None, session_id=None, address=ADDRESS)
    world.run_the_bots()
    return conversation, world.gateway.told["phone"][0]["session_token"]


def test_a_visitor_who_signs_in_takes_the_conversation_along() -> None:
    world = World()
    conversation, token = visited(world)
    visitor = a_visitor(conversation.id)
    world.messages.send(visitor, conversation.id, a_draft("Hello"))
    world.run_the_bots()
    said = world.stored(conversation.id)

    claimed = world.claims.claim(ADA, token)

    assert (claimed.id, claimed.owner) == (conversation.id, ADA.owner)
    page = world.history.page(ADA, conversation.id, limit=50, before=None, after=None)
    assert list(page.items) == said
    assert [message.content for message in said] == ["Hello! Ask me anything.", "Hello", "You said: Hello"]


def test_the_visitors_sockets_are_told_and_their_token_opens_nothing() -> None:
    world = World()
    conversation, token = visited(world)

    for _ in range(2):
        world.claims.claim(ADA, token)

    assert world.gateway.told["phone"][-1] == {
        "type": "status",
        "status": "claimed",
        "session_id": f"session-{conversation.id}",
    }
    assert not world.identity.visitors().is_token_valid(conversation.id, token, MORNING)
    with pytest.raises(ForbiddenError):
        world.messages.send(a_visitor(conversation.id), conversation.id, a_draft())


def test_an_answer_that_is_on_its_way_comes_to_the_user() -> None:
    world = World()
    conversation, token = visited(world)
    world.messages.send(a_visitor(conversation.id), conversation.id, a_draft("Hello"))

    world.claims.claim(ADA, token)
    world.devices(ADA, "laptop")
    world.run_the_bots()

    contents = [frame["content"] for frame in world.gateway.told["laptop"] if frame["type"] == "message"]
    assert contents == ["Hello", "You said: Hello"]


@pytest.mark.parametrize("token", ["x", "", ".", "018d0c90-4d00-7abc-8def-0123456789a.x", "conv-018d0c90"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        World().claims.claim(ADA, token)

    assert refusal.value.field == "session_token"


def test_a_token_that_opens_nothing_claims_nothing() -> None:
    world = World()
    _, token = visited(world)
    forged = f"{token.partition('.')[0]}.{'x' * 43}"

    with pytest.raises(NotFoundError):
        world.claims.claim(ADA, forged)
    world.claims.claim(ADA, token)
    with pytest.raises(NotFoundError):
        world.claims.claim(EVE, token)


# ------------------------------------------------------------------------------------------------------------- expiry


def test_a_visitors_end_is_looked_for_in_steps_the_queue_allows() -> None:
    world = World()
    conversation, _ = visited(world)
    check = ExpiryCheckJob(session_id=conversation.id)
    assert world.memory.checks == [(check, 15 * 60)]

    world.clock.forward(minutes=15)
    world.expiry.check(check)
    world.messages.send(a_visitor(conversation.id), conversation.id, a_draft())
    world.clock.forward(minutes=20)
    world.expiry.check(check)

    assert [seconds for _, seconds in world.memory.checks] == [15 * 60, 15 * 60, 10 * 60]
    assert "expired" not in world.gateway.types("phone")


def test_a_visitor_whose_time_is_up_is_told_on_every_socket() -> None:
    world = World()
    conversation, _ = visited(world)
    world.devices(a_visitor(conversation.id), "laptop")
    world.memory.checks.clear()

    world.clock.forward(minutes=30)
    world.expiry.check(ExpiryCheckJob(session_id=conversation.id))

    expired = {"type": "status", "status": "expired", "session_id": f"session-{conversation.id}"}
    assert world.gateway.told["phone"][-1] == world.gateway.told["laptop"][-1] == expired
    assert world.memory.checks == []


def test_a_visitor_is_told_also_when_the_table_has_deleted_the_conversation_before_anybody_looked() -> None:
    world = World()
    conversation, _ = visited(world)
    world.clock.forward(minutes=30)
    del world.memory.conversations[conversation.id]

    world.expiry.check(ExpiryCheckJob(session_id=conversation.id))

    expired = {"type": "status", "status": "expired", "session_id": f"session-{conversation.id}"}
    assert world.gateway.told["phone"][-1] == expired


def test_a_conversation_that_is_a_users_by_now_has_no_end_to_look_for() -> None:
    world = World()
    conversation, token = visited(world)
    world.claims.claim(ADA, token)
    world.memory.checks.clear()
    world.clock.forward(hours=9)

    world.expiry.check(ExpiryCheckJob(session_id=conversation.id))

    assert world.memory.checks == []
    assert "expired" not in world.gateway.types("phone")


def test_a_users_conversation_is_not_watched_for_its_end() -> None:
    world = World()

    world.sockets.connect(ADA, "phone", bot_id=None, session_id=None, address=ADDRESS)

    assert world.memory.checks == []


# --------------------------------------------------------------------------------------------------- expired tokens


def test_a_silent_socket_whose_token_has_run_out_is_told_nothing_more() -> None:
    world = World()
    ada = a_user("ada", expires_at=MORNING + timedelta(minutes=5))
    conversation = world.sockets.connect(ada, "phone", bot_id=None, session_id=None, address=ADDRESS)
    world.run_the_bots()
    world.gateway.told.clear()
    world.sockets_table.add(a_socket(ADA, "laptop"))

    world.clock.forward(minutes=5)
    world.messages.send(ADA, conversation.id, a_draft("a secret"))
    world.run_the_bots()

    assert world.gateway.types("laptop") == ["message", "typing", "message"]
    assert [frame["error"] for frame in world.gateway.told["phone"]] == ["unauthorized"]
    assert world.gateway.closed == ["phone"]
    assert (ADA.owner, "phone") not in world.memory.sockets


@pytest.mark.parametrize("state", ["gone", "unavailable"])
def test_a_socket_that_cannot_be_told_of_its_end_spoils_nothing(state: str) -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.sockets_table.add(a_socket(ADA, "phone", expires_at=MORNING))
    world.devices(ADA, "laptop")
    setattr(world.gateway, state, {"phone"})

    world.messages.send(ADA, conversation.id, a_draft())
    world.run_the_bots()

    assert world.gateway.types("laptop") == ["message", "typing", "message"]
    assert "phone" not in world.gateway.told

"""Requests to stop an answer: from a device, and by the deletion or the claim of its conversation."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from conversations.contract.server_frames import IdleFrame, StoppingFrame
from conversations.domain import ids
from conversations.domain.answer_control import StopRequest
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ForbiddenError, NotFoundError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from conversations.domain.turn import AppendText, SendMessage, Turn, TurnEvent
from tests.builders import (
    MORNING,
    a_conversation,
    a_conversation_id,
    a_draft,
    a_socket,
    a_user,
    a_visitor,
    a_visitor_token,
    an_utterance,
)
from tests.fakes.memory import InMemoryVisitorTokenStore
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


def open_conversation(world: World, owner: Principal = ADA) -> Conversation:
    """Store a conversation whose bot has greeted, and open a device that streams."""
    world.connections.add(a_socket(owner, "phone", streams=True))
    return world.add_conversation(a_conversation(owner, answered_seq=0))


def send(world: World, conversation: Conversation, owner: Principal = ADA) -> Message:
    return world.messages.send(owner, conversation.id, a_draft("Tell me a story"))


def write_slowly(world: World, happen: Callable[[], object]) -> list[Turn]:
    """Let the next turn write for 5 seconds until it is stopped; something happens after its first word."""

    def write() -> Iterator[TurnEvent]:
        turn, written = world.engine.turns[-1], ""
        for number in range(20):
            written += f"{number} "
            yield AppendText(f"{number} ")
            if turn.is_stopped():
                break
            if number == 0:
                happen()
            world.clock.forward(seconds=0.25)
        yield SendMessage(an_utterance(written))

    world.engine.script = [write()]
    return world.engine.turns


def run(world: World, job: TurnJob) -> str:
    """Run a turn and return what its device shows of it: the content of the last message."""
    world.turn_service.handle(job)
    contents = [frame["content"] for frame in world.gateway.frames["phone"] if frame["type"] == "message"]
    return str(contents[-1])


@both_kinds_of_caller
def test_answer_in_progress_is_stopped_by_any_device_of_its_owner(owner: Principal) -> None:
    world = World()
    conversation = open_conversation(world, owner)
    message = send(world, conversation, owner)
    replies: list[object] = []
    write_slowly(world, lambda: replies.append(world.stops.stop(owner, conversation.id, None)))

    assert run(world, AnswerJob(conversation_id=conversation.id, message_id=message.id)) == "0 1 "

    assert replies == [StoppingFrame(session_id=f"session-{conversation.id}")]


def test_message_is_stopped_by_its_name() -> None:
    world = World()
    conversation = open_conversation(world)
    message = send(world, conversation)
    replies: list[StoppingFrame | IdleFrame] = []

    def stop() -> None:
        message_id = world.gateway.frames["phone"][-1]["id"]
        replies.append(world.stops.stop(ADA, conversation.id, ids.parse_message_id(message_id, field="id")))

    write_slowly(world, stop)

    assert run(world, AnswerJob(conversation_id=conversation.id, message_id=message.id)) == "0 1 "

    stopped = f"msg-{world.list_messages(conversation.id)[-1].id}"
    assert replies == [StoppingFrame(session_id=f"session-{conversation.id}", id=stopped)]


def test_greeting_is_stopped() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.connections.add(a_socket(ADA, "phone", streams=True))
    write_slowly(world, lambda: world.stops.stop(ADA, conversation.id, None))

    assert run(world, GreetJob(conversation_id=conversation.id)) == "0 1 "


def test_stop_names_the_answer_that_runs_and_not_the_next_one() -> None:
    world = World()
    conversation = open_conversation(world)
    first, second = send(world, conversation), send(world, conversation)
    world.stops.stop(ADA, conversation.id, None)
    world.clock.forward(seconds=1)
    write_slowly(world, lambda: None)
    run(world, AnswerJob(conversation_id=conversation.id, message_id=first.id))

    write_slowly(world, lambda: None)

    assert run(world, AnswerJob(conversation_id=conversation.id, message_id=second.id)).endswith("19 ")


def test_without_an_answer_in_progress_there_is_nothing_to_stop() -> None:
    world = World()
    conversation = open_conversation(world)
    idle = IdleFrame(session_id=f"session-{conversation.id}")
    assert world.stops.stop(ADA, conversation.id, None) == idle

    send(world, conversation)
    world.run_bots()

    assert world.stops.stop(ADA, conversation.id, None) == idle
    assert world.memory.stop_requests == {}


def test_message_of_an_earlier_answer_is_not_in_progress() -> None:
    world = World()
    conversation = open_conversation(world)
    send(world, conversation)
    world.run_bots()
    earlier = world.list_messages(conversation.id)[-1]
    world.clock.forward(seconds=1)
    send(world, conversation)

    assert world.stops.stop(ADA, conversation.id, earlier.id) == IdleFrame(session_id=f"session-{conversation.id}")


def test_only_the_owner_stops_an_answer() -> None:
    world = World()
    conversation = open_conversation(world)
    send(world, conversation)

    for caller in (EVE, a_visitor()):
        with pytest.raises(ForbiddenError):
            world.stops.stop(caller, conversation.id, None)
    with pytest.raises(NotFoundError):
        world.stops.stop(ADA, a_conversation_id(), None)
    assert world.memory.stop_requests == {}


def test_stop_request_is_valid_for_ten_minutes() -> None:
    world = World()
    conversation = open_conversation(world)
    message = send(world, conversation)

    world.stops.stop(ADA, conversation.id, None)

    turn_id = f"{conversation.id}:{message.id}"
    expected = StopRequest(turn_id, None, MORNING + timedelta(minutes=10))
    assert list(world.memory.stop_requests.values()) == [expected]


def test_deletion_stops_the_answer() -> None:
    world = World()
    conversation = open_conversation(world)
    message = send(world, conversation)

    turns = write_slowly(world, lambda: world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 9.0))

    world.turn_service.handle(AnswerJob(conversation_id=conversation.id, message_id=message.id))

    assert turns[-1].is_stopped()
    assert "stopped" not in world.gateway.types("phone")


def test_erasure_of_a_user_deletes_stop_requests() -> None:
    world = World()
    conversation = open_conversation(world)
    send(world, conversation)
    world.stops.stop(ADA, conversation.id, None)

    assert world.erasure.delete_user(ADA, time_left=lambda: 9.0)

    assert world.memory.stop_requests == {}


def test_answer_that_a_user_claims_is_streamed_to_the_user_and_complete() -> None:
    world = World()
    visitor = a_visitor()
    conversation = open_conversation(world, visitor)
    world.connections.add(a_socket(ADA, "laptop", streams=True))
    message = send(world, conversation, visitor)
    token = a_visitor_token(conversation.id)
    InMemoryVisitorTokenStore(world.memory).add_token(conversation.id, hash_secret(token))
    write_slowly(world, lambda: world.claims.claim(ADA, token))

    world.turn_service.handle(AnswerJob(conversation_id=conversation.id, message_id=message.id))

    assert world.gateway.types("phone") == ["message", "typing", "delta", "claimed"]
    assert set(world.gateway.types("laptop")[:-1]) == {"delta"}
    assert world.gateway.frames["laptop"][0]["offset"] == 0
    assert world.gateway.frames["laptop"][-1]["content"].endswith("19 ")


@pytest.mark.parametrize("ends", ["delete", "claim"])
def test_deletion_and_claim_do_not_depend_on_the_answer(ends: str) -> None:
    world = World()
    visitor = a_visitor()
    owner = ADA if ends == "delete" else visitor
    conversation = open_conversation(world, owner)
    send(world, conversation, owner)
    world.connections.refuses_controls = True

    if ends == "delete":
        world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 9.0)
        assert conversation.id not in world.memory.conversations
    else:
        token = a_visitor_token(conversation.id)
        InMemoryVisitorTokenStore(world.memory).add_token(conversation.id, hash_secret(token))
        assert world.claims.claim(ADA, token).owner == ADA.owner

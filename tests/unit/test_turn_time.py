"""The parts of a turn share the time of the invocation, and messages of any size reach their readers."""

import logging
from datetime import timedelta

import pytest

from basic import config
from conversations.contract.server_frames import PongFrame
from conversations.domain import turn_time
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Suggestion, Utterance
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.turn import SendMessage, SendSuggestions
from tests.builders import a_conversation, a_draft, a_user
from tests.fakes.gateway import RecordingGateway
from tests.fakes.scripts import ScriptWorld
from tests.fakes.world import World

ADA = a_user("ada")

LONG = tuple(Suggestion(text=f"{number}", value="😀" * MAX_CONTENT_LENGTH) for number in range(10))
"""320 KB of quick replies."""


@pytest.mark.parametrize(
    ("left", "seconds"), [(60, turn_time.MAX_SCRIPT_SECONDS), (20, 20 - 3 - turn_time.DELIVER_SECONDS), (2, 0)]
)
def test_script_has_the_time_that_is_left_before_storing_and_delivering(left: float, seconds: float) -> None:
    assert turn_time.get_script_seconds(left) == seconds


def test_script_that_takes_all_its_time_while_a_connection_is_dead_is_answered_with_its_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = ScriptWorld('HEAR x\nDO\nGET "https://slow.example/"\nLOOP')
    conversation = world.start_conversation()
    world.add_connections(ADA, "phone", "dead")
    world.gateway.unavailable = {"dead"}
    world.web.takes = 6
    message = world.messages.send(ADA, conversation.id, a_draft("Go"))

    with caplog.at_level(logging.ERROR):
        job = AnswerJob(conversation_id=conversation.id, message_id=message.id)
        world.turn_service.handle(job, lambda: 25 - world.web.seconds)

    assert world.web.seconds <= 25 - turn_time.STORE_SECONDS - turn_time.DELIVER_SECONDS
    assert world.list_messages(conversation.id)[-1].content == config.SCRIPT_FAILED
    assert world.gateway.frames["phone"][-1]["content"] == config.SCRIPT_FAILED
    assert "start.bas:3:1: " in caplog.text


def test_greeting_and_first_answer_share_the_time_of_their_turn() -> None:
    request = 'GET "https://slow.example/"\n'
    world = ScriptWorld(f"{request * 2}HEAR x\n{request * 2}TALK x")
    world.web.takes = 8
    conversation = world.add_conversation(a_conversation(ADA))

    world.send(conversation, "Hello")

    assert world.web.seconds <= turn_time.MAX_SCRIPT_SECONDS
    assert [message.content for message in world.list_messages(conversation.id)] == ["Hello", config.SCRIPT_FAILED]


class SlowGateway(RecordingGateway):
    """A gateway that needs two seconds for each frame."""

    world: World

    def send(self, connection_id: str, frame: str) -> None:
        RecordingGateway.send(self, connection_id, frame)
        self.world.clock.forward(seconds=2)


def test_slow_connection_ends_the_delivery_in_time() -> None:
    world = World()
    world.gateway = gateway = SlowGateway()
    gateway.world = world
    world.add_connections(ADA, "phone")
    started_at = world.clock()

    world.fan_out.send_to_owner(ADA.owner, [PongFrame()] * 50)

    assert world.clock() - started_at <= timedelta(seconds=turn_time.DELIVER_SECONDS)
    assert world.gateway.types("phone") == ["pong", "pong"]
    assert world.gateway.closed == ["phone"]


# ------------------------------------------------------------------------------------------------------ large messages


def test_quick_replies_of_any_engine_are_limited_before_they_are_stored() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    short = Suggestion(text="Yes", value="yes")
    events = [SendMessage(Utterance(content="😀" * MAX_CONTENT_LENGTH, suggestions=(short, *LONG)))]
    world.engine.script = [[*events, SendSuggestions((short, *LONG))]]
    world.messages.send(ADA, conversation.id, a_draft("Hello"))

    world.run_bots()

    assert world.list_messages(conversation.id)[-1].suggestions == (short,)
    frames = world.gateway.frames["phone"]
    assert [frame["suggestions"] for frame in frames if frame["type"] == "suggestion"] == [[short.model_dump()]] * 2
    assert all("truncated" not in frame for frame in frames)


def test_conversation_with_a_message_over_the_limit_of_the_gateway_can_be_resumed() -> None:
    """Versions before 2026-11-28 stored such messages."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    for content in ("first", "second", "third"):
        world.messages.send(ADA, conversation.id, a_draft(content))
    history = world.memory.history[conversation.id]
    history[1] = history[1].model_copy(update={"content": "é" * MAX_CONTENT_LENGTH, "suggestions": LONG})

    frame = world.resume.resume(ADA, "phone", conversation_id=conversation.id, after=None)

    first, large, third = world.gateway.frames["phone"]
    assert (first["content"], third["content"], frame.last_seq) == ("first", "third", 3)
    assert large["id"] == f"msg-{history[1].id}"
    assert large["truncated"] is True
    assert large["content"] == "é" * 4_000
    assert "suggestions" not in large


def test_turn_without_time_for_its_script_is_run_again_and_makes_no_request() -> None:
    world = ScriptWorld('HEAR x\nGET "https://slow.example/"')
    conversation = world.start_conversation()
    message = world.messages.send(ADA, conversation.id, a_draft("Go"))

    job = AnswerJob(conversation_id=conversation.id, message_id=message.id)
    with pytest.raises(UnavailableError):
        world.turn_service.handle(job, lambda: 1.0)

    assert world.web.requests == []
    assert world.list_messages(conversation.id)[-1].content == "Go"

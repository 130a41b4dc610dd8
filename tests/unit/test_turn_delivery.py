"""Delayed delivery: messages after a pause are stored immediately, delivered later, and never after the next turn."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob, DelayedDeliveryJob
from conversations.domain.turn import Pause, SendMessage, TurnEvent
from tests.builders import a_conversation, a_draft, a_user, a_visitor, an_utterance
from tests.fakes.memory import InMemoryDelayedDeliveryQueue
from tests.fakes.scripts import ScriptWorld
from tests.fakes.world import World

ADA = a_user("ada")


class UnavailableDelayQueue(InMemoryDelayedDeliveryQueue):
    """A queue that accepts nothing."""

    def put(self, telling: DelayedDeliveryJob, *, seconds: int) -> None:  # noqa: ARG002 - signature of the port
        raise UnavailableError


class PausingWorld(World):
    """A world with one conversation and one connection."""

    def __init__(self, *events: TurnEvent) -> None:
        super().__init__()
        self.add_connections(ADA, "phone")
        self.conversation = self.add_conversation(a_conversation(ADA))
        self.engine.script = [list(events)]

    def send(self, content: str = "Hello") -> None:
        self.messages.send(ADA, self.conversation.id, a_draft(content))
        self.run_bots()

    def wait(self) -> int:
        """Deliver the next delayed part, and return its delay in seconds."""
        job, seconds = self.memory.delayed_deliveries.pop(0)
        self.clock.forward(seconds=seconds)
        self.delivery.deliver_next(job)
        return seconds

    def shown(self, device: str = "phone") -> list[str]:
        """Return the content or the type of each frame of a connection."""
        return [_describe(frame) for frame in self.gateway.frames[device]]


def _describe(frame: dict[str, Any]) -> str:
    return str(frame["content"] if frame["type"] == "message" else frame["type"])


def send(content: str, *suggestions: str) -> SendMessage:
    return SendMessage(an_utterance(content, *suggestions))


def test_message_after_a_pause_is_delayed_and_typing_is_shown() -> None:
    world = PausingWorld(send("One moment."), Pause(3), send("Here it is.", "Thanks"))
    world.send()
    assert world.shown() == ["Hello", "typing", "One moment.", "typing"]

    assert world.wait() == 3

    assert world.shown()[4:] == ["Here it is.", "suggestion"]
    assert world.memory.delayed_deliveries == []


def test_delayed_messages_are_stored_immediately() -> None:
    world = PausingWorld(send("One."), Pause(60), send("Two."))
    world.send()

    assert [message.content for message in world.list_messages(world.conversation.id)] == ["Hello", "One.", "Two."]


def test_several_pauses_delay_one_after_another() -> None:
    world = PausingWorld(send("One."), Pause(1), send("Two."), Pause(2), send("Three."), send("Four."))
    world.send()

    assert [world.wait(), world.wait()] == [1, 2]

    assert world.shown()[2:] == ["One.", "typing", "Two.", "typing", "Three.", "Four."]


def test_first_message_can_be_delayed() -> None:
    world = PausingWorld(Pause(2), send("Hm."))
    world.send()
    assert world.shown() == ["Hello", "typing", "typing"]

    world.wait()

    assert world.shown()[3:] == ["Hm."]


def test_pause_without_a_later_message_is_ignored() -> None:
    world = PausingWorld(send("Bye."), Pause(10))
    world.send()

    assert world.shown() == ["Hello", "typing", "Bye."]
    assert world.memory.delayed_deliveries == []


@pytest.mark.parametrize(("pauses", "seconds"), [([0.2], 1), ([1, 2.5], 4), ([300] * 5, 900)])
def test_pause_is_rounded_up_to_seconds_and_limited_to_fifteen_minutes(pauses: list[float], seconds: int) -> None:
    world = PausingWorld(send("One."), *(Pause(pause) for pause in pauses), send("Two."))
    world.send()

    assert world.wait() == seconds


def test_delayed_messages_are_flushed_before_the_next_turn() -> None:
    world = PausingWorld(send("One."), Pause(60), send("Two."), Pause(60), send("Three."))
    world.add_connections(ADA, "laptop")
    world.send()
    world.send("Hurry up!")

    assert world.shown("laptop")[2:] == [
        *("One.", "typing", "Two.", "Three."),
        *("Hurry up!", "typing", "You said: Hurry up!"),
    ]
    world.wait()
    assert world.shown("laptop")[-1] == "You said: Hurry up!"
    assert world.memory.delayed_deliveries == []


def test_repeated_delivery_has_the_same_message_ids() -> None:
    world = PausingWorld(send("One."), Pause(1), send("Two."))
    world.send()
    job, _ = world.memory.delayed_deliveries[0]
    world.wait()
    world.delivery.deliver_next(job)

    first, second = (frame for frame in world.gateway.frames["phone"] if frame.get("content") == "Two.")
    assert first == second


def test_deleted_conversation_gets_no_delayed_messages() -> None:
    world = PausingWorld(send("One."), Pause(1), send("Two."))
    world.send()
    world.erasure.delete_conversation(ADA, world.conversation.id, time_left=lambda: 10)

    world.wait()

    assert "Two." not in world.shown()


def test_expired_visitor_gets_no_delayed_messages() -> None:
    visitor = a_visitor()
    world = World()
    world.add_connections(visitor, "phone")
    conversation = world.add_conversation(a_conversation(visitor))
    world.engine.script = [[send("One."), Pause(1), send("Two.")]]
    world.messages.send(visitor, conversation.id, a_draft())
    world.run_bots()
    job, _ = world.memory.delayed_deliveries[0]
    world.clock.forward(minutes=31)

    world.delivery.deliver_next(job)

    assert "Two." not in [frame.get("content") for frame in world.gateway.frames["phone"]]


def test_retry_delivers_everything_if_the_delay_could_not_be_queued() -> None:
    world = PausingWorld(send("One."), Pause(60), send("Two."))
    world.delayed_deliveries = UnavailableDelayQueue(world.memory)
    message = world.messages.send(ADA, world.conversation.id, a_draft())
    work = AnswerJob(conversation_id=world.conversation.id, message_id=message.id)

    with pytest.raises(UnavailableError):
        world.turn_service.handle(work)
    world.turn_service.handle(work)

    assert world.shown()[-2:] == ["One.", "Two."]
    assert len(world.list_messages(world.conversation.id)) == 3


def test_wait_statement_delays_the_message() -> None:
    world = ScriptWorld('TALK "One moment."\nWAIT 5\nTALK "Which size?"\nHEAR size\nTALK size')
    world.add_connections(ADA, "phone")
    conversation = world.start_conversation()
    assert [frame.get("content") for frame in world.gateway.frames["phone"]] == ["One moment.", None]

    ((_, seconds),) = world.memory.delayed_deliveries
    world.send(conversation, "Large")

    assert seconds == 5
    assert world.get_bot_messages(conversation) == ["One moment.", "Which size?", "Large"]


_EVENTS = st.lists(st.one_of(st.integers(0, 400).map(Pause), st.just("send")), max_size=12)


@given(_EVENTS, st.lists(st.booleans(), max_size=12))
@settings(deadline=None)
def test_all_messages_are_delivered_in_order_with_any_pauses(kinds: list[Any], writes: list[bool]) -> None:
    events = [send(f"{index}") if kind == "send" else kind for index, kind in enumerate(kinds)]
    world = PausingWorld(*events)
    world.send()
    for write in writes:
        if write:
            world.send("Well?")
        elif world.memory.delayed_deliveries:
            world.wait()
    while world.memory.delayed_deliveries:
        world.wait()

    shown = [frame["id"] for frame in world.gateway.frames["phone"] if frame["type"] == "message"]
    unique = list(dict.fromkeys(shown))
    assert unique == [f"msg-{message.id}" for message in world.list_messages(world.conversation.id)]

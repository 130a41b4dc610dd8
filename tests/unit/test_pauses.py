"""What a bot says after a pause: stored at once, told later, and never behind what comes next."""

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


class BusyTellings(InMemoryDelayedDeliveryQueue):
    """A queue that takes nothing."""

    def put(self, telling: DelayedDeliveryJob, *, seconds: int) -> None:  # noqa: ARG002 - the port's
        raise UnavailableError


class Paused(World):
    """A world with one conversation, and a phone."""

    def __init__(self, *events: TurnEvent) -> None:
        super().__init__()
        self.devices(ADA, "phone")
        self.conversation = self.holds(a_conversation(ADA))
        self.engine.script = [list(events)]

    def says(self, content: str = "Hello") -> None:
        self.messages.send(ADA, self.conversation.id, a_draft(content))
        self.run_the_bots()

    def wait(self) -> int:
        """Let the next telling come, and return after how many seconds."""
        telling, seconds = self.memory.tellings.pop(0)
        self.clock.forward(seconds=seconds)
        self.delivery.deliver_next(telling)
        return seconds

    def shown(self, device: str = "phone") -> list[str]:
        """Return what a device was told, frame by frame."""
        return [_what(frame) for frame in self.gateway.told[device]]


def _what(frame: dict[str, Any]) -> str:
    return str(frame["content"] if frame["type"] == "message" else frame["type"])


def say(content: str, *suggestions: str) -> SendMessage:
    return SendMessage(an_utterance(content, *suggestions))


def test_what_follows_a_pause_is_told_that_much_later_and_until_then_the_bot_is_typing() -> None:
    world = Paused(say("One moment."), Pause(3), say("Here it is.", "Thanks"))
    world.says()
    assert world.shown() == ["Hello", "typing", "One moment.", "typing"]

    assert world.wait() == 3

    assert world.shown()[4:] == ["Here it is.", "suggestion"]
    assert world.memory.tellings == []


def test_all_of_it_is_stored_at_once() -> None:
    world = Paused(say("One."), Pause(60), say("Two."))
    world.says()

    assert [message.content for message in world.stored(world.conversation.id)] == ["Hello", "One.", "Two."]


def test_pauses_follow_one_another() -> None:
    world = Paused(say("One."), Pause(1), say("Two."), Pause(2), say("Three."), say("Four."))
    world.says()

    assert [world.wait(), world.wait()] == [1, 2]

    assert world.shown()[2:] == ["One.", "typing", "Two.", "typing", "Three.", "Four."]


def test_a_bot_may_pause_before_it_says_anything() -> None:
    world = Paused(Pause(2), say("Hm."))
    world.says()
    assert world.shown() == ["Hello", "typing", "typing"]

    world.wait()

    assert world.shown()[3:] == ["Hm."]


def test_a_pause_with_nothing_behind_it_is_none() -> None:
    world = Paused(say("Bye."), Pause(10))
    world.says()

    assert world.shown() == ["Hello", "typing", "Bye."]
    assert world.memory.tellings == []


@pytest.mark.parametrize(("pauses", "seconds"), [([0.2], 1), ([1, 2.5], 4), ([300] * 5, 900)])
def test_a_pause_is_of_whole_seconds_and_of_a_quarter_of_an_hour_at_most(pauses: list[float], seconds: int) -> None:
    world = Paused(say("One."), *(Pause(each) for each in pauses), say("Two."))
    world.says()

    assert world.wait() == seconds


def test_who_writes_during_a_pause_waits_no_longer_and_sees_everything_in_order() -> None:
    world = Paused(say("One."), Pause(60), say("Two."), Pause(60), say("Three."))
    world.devices(ADA, "laptop")
    world.says()
    world.says("Hurry up!")

    assert world.shown("laptop")[2:] == [
        *("One.", "typing", "Two.", "Three."),
        *("Hurry up!", "typing", "You said: Hurry up!"),
    ]
    world.wait()
    assert world.shown("laptop")[-1] == "You said: Hurry up!"
    assert world.memory.tellings == []


def test_a_telling_that_comes_twice_is_told_twice_with_the_same_id() -> None:
    world = Paused(say("One."), Pause(1), say("Two."))
    world.says()
    telling, _ = world.memory.tellings[0]
    world.wait()
    world.delivery.deliver_next(telling)

    first, second = (frame for frame in world.gateway.told["phone"] if frame.get("content") == "Two.")
    assert first == second


def test_nothing_is_told_of_a_conversation_that_is_gone() -> None:
    world = Paused(say("One."), Pause(1), say("Two."))
    world.says()
    world.erasure.delete_conversation(ADA, world.conversation.id, time_left=lambda: 10)

    world.wait()

    assert "Two." not in world.shown()


def test_nothing_is_told_to_a_visitor_whose_time_is_up() -> None:
    visitor = a_visitor()
    world = World()
    world.devices(visitor, "phone")
    conversation = world.holds(a_conversation(visitor))
    world.engine.script = [[say("One."), Pause(1), say("Two.")]]
    world.messages.send(visitor, conversation.id, a_draft())
    world.run_the_bots()
    telling, _ = world.memory.tellings[0]
    world.clock.forward(minutes=31)

    world.delivery.deliver_next(telling)

    assert "Two." not in [frame.get("content") for frame in world.gateway.told["phone"]]


def test_when_the_pause_cannot_be_queued_everything_is_told_by_the_next_try() -> None:
    world = Paused(say("One."), Pause(60), say("Two."))
    world.tellings = BusyTellings(world.memory)
    message = world.messages.send(ADA, world.conversation.id, a_draft())
    work = AnswerJob(session_id=world.conversation.id, message_id=message.id)

    with pytest.raises(UnavailableError):
        world.turn_service.handle(work)
    world.turn_service.handle(work)

    assert world.shown()[-2:] == ["One.", "Two."]
    assert len(world.stored(world.conversation.id)) == 3


def test_a_script_waits() -> None:
    world = ScriptWorld('TALK "One moment."\nWAIT 5\nTALK "Which size?"\nHEAR size\nTALK size')
    world.devices(ADA, "phone")
    conversation = world.opened()
    assert [frame.get("content") for frame in world.gateway.told["phone"]] == ["One moment.", None]

    ((_, seconds),) = world.memory.tellings
    world.says(conversation, "Large")

    assert seconds == 5
    assert world.told(conversation) == ["One moment.", "Which size?", "Large"]


_EVENTS = st.lists(st.one_of(st.integers(0, 400).map(Pause), st.just("say")), max_size=12)


@given(_EVENTS, st.lists(st.booleans(), max_size=12))
@settings(deadline=None)
def test_whatever_is_said_and_waited_for_every_device_is_told_all_of_it_in_order(
    kinds: list[Any], writes: list[bool]
) -> None:
    events = [say(f"{place}") if kind == "say" else kind for place, kind in enumerate(kinds)]
    world = Paused(*events)
    world.says()
    for write in writes:
        if write:
            world.says("Well?")
        elif world.memory.tellings:
            world.wait()
    while world.memory.tellings:
        world.wait()

    shown = [frame["id"] for frame in world.gateway.told["phone"] if frame["type"] == "message"]
    once = list(dict.fromkeys(shown))
    assert once == [f"msg-{message.id}" for message in world.stored(world.conversation.id)]

"""A connection that asks for quick replies within messages gets them once, and every other one as before."""

from collections.abc import Callable
from typing import Any

import pytest

from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob, GreetJob
from conversations.domain.message import Attachment, Suggestion, Utterance
from conversations.domain.turn import Pause, SaveState, SendMessage, SendSuggestions, TurnEvent
from tests.builders import a_conversation, a_draft, a_socket, a_user, an_utterance
from tests.fakes.world import World

ADA = a_user("ada")

QUICK_REPLIES = [{"text": "Why?", "value": "Why?"}]


def a_world(*events: TurnEvent, **about: Any) -> tuple[World, Conversation]:  # noqa: ANN401 - fields of a conversation
    """Return a world with a connection of each kind, and a conversation in which the bot answers with some events."""
    world = World()
    world.connections.add(a_socket(ADA, "old"))
    world.connections.add(a_socket(ADA, "new", suggestions_in_messages=True))
    world.engine.script = [list(events)]
    return world, world.add_conversation(a_conversation(ADA, **about))


def say(text: str, *suggestions: str) -> SendMessage:
    return SendMessage(an_utterance(text, *suggestions))


def run_from_queue(world: World, conversation: Conversation) -> None:
    world.messages.send(ADA, conversation.id, a_draft("Price?"))
    world.run_bots()


def run_inline(world: World, conversation: Conversation) -> None:
    world.engine.pure = True
    world.memory.change(conversation.id, answered_seq=0)
    world.sender.send(ADA, conversation.id, a_draft("Price?"), connection_id=None).deliver()
    assert world.list_jobs() == []


def greet(world: World, conversation: Conversation) -> None:
    world.turn_service.handle(GreetJob(conversation_id=conversation.id))


def redeliver_greeting(world: World, conversation: Conversation) -> None:
    greet(world, conversation)
    world.gateway.frames.clear()
    greet(world, conversation)


def redeliver(world: World, conversation: Conversation) -> None:
    message = world.messages.send(ADA, conversation.id, a_draft("Price?"))
    world.run_bots()
    world.gateway.frames.clear()
    world.turn_service.handle(AnswerJob(conversation_id=conversation.id, message_id=message.id))


def flush_inline(world: World, conversation: Conversation) -> None:
    """The function that answered has died before it sent anything; the next turn sends it first."""
    world.engine.pure = True
    world.memory.change(conversation.id, answered_seq=0)
    world.sender.send(ADA, conversation.id, a_draft("Price?"), connection_id=None)
    world.engine.script = [[]]
    world.messages.send(ADA, conversation.id, a_draft("Hello?"))
    world.run_bots()


@pytest.mark.parametrize("run", [run_from_queue, run_inline, greet, redeliver_greeting, redeliver, flush_inline])
def test_quick_replies_of_a_message_are_repeated_only_for_those_who_did_not_ask(
    run: Callable[[World, Conversation], None],
) -> None:
    world, conversation = a_world(say("It is free.", "Why?"))

    run(world, conversation)

    old, new = world.gateway.frames["old"], world.gateway.frames["new"]
    (repeated,) = (frame for frame in old if frame["type"] == "suggestion")
    assert repeated == {
        "type": "suggestion",
        "session_id": f"session-{conversation.id}",
        "suggestions": QUICK_REPLIES,
    }
    assert new == [frame for frame in old if frame is not repeated]
    assert [frame["suggestions"] for frame in new if "suggestions" in frame] == [QUICK_REPLIES]


def test_delayed_message_has_its_quick_replies() -> None:
    world, conversation = a_world(say("One moment."), Pause(3), say("It is free.", "Why?"))
    run_from_queue(world, conversation)
    world.gateway.frames.clear()

    (job, _) = world.memory.delayed_deliveries[0]
    world.delivery.deliver_next(job)

    assert world.gateway.types("old") == ["message", "suggestion"]
    assert world.gateway.types("new") == ["message"]
    assert world.gateway.frames["new"][0]["suggestions"] == QUICK_REPLIES


def test_messages_flushed_by_the_next_turn_have_their_quick_replies() -> None:
    world, conversation = a_world(say("One moment."), Pause(3), say("It is free.", "Why?"))
    run_from_queue(world, conversation)
    world.gateway.frames.clear()
    world.engine.script = [[]]

    run_from_queue(world, conversation)

    assert "suggestion" in world.gateway.types("old")
    assert "suggestion" not in world.gateway.types("new")


@pytest.mark.parametrize(
    "events",
    [
        [SendSuggestions((Suggestion(text="Why?", value="Why?"),))],
        [SendMessage(an_utterance("It is free.")), SendSuggestions((Suggestion(text="Why?", value="Why?"),))],
        [SaveState({}), SendSuggestions(())],
    ],
    ids=["alone", "beside a message", "none"],
)
def test_quick_replies_without_a_message_are_sent_to_all(events: list[TurnEvent]) -> None:
    world, conversation = a_world(*events)

    run_from_queue(world, conversation)

    assert world.gateway.frames["new"] == world.gateway.frames["old"]
    assert world.gateway.types("new")[-1] == "suggestion"


def test_quick_replies_of_several_messages_are_sent_together_to_all() -> None:
    world, conversation = a_world(say("It is free.", "Why?"), say("Really.", "Thanks"))

    run_from_queue(world, conversation)

    assert world.gateway.frames["new"] == world.gateway.frames["old"]
    assert [each["text"] for each in world.gateway.frames["new"][-1]["suggestions"]] == ["Why?", "Thanks"]


def test_message_that_is_cut_off_keeps_its_quick_replies() -> None:
    file = Attachment(name="a.pdf", content_type="application/pdf", url=f"https://files.example/{'x' * 2_000}")
    free = Utterance(
        content="It is free.", suggestions=(Suggestion(text="Why?", value="Why?"),), attachments=(file,) * 70
    )
    world, conversation = a_world(SendMessage(free))

    run_from_queue(world, conversation)

    message = world.gateway.frames["new"][-1]
    assert message["truncated"] is True
    assert message["suggestions"] == QUICK_REPLIES
    assert world.gateway.types("old")[-2:] == ["message", "suggestion"]

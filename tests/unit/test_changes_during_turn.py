"""``TurnService``: what is sent about a conversation that is claimed, archived or deleted while its bot works.

A bot whose script calls another system works for up to 20 seconds.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest

from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Suggestion
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from conversations.domain.turn import Pause, Redact, SendMessage, SendSuggestions, TurnEvent
from tests.builders import a_conversation, a_draft, a_user, a_visitor, a_visitor_token, an_utterance
from tests.fakes.memory import InMemoryVisitorTokenStore
from tests.fakes.world import World

ADA = a_user("ada")
ANSWER = (
    SendMessage(an_utterance("It is free.", "Why?")),
    SendMessage(an_utterance("Anything else?")),
    SendSuggestions((Suggestion(text="Bye", value="Bye"),)),
)

at_any_event = pytest.mark.parametrize("position", range(len(ANSWER) + 1))


def run_turn(world: World, conversation: Conversation, owner: Principal, events: Iterator[TurnEvent]) -> None:
    """Let the bot answer a message from the connection ``tab`` with these events."""
    message = world.messages.send(owner, conversation.id, a_draft("Price?"))
    world.engine.script = [events]
    world.turn_service.handle(AnswerJob(conversation_id=conversation.id, message_id=message.id, connection_id="tab"))


def interrupt(events: Sequence[TurnEvent], position: int, change: Callable[[], object]) -> Iterator[TurnEvent]:
    """Yield the events of a turn; ``change`` happens before the event at ``position``, or after the last one."""
    yield from events[:position]
    change()
    yield from events[position:]


def list_contents(world: World, connection_id: str) -> list[str]:
    return [frame["content"] for frame in world.gateway.frames[connection_id] if frame["type"] == "message"]


def create_visit(world: World) -> tuple[Conversation, Principal, Callable[[], object]]:
    """Store a visitor's conversation with two tabs, and open Ada's phone; return also the claim by Ada."""
    visitor = a_visitor()
    conversation = world.add_conversation(a_conversation(visitor))
    world.add_connections(visitor, "tab", "other tab")
    world.add_connections(ADA, "phone")
    token = a_visitor_token(conversation.id)
    InMemoryVisitorTokenStore(world.memory).add_token(conversation.id, hash_secret(token))
    return conversation, visitor, lambda: world.claims.claim(ADA, token)


@at_any_event
def test_answer_after_claim_reaches_user_and_not_visitor(position: int) -> None:
    world = World()
    conversation, visitor, claim = create_visit(world)

    run_turn(world, conversation, visitor, interrupt(ANSWER, position, claim))

    assert world.gateway.types("phone") == ["message", "message", "suggestion", "suggestion"]
    assert list_contents(world, "phone") == ["It is free.", "Anything else?"]
    assert world.gateway.types("tab") == ["typing", "claimed"]
    assert world.gateway.types("other tab") == ["message", "typing", "claimed"]


def test_bot_sees_the_history_after_a_claim() -> None:
    world = World()
    conversation, visitor, claim = create_visit(world)
    contents: list[str] = []

    def read_history() -> None:
        claim()
        contents.extend(message.content for message in world.engine.turns[-1].history(9))

    run_turn(world, conversation, visitor, interrupt(ANSWER, 1, read_history))

    assert contents == ["Price?"]


def test_redacted_message_after_claim_reaches_user_and_not_visitor() -> None:
    world = World()
    world.engine.redacts = True
    conversation, visitor, claim = create_visit(world)

    run_turn(world, conversation, visitor, interrupt([Redact("***"), *ANSWER], 1, claim))

    assert list_contents(world, "phone") == ["***", "It is free.", "Anything else?"]
    assert world.gateway.types("other tab") == ["typing", "claimed"]


def test_both_sides_of_a_pause_reach_user_after_claim() -> None:
    world = World()
    conversation, visitor, claim = create_visit(world)

    run_turn(world, conversation, visitor, interrupt([ANSWER[0], Pause(3), ANSWER[1]], 2, claim))
    ((job, seconds),) = world.memory.delayed_deliveries
    world.delivery.deliver_next(job)

    assert seconds == 3
    assert world.gateway.types("phone") == ["message", "suggestion", "typing", "message"]
    assert list_contents(world, "phone") == ["It is free.", "Anything else?"]
    assert world.gateway.types("tab") == ["typing", "claimed"]


@at_any_event
def test_answer_keeps_conversation_archived(position: int) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "tab", "phone")

    run_turn(
        world,
        conversation,
        ADA,
        interrupt(
            ANSWER,
            position,
            lambda: world.statuses.set_status(ADA, conversation.id, ConversationStatus.ARCHIVED),
        ),
    )

    assert world.memory.conversations[conversation.id].status is ConversationStatus.ARCHIVED
    assert list_contents(world, "phone") == ["Price?", "It is free.", "Anything else?"]


@at_any_event
def test_answer_to_deleted_conversation_is_dropped(position: int) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "tab", "phone")

    run_turn(
        world,
        conversation,
        ADA,
        interrupt(
            ANSWER,
            position,
            lambda: world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 9),
        ),
    )

    assert list_contents(world, "phone") == ["Price?"]
    assert world.list_messages(conversation.id) == []

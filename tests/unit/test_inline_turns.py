"""Turns that run within the request that sends the message: what devices see, and what is left to the queue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.domain.agent_link import AgentLink
from conversations.domain.conversation import Conversation, ConversationStatus, build_queued_mark
from conversations.domain.errors import ConflictError, ForbiddenError, NotFoundError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, OutboxCheckJob
from conversations.domain.message import Attachment, Suggestion
from conversations.domain.principal import Principal
from conversations.domain.turn import Pause, Redact, SaveState, SendMessage, SendSuggestions
from conversations.services.sending_messages import SentMessage
from tests.builders import a_conversation, a_draft, a_socket, a_user, a_visitor, an_utterance
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")
both_kinds_of_caller = pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])


def a_world(owner: Principal = ADA, *devices: str) -> tuple[World, Conversation]:
    """Return a world with a bot that uses no service, and a conversation that it has greeted."""
    world = World()
    world.engine.pure = True
    world.add_connections(owner, *(devices or ("phone", "desk")))
    return world, world.add_conversation(a_conversation(owner, answered_seq=0))


def get(world: World, conversation: Conversation) -> Conversation:
    return world.memory.conversations[conversation.id]


def list_contents(world: World, conversation: Conversation) -> list[str]:
    return [message.content for message in world.list_messages(conversation.id)]


def list_shown(world: World, device: str) -> list[str]:
    """Return the contents of the messages that a device was sent."""
    return [frame["content"] for frame in world.gateway.frames[device] if frame["type"] == "message"]


def send(world: World, conversation: Conversation, content: str = "Hello", owner: Principal = ADA) -> SentMessage:
    draft = a_draft(content, client_message_id=content)
    return world.sender.send(owner, conversation.id, draft, connection_id="phone")


@both_kinds_of_caller
def test_answer_is_stored_with_the_message_and_without_the_queue(owner: Principal) -> None:
    world, conversation = a_world(owner)

    sent = send(world, conversation, owner=owner)

    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]
    assert world.list_jobs() == []
    stored = get(world, conversation)
    assert (stored.last_seq, stored.answered_seq, stored.pending_message_ids) == (2, 1, ())
    assert stored.last_message == "You said: Hello"
    assert sent.message == world.list_messages(conversation.id)[0]


def test_devices_receive_message_and_answer_after_the_acknowledgement() -> None:
    world, conversation = a_world()

    sent = send(world, conversation)
    assert world.gateway.frames == {}
    sent.deliver()

    assert list_shown(world, "phone") == ["You said: Hello"]
    assert list_shown(world, "desk") == ["Hello", "You said: Hello"]
    assert get(world, conversation).undelivered is None


def test_answer_has_its_suggestions() -> None:
    world, conversation = a_world()
    world.engine.script = [[SendMessage(an_utterance("Which one?", "Red", "Blue"))]]

    send(world, conversation).deliver()

    assert world.gateway.types("phone") == ["message", "suggestion"]


def test_turns_run_inline_one_after_the_other() -> None:
    world, conversation = a_world()

    for content in ("one", "two", "three"):
        send(world, conversation, content).deliver()

    assert world.list_jobs() == []
    expected = ["one", "You said: one", "two", "You said: two", "three", "You said: three"]
    assert list_contents(world, conversation) == list_shown(world, "desk") == expected


def test_message_before_the_greeting_is_queued() -> None:
    world, _ = a_world()
    conversation = world.add_conversation(a_conversation(ADA))

    sent = send(world, conversation)

    assert world.list_jobs() == [
        AnswerJob(conversation_id=conversation.id, message_id=sent.message.id, connection_id="phone")
    ]


def test_turns_run_inline_after_the_greeting_was_delivered() -> None:
    world = World()
    world.engine.pure = True
    world.add_connections(ADA, "phone", "desk")
    conversation = world.add_conversation(a_conversation(ADA))
    world.turn_service.handle(GreetJob(conversation_id=conversation.id))

    send(world, conversation).deliver()

    assert world.list_jobs() == []
    assert list_shown(world, "desk") == ["Hello! Ask me anything.", "Hello", "You said: Hello"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pending_message_ids", ("018f0000-0000-7000-8000-000000000000",)),
        ("failed_message_ids", ("018f0000-0000-7000-8000-000000000000",)),
        ("waits", True),
        ("undelivered", build_queued_mark(None)),
    ],
)
def test_message_is_queued_if_the_conversation_is_not_idle(field: str, value: object) -> None:
    world, conversation = a_world()
    world.memory.change(conversation.id, **{field: value})

    send(world, conversation)

    assert list_contents(world, conversation) == ["Hello"]
    assert len(world.memory.jobs) + len(world.memory.waiting_jobs) == 1


def test_message_is_queued_while_messages_of_the_bot_are_delayed() -> None:
    world, conversation = a_world()
    world.memory.first_delayed_id[conversation.id] = "018f0000-0000-7000-8000-000000000000"

    send(world, conversation)

    assert len(world.list_jobs()) == 1


@pytest.mark.parametrize(
    "events",
    [
        [SendMessage(an_utterance("a")), Pause(2), SendMessage(an_utterance("b"))],
        [SendSuggestions((Suggestion(text="a", value="a"),))],
        RuntimeError("a bug of the engine"),
        UnavailableError(),
    ],
    ids=["pause", "suggestions", "error", "service"],
)
def test_turn_that_needs_the_queue_leaves_only_the_message(events: list[SendMessage] | Exception) -> None:
    world, conversation = a_world()
    world.engine.script = [events]

    send(world, conversation)

    assert list_contents(world, conversation) == ["Hello"]
    assert len(world.list_jobs()) == 1


def test_bot_that_uses_services_is_not_run_inline() -> None:
    world, conversation = a_world()
    world.engine.pure = False

    send(world, conversation)

    assert world.engine.turns == []
    assert list_contents(world, conversation) == ["Hello"]


def test_message_with_an_attachment_is_queued() -> None:
    world, conversation = a_world()
    file = Attachment(name="a.pdf", content_type="application/pdf", url="https://files.example/a.pdf")

    world.sender.send(ADA, conversation.id, a_draft("Look").model_copy(update={"attachments": (file,)}))

    assert len(world.list_jobs()) == 1


def test_repeated_message_is_sent_again_by_the_queue() -> None:
    world, conversation = a_world()
    first = send(world, conversation)

    again = send(world, conversation)
    again.deliver()
    world.run_bots()

    assert again.message == first.message
    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]
    assert list_shown(world, "desk") == ["Hello", "You said: Hello"]
    assert get(world, conversation).undelivered is None


def test_repeated_message_of_a_delivered_turn_is_only_acknowledged() -> None:
    world, conversation = a_world()
    first = send(world, conversation)
    first.deliver()

    again = send(world, conversation)
    again.deliver()

    assert again.message == first.message
    assert world.list_jobs() == []
    assert list_shown(world, "desk") == ["Hello", "You said: Hello"]


def test_message_with_the_id_of_another_one_is_refused() -> None:
    world, conversation = a_world()
    send(world, conversation).deliver()

    with pytest.raises(ConflictError):
        world.sender.send(ADA, conversation.id, a_draft("Other", client_message_id="Hello"))

    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]


@pytest.mark.parametrize(
    ("caller", "status", "refusal"),
    [(EVE, ConversationStatus.ACTIVE, ForbiddenError), (ADA, ConversationStatus.ARCHIVED, ConflictError)],
    ids=["another user", "archived"],
)
def test_refused_message_runs_no_turn(caller: Principal, status: ConversationStatus, refusal: type[Exception]) -> None:
    world, conversation = a_world()
    world.memory.change(conversation.id, status=status)

    with pytest.raises(refusal):
        send(world, conversation, owner=caller)

    assert list_contents(world, conversation) == []


def test_message_to_an_expired_conversation_is_refused() -> None:
    visitor = a_visitor()
    world, conversation = a_world(visitor)
    world.clock.forward(minutes=31)

    with pytest.raises(NotFoundError):
        send(world, conversation, owner=visitor)


def test_visitors_conversation_expires_later_with_each_message() -> None:
    visitor = a_visitor()
    world, conversation = a_world(visitor)
    world.clock.forward(minutes=20)

    send(world, conversation, owner=visitor).deliver()
    world.clock.forward(minutes=20)
    send(world, conversation, "again", owner=visitor).deliver()

    expires_at = get(world, conversation).expires_at
    assert expires_at is not None
    assert expires_at - world.clock() >= timedelta(minutes=30)


def test_redacted_message_is_stored_and_shown_redacted() -> None:
    world, conversation = a_world()
    world.engine.script = [[Redact("•••"), SendMessage(an_utterance("Thanks"))]]

    send(world, conversation, "secret").deliver()

    assert list_contents(world, conversation) == ["•••", "Thanks"]
    assert list_shown(world, "phone") == list_shown(world, "desk") == ["•••", "Thanks"]


def test_turn_without_an_answer_is_shown_to_other_devices() -> None:
    world, conversation = a_world()
    world.engine.script = [[SaveState({"asked": True})]]

    send(world, conversation).deliver()

    assert list_shown(world, "desk") == ["Hello"]
    assert get(world, conversation).undelivered is None


# ------------------------------------------------------------------------------------------------------ crashes, races
def test_turn_of_a_crashed_function_is_delivered_by_the_outbox_check() -> None:
    world, conversation = a_world()
    sent = send(world, conversation)
    # The function crashes here.

    assert world.relay.check(OutboxCheckJob(messages=((conversation.id, sent.message.id),))) == 1
    world.run_bots()

    assert list_shown(world, "desk") == list_shown(world, "phone") == ["Hello", "You said: Hello"]
    assert get(world, conversation).undelivered is None


def test_delivered_turn_is_not_queued_by_the_outbox_check() -> None:
    world, conversation = a_world()
    sent = send(world, conversation)
    sent.deliver()

    assert world.relay.check(OutboxCheckJob(messages=((conversation.id, sent.message.id),))) == 0


def test_next_turn_of_the_queue_delivers_an_undelivered_turn_first() -> None:
    world, conversation = a_world()
    first = send(world, conversation, "one")
    # Its function is still running when the next message comes.
    send(world, conversation, "two")
    world.run_bots()
    first.deliver()

    in_order = ["one", "You said: one", "two", "You said: two"]
    assert list_contents(world, conversation) == in_order
    assert list_shown(world, "desk")[:4] == in_order


def test_turns_run_inline_again_after_one_from_the_queue() -> None:
    world, conversation = a_world()
    send(world, conversation, "one")
    send(world, conversation, "two")
    world.run_bots()

    send(world, conversation, "three").deliver()

    assert world.list_jobs() == []
    assert list_contents(world, conversation)[-2:] == ["three", "You said: three"]


def test_bots_that_use_services_leave_their_mark() -> None:
    """Its removal would cost a write per turn, and no turn of such a bot runs inline."""
    world, conversation = a_world()
    world.engine.pure = False

    sent = send(world, conversation)
    world.run_bots()

    assert get(world, conversation).undelivered == build_queued_mark(sent.message.id)
    assert world.relay.check(OutboxCheckJob(messages=((conversation.id, sent.message.id),))) == 0


def test_device_that_misses_a_frame_is_sent_it_by_a_job() -> None:
    world, conversation = a_world()
    world.gateway.refused["desk"] = 1

    send(world, conversation).deliver()
    assert list_shown(world, "desk") == []
    world.run_bots()

    assert list_shown(world, "desk") == ["Hello", "You said: Hello"]
    assert get(world, conversation).undelivered is None


def test_connection_in_the_format_of_ag_ui_is_served_by_a_job() -> None:
    world, conversation = a_world()
    world.connections.add(replace(a_socket(ADA, "agent"), agent=AgentLink("default")))

    send(world, conversation).deliver()

    assert list_shown(world, "desk") == ["Hello", "You said: Hello"]
    assert len(world.list_jobs()) == 1


def test_turn_that_cannot_be_delivered_or_queued_is_left_to_the_outbox_check() -> None:
    world, conversation = a_world()
    sent = send(world, conversation)
    world.gateway.unavailable.update(("phone", "desk"))
    world.queue.refusals = 1

    sent.deliver()

    assert get(world, conversation).undelivered == sent.message.id
    world.gateway.unavailable.clear()
    assert world.relay.check(OutboxCheckJob(messages=((conversation.id, sent.message.id),))) == 1


def test_bug_in_the_delivery_raises_nothing_after_the_acknowledgement() -> None:
    world, conversation = a_world()
    sent = send(world, conversation)
    world.gateway.failure = RuntimeError("a bug")

    sent.deliver()

    assert len(world.list_jobs()) == 1


def test_store_that_may_have_stored_is_reported_to_the_client() -> None:
    """A second attempt without an idempotency key might store the message twice."""
    world, conversation = a_world()
    service = replace(world.inline_turns, inline_turns=UnavailableStore())

    with pytest.raises(UnavailableError):
        service.answer(ADA, conversation.id, a_draft("Hello"))

    assert list_contents(world, conversation) == []


class UnavailableStore:
    """``InlineTurnStore`` that does not answer."""

    def store(self, *_arguments: object, **_named: object) -> None:
        raise UnavailableError

"""The outbox relay queues messages that were stored but not queued, and no others."""

import pytest

from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from tests.builders import a_conversation, a_conversation_id, a_draft, a_user, a_visitor
from tests.fakes.world import World

ADA = a_user()

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


@both_kinds_of_caller
def test_message_that_was_stored_but_not_queued_is_answered(owner: Principal) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(owner))
    world.queue.refusals = 1
    with pytest.raises(UnavailableError):
        world.messages.send(owner, conversation.id, a_draft("Hello"))
    (message,) = world.list_messages(conversation.id)

    assert world.relay.relay([(conversation.id, message.id)]) == 1
    world.run_bots()

    assert [message.content for message in world.list_messages(conversation.id)] == ["Hello", "You said: Hello"]


def test_queued_message_is_not_queued_twice() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    message = world.messages.send(ADA, conversation.id, a_draft(), connection_id="phone")

    world.relay.relay([(conversation.id, message.id)])

    assert world.list_jobs() == [
        AnswerJob(conversation_id=conversation.id, message_id=message.id, connection_id="phone")
    ]


def test_answered_failed_and_deleted_messages_are_not_queued() -> None:
    world = World()
    answered, failed = world.add_conversation(a_conversation(ADA)), world.add_conversation(a_conversation(ADA))
    first = world.messages.send(ADA, answered.id, a_draft())
    world.run_bots()
    second = world.messages.send(ADA, failed.id, a_draft())
    world.turns.mark_failed(failed.id, second.id)
    world.memory.jobs.clear()
    world.memory.queued_before.clear()

    stored = [(answered.id, first.id), (failed.id, second.id), (a_conversation_id(), first.id)]

    assert world.relay.relay(stored) == 0
    assert world.list_jobs() == []


def test_messages_are_queued_in_order() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    messages = [world.messages.send(ADA, conversation.id, a_draft(f"{number}")) for number in range(3)]
    world.memory.jobs.clear()
    world.memory.queued_before.clear()

    world.relay.relay((conversation.id, message.id) for message in reversed(messages))

    jobs = [AnswerJob(conversation_id=conversation.id, message_id=message.id) for message in messages]
    assert world.list_jobs() == jobs


def test_empty_batch_does_nothing() -> None:
    assert World().relay.relay([]) == 0


def test_relay_fails_if_the_queue_is_unavailable_and_can_be_retried() -> None:
    """Lambda retries the batch only if the function fails."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.queue.refusals = 2
    with pytest.raises(UnavailableError):
        world.messages.send(ADA, conversation.id, a_draft())
    (message,) = world.list_messages(conversation.id)

    with pytest.raises(UnavailableError):
        world.relay.relay([(conversation.id, message.id)])

    assert world.relay.relay([(conversation.id, message.id)]) == 1

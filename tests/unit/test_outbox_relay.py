"""The outbox relay queues messages that were stored but not queued, and no others."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.conversation import Conversation
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob, OutboxCheckJob
from conversations.domain.principal import Principal
from tests.builders import a_conversation, a_conversation_id, a_draft, a_user, a_visitor
from tests.fakes.memory import InMemoryTurnStore
from tests.fakes.world import World

ADA = a_user()


class BrokenItemError(Exception):
    """An item cannot be parsed."""


@dataclass(frozen=True, slots=True)
class BrokenTurnStore(InMemoryTurnStore):
    """A store with some conversations that cannot be parsed."""

    broken: frozenset[str]

    def list_conversations(self, conversation_ids: Sequence[str]) -> Sequence[Conversation]:
        if self.broken.intersection(conversation_ids):
            raise BrokenItemError
        # `super` without arguments does not work in a dataclass with slots.
        return InMemoryTurnStore.list_conversations(self, conversation_ids)


def check(world: World, *messages: tuple[str, str]) -> int:
    """Check messages, and return how many were queued."""
    return world.relay.check(OutboxCheckJob(messages=messages))


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
    world.check_outbox()
    world.run_bots()

    assert [message.content for message in world.list_messages(conversation.id)] == ["Hello", "You said: Hello"]


def test_queued_message_is_not_queued_twice() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    message = world.messages.send(ADA, conversation.id, a_draft(), connection_id="phone")

    check(world, (conversation.id, message.id))

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

    queued = check(world, (answered.id, first.id), (failed.id, second.id), (a_conversation_id(), first.id))

    assert queued == 0
    assert world.list_jobs() == []


def test_messages_are_queued_in_order() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    messages = [world.messages.send(ADA, conversation.id, a_draft(f"{number}")) for number in range(3)]
    world.memory.jobs.clear()
    world.memory.queued_before.clear()

    check(world, *((conversation.id, message.id) for message in reversed(messages)))

    jobs = [AnswerJob(conversation_id=conversation.id, message_id=message.id) for message in messages]
    assert world.list_jobs() == jobs


def test_empty_batch_schedules_nothing() -> None:
    world = World()

    assert world.relay.relay([]) == 0

    assert world.outbox_checks.jobs == []


def test_relay_looks_nothing_up_and_queues_nothing_itself() -> None:
    """The bot of a message that was stored just now is probably still running."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    message = world.messages.send(ADA, conversation.id, a_draft())
    world.memory.jobs.clear()
    world.memory.queued_before.clear()

    world.relay.relay([(conversation.id, message.id)])

    assert world.list_jobs() == []
    assert world.outbox_checks.jobs == [OutboxCheckJob(messages=((conversation.id, message.id),))]


def test_relay_fails_if_the_queue_of_checks_is_unavailable() -> None:
    """Lambda retries the batch only if the function fails."""
    world = World()
    world.outbox_checks.busy = True

    with pytest.raises(UnavailableError):
        world.relay.relay([(a_conversation_id(), "1")])


@given(broken=st.sets(st.integers(0, 9), max_size=3))
def test_message_that_cannot_be_checked_holds_back_no_other(broken: set[int]) -> None:
    world = World()
    stored = []
    for _ in range(10):
        conversation = world.add_conversation(a_conversation(ADA))
        stored.append((conversation.id, world.messages.send(ADA, conversation.id, a_draft()).id))
    world.memory.jobs.clear()
    world.memory.queued_before.clear()
    world.turns = BrokenTurnStore(world.memory, frozenset(stored[index][0] for index in broken))
    world.relay.relay(stored)
    failed = []

    while world.outbox_checks.jobs:
        job = world.outbox_checks.jobs.pop(0)
        try:
            world.relay.check(job)
        except BrokenItemError:
            failed.append(job)

    assert {job.conversation_id for job in world.list_jobs()} == {
        conversation_id for index, (conversation_id, _) in enumerate(stored) if index not in broken
    }
    # Each is a job of its own, which becomes a dead letter of its own.
    assert sorted(job.messages for job in failed) == sorted((stored[index],) for index in broken)


def test_job_is_not_divided_while_a_service_is_unavailable() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    messages = [world.messages.send(ADA, conversation.id, a_draft(f"{number}")) for number in range(2)]
    world.queue.refusals = 1
    world.memory.queued_before.clear()

    with pytest.raises(UnavailableError):
        check(world, *((conversation.id, message.id) for message in messages))

    assert world.outbox_checks.jobs == []


def test_check_fails_if_the_queue_is_unavailable_and_can_be_retried() -> None:
    """SQS delivers the job again only if the function fails."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.queue.refusals = 2
    with pytest.raises(UnavailableError):
        world.messages.send(ADA, conversation.id, a_draft())
    (message,) = world.list_messages(conversation.id)

    with pytest.raises(UnavailableError):
        check(world, (conversation.id, message.id))

    assert check(world, (conversation.id, message.id)) == 1

"""Retries and dead letters: which tries count, backoff, the error frame, and no effect on other messages."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.conversation import Conversation
from conversations.domain.errors import DeadLetteredError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.domain.message import Message
from conversations.domain.turn import SendMessage
from conversations.services.retries import (
    BACKOFF_SECONDS,
    MAX_CRASHES,
    MAX_GREETING_TRIES,
    MAX_OUTAGE_BACKOFF_SECONDS,
    MAX_TRIES,
)
from tests.builders import MORNING, a_conversation, a_delivery, a_draft, a_user, an_utterance
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")


class CrashedError(BaseException):
    """The function died; not an ``Exception``, as nothing handles it."""


def send(world: World, conversation: Conversation, content: str = "Hello") -> Message:
    return world.messages.send(ADA, conversation.id, a_draft(content, client_message_id=content))


def run(world: World, work: TurnJob, *, receives: int = 1) -> None:
    world.retries.run(work, a_delivery(receives, job_id=repr(work)))


def fail(world: World, work: TurnJob, error: Exception, *, receives: int) -> None:
    """Run a try that fails."""
    world.engine.script = [error]
    with pytest.raises(type(error)):
        run(world, work, receives=receives)


def crash(world: World, work: TurnJob, *, first: int, last: int) -> None:
    """Run tries in which the function dies."""
    for receives in range(first, last + 1):
        world.engine.script = [CrashedError()]
        with pytest.raises(CrashedError):
            run(world, work, receives=receives)


def fail_every_try(world: World, message: Message) -> AnswerJob:
    """Run all tries of answering a message, which fail."""
    work = AnswerJob(conversation_id=message.conversation_id, message_id=message.id)
    for receives in range(1, MAX_TRIES):
        fail(world, work, RuntimeError("out of words"), receives=receives)
    world.engine.script = [RuntimeError("out of words")]
    with pytest.raises(DeadLetteredError):
        run(world, work, receives=MAX_TRIES)
    return work


def contents(world: World, conversation: Conversation) -> list[str]:
    return [message.content for message in world.list_messages(conversation.id)]


def test_successful_job_is_not_retried() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    question = send(world, conversation)

    run(world, AnswerJob(conversation_id=conversation.id, message_id=question.id))

    assert contents(world, conversation) == ["Hello", "You said: Hello"]
    assert world.retry_control.postponed == []
    assert world.memory.dead_letters == []


def test_failing_job_is_retried_with_growing_backoff() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)

    for receives in range(1, MAX_TRIES):
        fail(world, work, RuntimeError("out of words"), receives=receives)

    delays = [seconds for _, seconds in world.retry_control.postponed]
    assert delays == list(BACKOFF_SECONDS[: MAX_TRIES - 1])
    assert delays == sorted(delays)
    assert world.memory.dead_letters == []
    assert world.gateway.frames == {}


def test_failure_while_a_service_is_unavailable_is_never_the_last_one() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)

    for receives in range(1, 200):
        fail(world, work, UnavailableError(), receives=receives)
    run(world, work, receives=200)

    assert world.memory.dead_letters == []
    assert contents(world, conversation) == ["Hello", "You said: Hello"]


def test_outage_of_the_tables_after_failures_is_no_failure() -> None:
    """The tries cannot even be counted then."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)
    for receives in range(1, MAX_TRIES):
        fail(world, work, RuntimeError("out of words"), receives=receives)
    world.try_counter.busy = True

    for receives in range(MAX_TRIES, 100):
        with pytest.raises(UnavailableError):
            run(world, work, receives=receives)

    assert world.memory.dead_letters == []
    assert len(world.retry_control.postponed) == 99


def test_wait_for_an_unavailable_service_grows_with_the_outage_to_a_quarter_of_an_hour() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)
    receives = 0

    while world.clock() < MORNING + timedelta(days=1):
        receives += 1
        fail(world, work, UnavailableError(), receives=receives)
        _, seconds = world.retry_control.postponed[-1]
        world.clock.forward(seconds=seconds)

    delays = [seconds for _, seconds in world.retry_control.postponed]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (1, MAX_OUTAGE_BACKOFF_SECONDS)
    # SQS moves a message to the dead letters after 1,000 receives.
    assert len(delays) < 1_000 / 8


def test_delivery_that_never_reached_the_bot_is_not_counted() -> None:
    """SQS counts a receive after which Lambda was throttled."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)

    fail(world, work, RuntimeError("out of words"), receives=900)
    run(world, work, receives=950)

    assert world.memory.dead_letters == []
    assert contents(world, conversation) == ["Hello", "You said: Hello"]
    assert world.retry_control.postponed == [("receipt", BACKOFF_SECONDS[0])]


def test_job_that_succeeds_at_once_is_not_counted() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))

    run(world, AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id))

    assert world.try_counter.counts == {}


def test_outage_between_crashes_forgets_them() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)

    crash(world, work, first=1, last=MAX_CRASHES)
    fail(world, work, UnavailableError(), receives=MAX_CRASHES + 1)
    crash(world, work, first=MAX_CRASHES + 2, last=2 * MAX_CRASHES)
    run(world, work, receives=2 * MAX_CRASHES + 1)

    assert world.memory.dead_letters == []
    assert contents(world, conversation) == ["Hello", "You said: Hello"]


def test_failed_message_goes_to_the_dead_letter_queue_and_is_reported_to_all_connections() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.add_connections(EVE, "spy")
    question = send(world, conversation)

    work = fail_every_try(world, question)

    assert world.memory.dead_letters == [work]
    for device in ("phone", "laptop"):
        assert world.gateway.frames[device][-1] == {
            "type": "error",
            "error": "internal",
            "message": "The bot could not answer this message.",
            "session_id": f"session-{conversation.id}",
            "client_message_id": "Hello",
            "message_id": f"msg-{question.id}",
        }
        # A device that missed every announcement of the message sees which one has failed.
        assert world.gateway.frames[device][-2]["id"] == f"msg-{question.id}"
    assert "spy" not in world.gateway.frames
    assert contents(world, conversation) == ["Hello"]


def test_message_after_a_failed_message_is_answered() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    fail_every_try(world, send(world, conversation, "poison"))

    world.memory.jobs.clear()
    send(world, conversation, "Hello")
    world.run_bots()

    assert contents(world, conversation) == ["poison", "Hello", "You said: Hello"]


def test_job_is_not_run_again_after_its_last_crashed_try() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)
    crash(world, work, first=1, last=MAX_CRASHES + 1)
    runs = len(world.engine.turns)

    with pytest.raises(DeadLetteredError):
        run(world, work, receives=MAX_CRASHES + 2)

    assert len(world.engine.turns) == runs
    assert world.memory.dead_letters == [work]
    assert world.gateway.types("phone")[-1] == "error"


def test_interrupted_dead_lettering_is_repeated_with_one_dead_letter() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    question = send(world, conversation)
    work = fail_every_try(world, question)

    world.engine.script = [RuntimeError("out of words")]
    with pytest.raises(DeadLetteredError):
        run(world, work, receives=MAX_TRIES + 1)

    assert world.memory.dead_letters == [work]
    # The error is sent twice, because the first one may not have been sent.
    assert world.gateway.types("phone").count("error") == 2
    assert world.memory.conversations[conversation.id].failed_message_ids == (question.id,)


def test_job_stays_queued_if_the_dead_letter_queue_is_unavailable() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    question = send(world, conversation)
    work = AnswerJob(conversation_id=conversation.id, message_id=question.id)
    for receives in range(1, MAX_TRIES):
        fail(world, work, RuntimeError("out of words"), receives=receives)
    world.retry_control.busy = True
    world.engine.script = [RuntimeError("out of words")]

    with pytest.raises(UnavailableError):
        run(world, work, receives=MAX_TRIES)

    assert world.memory.conversations[conversation.id].pending_message_ids == (question.id,)
    assert "error" not in world.gateway.types("phone")


def test_job_fails_with_its_own_error_if_backoff_cannot_be_set() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.retry_control.busy = True

    fail(
        world,
        AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id),
        RuntimeError("out of words"),
        receives=1,
    )


def test_retried_dead_letter_is_answered_once() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = fail_every_try(world, send(world, conversation, "poison"))
    world.memory.jobs.clear()
    send(world, conversation, "Hello")
    world.run_bots()

    for _ in range(2):
        run(world, work)

    assert contents(world, conversation) == ["poison", "Hello", "You said: Hello", "You said: poison"]
    assert world.memory.conversations[conversation.id].failed_message_ids == ()
    assert world.memory.conversations[conversation.id].answered_seq == 2


def test_resent_failed_message_is_tried_again() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    fail_every_try(world, send(world, conversation, "poison"))
    world.memory.jobs.clear()
    world.memory.queued_before.clear()

    send(world, conversation, "poison")
    world.run_bots()

    assert contents(world, conversation) == ["poison", "You said: poison"]


def test_failed_greeting_is_dead_lettered_and_messages_are_answered() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    work = GreetJob(conversation_id=conversation.id)
    fail(world, work, RuntimeError("speechless"), receives=1)
    world.engine.script = [RuntimeError("speechless")]

    with pytest.raises(DeadLetteredError):
        run(world, work, receives=MAX_GREETING_TRIES)
    send(world, conversation)
    world.run_bots()

    assert world.memory.dead_letters == [GreetJob(conversation_id=conversation.id)]
    assert contents(world, conversation) == ["Hello", "You said: Hello"]


def test_connected_frame_is_sent_if_the_greeting_fails() -> None:
    world = World()
    world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.sockets.connect(ADA, "laptop", bot_id=None, conversation_id=None, address=ADDRESS)
    world.engine.script = [RuntimeError("speechless")]

    with pytest.raises(RuntimeError, match="speechless"):
        world.run_bots()

    assert world.gateway.types("phone") == world.gateway.types("laptop") == ["connected"]


def test_answered_message_is_not_dead_lettered_if_its_delivery_fails() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)
    world.run_bots()
    world.gateway.failure = RuntimeError("a frame that cannot be built")

    for receives in range(1, MAX_TRIES):
        with pytest.raises(RuntimeError, match="frame"):
            run(world, work, receives=receives)
    with pytest.raises(DeadLetteredError):
        run(world, work, receives=MAX_TRIES)

    assert world.memory.dead_letters == []
    assert contents(world, conversation) == ["Hello", "You said: Hello"]


def test_dead_lettering_in_a_deleted_conversation_sends_no_frames() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    work = AnswerJob(conversation_id=conversation.id, message_id=send(world, conversation).id)
    crash(world, work, first=1, last=MAX_CRASHES + 1)
    world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 9.0)
    world.add_connections(ADA, "phone")

    with pytest.raises(DeadLetteredError):
        run(world, work, receives=MAX_CRASHES + 2)

    assert world.gateway.frames == {}


# ------------------------------------------------------------------------------------------------------- in order


def test_message_that_was_not_queued_is_answered_before_the_next_one() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.queue.refusals = 1
    with pytest.raises(UnavailableError):
        send(world, conversation, "one")

    send(world, conversation, "two")
    world.run_bots()

    assert contents(world, conversation) == ["one", "two", "You said: one", "You said: two"]


@given(order=st.permutations(range(4)), count=st.integers(1, 4), answers_one_between=st.booleans())
def test_messages_are_answered_in_order_even_if_queued_in_another(
    *, order: list[int], count: int, answers_one_between: bool
) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    for number in range(4):
        world.queue.refusals = 1
        with pytest.raises(UnavailableError):
            send(world, conversation, f"{number}")
    messages = world.list_messages(conversation.id)

    for index in order[:count]:
        world.queue.put(AnswerJob(conversation_id=conversation.id, message_id=messages[index].id), waits=False)
        if answers_one_between:
            world.turn_service.handle(world.memory.jobs.pop(0))
    world.run_bots()

    answered = range(max(order[:count]) + 1)
    assert contents(world, conversation)[4:] == [f"You said: {number}" for number in answered]


def test_job_is_requeued_in_order_only_once() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    first = send(world, conversation, "one")
    second = send(world, conversation, "two")
    world.memory.jobs.clear()

    run(world, AnswerJob(conversation_id=conversation.id, message_id=second.id, in_order=True))

    assert contents(world, conversation) == ["one", "two", "You said: two"]
    assert world.memory.conversations[conversation.id].pending_message_ids == (first.id,)
    run(world, AnswerJob(conversation_id=conversation.id, message_id=first.id))
    assert contents(world, conversation)[-1] == "You said: one"
    assert world.memory.conversations[conversation.id].pending_message_ids == ()


def test_failed_message_does_not_block_the_next_one() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.engine.script = []
    first = send(world, conversation, "poison")
    second = send(world, conversation, "two")
    world.memory.jobs.clear()
    fail_every_try(world, first)
    world.engine.script = [[SendMessage(an_utterance("Two."))]]

    run(world, AnswerJob(conversation_id=conversation.id, message_id=second.id))

    assert world.memory.jobs == []
    assert contents(world, conversation) == ["poison", "two", "Two."]

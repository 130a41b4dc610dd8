"""Work that fails: how often it is tried, what the user is told, and that everything else goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.conversation import Conversation
from conversations.domain.errors import DeadLetteredError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.domain.message import Message
from conversations.domain.turn import SendMessage
from conversations.services.retries import BACKOFF_SECONDS, MAX_GREETING_TRIES, MAX_TRIES, MAX_UNAVAILABLE_TRIES
from tests.builders import a_conversation, a_draft, a_user, an_utterance
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")


def asked(world: World, conversation: Conversation, content: str = "Hello") -> Message:
    return world.messages.send(ADA, conversation.id, a_draft(content, client_message_id=content))


def attempt(world: World, work: TurnJob, *, tries: int = 1) -> None:
    world.retries.run(work, receipt="receipt", tries=tries)


def fail(world: World, work: TurnJob, error: Exception, *, tries: int) -> None:
    """Let a try fail."""
    world.engine.script = [error]
    with pytest.raises(type(error)):
        attempt(world, work, tries=tries)


def mark_failed(world: World, message: Message) -> AnswerJob:
    """Let the last try of a message's answer fail."""
    work = AnswerJob(session_id=message.session_id, message_id=message.id)
    world.engine.script = [RuntimeError("out of words")]
    with pytest.raises(DeadLetteredError):
        attempt(world, work, tries=MAX_TRIES)
    return work


def contents(world: World, conversation: Conversation) -> list[str]:
    return [message.content for message in world.stored(conversation.id)]


def test_work_that_succeeds_is_tried_once() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    question = asked(world, conversation)

    attempt(world, AnswerJob(session_id=conversation.id, message_id=question.id))

    assert contents(world, conversation) == ["Hello", "You said: Hello"]
    assert world.retry_control.postponed == []
    assert world.memory.dead_letters == []


def test_work_that_fails_comes_again_after_pauses_that_grow() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    work = AnswerJob(session_id=conversation.id, message_id=asked(world, conversation).id)

    for tries in range(1, MAX_TRIES):
        fail(world, work, RuntimeError("out of words"), tries=tries)

    pauses = [seconds for _, seconds in world.retry_control.postponed]
    assert pauses == list(BACKOFF_SECONDS[: MAX_TRIES - 1])
    assert pauses == sorted(pauses)
    assert world.memory.dead_letters == []
    assert world.gateway.told == {}


def test_work_that_waits_for_a_busy_service_is_tried_longer() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    work = AnswerJob(session_id=conversation.id, message_id=asked(world, conversation).id)

    for tries in range(1, MAX_UNAVAILABLE_TRIES):
        fail(world, work, UnavailableError(), tries=tries)
    assert world.memory.dead_letters == []
    assert sum(seconds for _, seconds in world.retry_control.postponed) > 120

    world.engine.script = [UnavailableError()]
    with pytest.raises(DeadLetteredError):
        attempt(world, work, tries=MAX_UNAVAILABLE_TRIES)
    assert world.memory.dead_letters == [work]


def test_a_message_the_bot_cannot_answer_is_told_to_every_device_and_put_aside() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.devices(ADA, "phone", "laptop")
    world.devices(EVE, "spy")
    question = asked(world, conversation)

    work = give_up(world, question)

    assert world.memory.dead_letters == [work]
    for device in ("phone", "laptop"):
        assert world.gateway.told[device][-1] == {
            "type": "error",
            "error": "internal",
            "message": "The bot could not answer this message.",
            "session_id": f"session-{conversation.id}",
            "client_message_id": "Hello",
            "message_id": f"msg-{question.id}",
        }
    assert "spy" not in world.gateway.told
    assert contents(world, conversation) == ["Hello"]


def test_what_is_said_after_it_is_answered() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    give_up(world, asked(world, conversation, "poison"))

    world.memory.work.clear()
    asked(world, conversation, "Hello")
    world.run_the_bots()

    assert contents(world, conversation) == ["poison", "Hello", "You said: Hello"]


def test_work_whose_every_try_was_cut_short_is_given_up_without_another_try() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.devices(ADA, "phone")
    work = AnswerJob(session_id=conversation.id, message_id=asked(world, conversation).id)

    with pytest.raises(DeadLetteredError):
        attempt(world, work, tries=MAX_UNAVAILABLE_TRIES + 1)

    assert world.engine.turns == []
    assert world.memory.dead_letters == [work]
    assert world.gateway.types("phone") == ["error"]


def test_giving_up_that_was_cut_short_is_done_again_and_puts_aside_once() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.devices(ADA, "phone")
    question = asked(world, conversation)
    work = give_up(world, question)

    with pytest.raises(DeadLetteredError):
        attempt(world, work, tries=MAX_UNAVAILABLE_TRIES + 1)

    assert world.memory.dead_letters == [work]
    # Typing of the try, and the error twice: the first may never have been sent.
    assert world.gateway.types("phone") == ["message", "typing", "error", "error"]
    assert world.memory.conversations[conversation.id].failed_message_ids == (question.id,)


def test_work_that_cannot_be_put_aside_is_not_forgotten() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.devices(ADA, "phone")
    question = asked(world, conversation)
    world.retry_control.busy = True
    world.engine.script = [RuntimeError("out of words")]

    with pytest.raises(UnavailableError):
        attempt(world, AnswerJob(session_id=conversation.id, message_id=question.id), tries=MAX_TRIES)

    assert world.memory.conversations[conversation.id].pending_message_ids == (question.id,)
    assert "error" not in world.gateway.types("phone")


def test_work_that_cannot_be_postponed_fails_with_its_own_fault() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.retry_control.busy = True

    fail(
        world,
        AnswerJob(session_id=conversation.id, message_id=asked(world, conversation).id),
        RuntimeError("out of words"),
        tries=1,
    )


def test_a_dead_letter_that_is_tried_again_is_answered_late_and_once() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    work = give_up(world, asked(world, conversation, "poison"))
    world.memory.work.clear()
    asked(world, conversation, "Hello")
    world.run_the_bots()

    for _ in range(2):
        attempt(world, work)

    assert contents(world, conversation) == ["poison", "Hello", "You said: Hello", "You said: poison"]
    assert world.memory.conversations[conversation.id].failed_message_ids == ()
    assert world.memory.conversations[conversation.id].answered_seq == 2


def test_a_user_who_sends_it_again_has_it_tried_again() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    give_up(world, asked(world, conversation, "poison"))
    world.memory.work.clear()
    world.memory.queued_before.clear()

    asked(world, conversation, "poison")
    world.run_the_bots()

    assert contents(world, conversation) == ["poison", "You said: poison"]


def test_a_greeting_that_fails_is_put_aside_and_the_conversation_goes_on() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.devices(ADA, "phone")
    world.engine.script = [RuntimeError("speechless")]

    with pytest.raises(DeadLetteredError):
        attempt(world, GreetJob(session_id=conversation.id), tries=MAX_GREETING_TRIES)
    asked(world, conversation)
    world.run_the_bots()

    assert world.memory.dead_letters == [GreetJob(session_id=conversation.id)]
    assert contents(world, conversation) == ["Hello", "You said: Hello"]


def test_a_bot_that_cannot_speak_first_keeps_no_socket_from_being_welcomed() -> None:
    world = World()
    world.sockets.connect(ADA, "phone", bot_id=None, session_id=None, address=ADDRESS)
    world.sockets.connect(ADA, "laptop", bot_id=None, session_id=None, address=ADDRESS)
    world.engine.script = [RuntimeError("speechless")]

    with pytest.raises(RuntimeError, match="speechless"):
        world.run_the_bots()

    assert world.gateway.types("phone") == world.gateway.types("laptop") == ["connected"]


def test_an_answer_nobody_could_be_told_of_is_no_dead_letter() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    question = asked(world, conversation)
    world.run_the_bots()

    with pytest.raises(DeadLetteredError):
        attempt(world, AnswerJob(session_id=conversation.id, message_id=question.id), tries=MAX_UNAVAILABLE_TRIES + 1)

    assert world.memory.dead_letters == []
    assert contents(world, conversation) == ["Hello", "You said: Hello"]


def test_giving_up_in_a_conversation_that_is_gone_tells_nobody() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.devices(ADA, "phone")
    work = AnswerJob(session_id=conversation.id, message_id=asked(world, conversation).id)
    world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 9.0)

    with pytest.raises(DeadLetteredError):
        attempt(world, work, tries=MAX_UNAVAILABLE_TRIES + 1)

    assert world.gateway.told == {}


# ------------------------------------------------------------------------------------------------------- in order


def test_a_message_that_was_stored_and_not_queued_is_answered_before_the_next_one() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.queue.refusals = 1
    with pytest.raises(UnavailableError):
        asked(world, conversation, "one")

    asked(world, conversation, "two")
    world.run_the_bots()

    assert contents(world, conversation) == ["one", "two", "You said: one", "You said: two"]


@given(order=st.permutations(range(4)), how_many=st.integers(1, 4), one_is_answered_between=st.booleans())
def test_in_whatever_order_messages_reach_the_queue_they_are_answered_in_theirs(
    *, order: list[int], how_many: int, one_is_answered_between: bool
) -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    for number in range(4):
        world.queue.refusals = 1
        with pytest.raises(UnavailableError):
            asked(world, conversation, f"{number}")
    messages = world.stored(conversation.id)

    for place in order[:how_many]:
        world.queue.put(AnswerJob(session_id=conversation.id, message_id=messages[place].id))
        if one_is_answered_between:
            world.replies.handle(world.memory.work.pop(0))
    world.run_the_bots()

    answered = range(max(order[:how_many]) + 1)
    assert contents(world, conversation)[4:] == [f"You said: {number}" for number in answered]


def test_work_steps_back_once_and_then_goes_on_whatever_has_become_of_the_earlier() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    first = asked(world, conversation, "one")
    second = asked(world, conversation, "two")
    world.memory.work.clear()

    attempt(world, AnswerJob(session_id=conversation.id, message_id=second.id, in_order=True))

    assert contents(world, conversation) == ["one", "two", "You said: two"]
    assert world.memory.conversations[conversation.id].pending_message_ids == (first.id,)
    attempt(world, AnswerJob(session_id=conversation.id, message_id=first.id))
    assert contents(world, conversation)[-1] == "You said: one"
    assert world.memory.conversations[conversation.id].pending_message_ids == ()


def test_a_message_that_was_given_up_holds_nobody_back() -> None:
    world = World()
    conversation = world.holds(a_conversation(ADA))
    world.engine.script = []
    first = asked(world, conversation, "poison")
    second = asked(world, conversation, "two")
    world.memory.work.clear()
    give_up(world, first)
    world.engine.script = [[SendMessage(an_utterance("Two."))]]

    attempt(world, AnswerJob(session_id=conversation.id, message_id=second.id))

    assert world.memory.work == []
    assert contents(world, conversation) == ["poison", "two", "Two."]

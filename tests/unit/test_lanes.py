"""The two lanes of turns: which queue a job goes to, and conversations whose bot begins or ceases to wait."""

import pytest

from conversations.domain.bot import Bot
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, OutboxCheckJob, TurnJob, WelcomeJob
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from tests.builders import a_bot, a_conversation, a_draft, a_user, a_visitor
from tests.fakes.gateway import InterruptingGateway
from tests.fakes.world import ADDRESS, DEFAULT_BOT, World

ADA = a_user()

both_kinds_of_bot = pytest.mark.parametrize("waits", [False, True], ids=["computes", "waits"])


def a_default_bot(*, waits: bool) -> Bot:
    return a_bot(DEFAULT_BOT).model_copy(update={"waits": waits})


def publish(world: World, *, waits: bool) -> None:
    world.memory.bots[DEFAULT_BOT] = a_default_bot(waits=waits)


def list_lane(world: World, *, waits: bool) -> list[object]:
    """Return the jobs of a lane; the other one must be empty."""
    lanes = {False: world.list_jobs(), True: world.list_waiting_jobs()}
    assert lanes[not waits] == []
    return [*lanes[waits]]


def send(world: World, conversation_id: str, content: str = "Hello", owner: Principal = ADA) -> Message:
    return world.messages.send(owner, conversation_id, a_draft(content))


@both_kinds_of_bot
def test_first_message_goes_to_the_lane_of_the_bot(*, waits: bool) -> None:
    world = World(a_default_bot(waits=waits))

    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello")

    (message_id,) = conversation.pending_message_ids
    assert conversation.waits is waits
    assert list_lane(world, waits=waits) == [AnswerJob(conversation_id=conversation.id, message_id=message_id)]


@both_kinds_of_bot
def test_greeting_goes_to_the_lane_of_the_bot(*, waits: bool) -> None:
    world = World(a_default_bot(waits=waits))

    conversation = world.conversations.start(ADA, bot_id=None, initial_message=None)

    assert list_lane(world, waits=waits) == [GreetJob(conversation_id=conversation.id)]


@both_kinds_of_bot
def test_message_goes_to_the_lane_of_its_conversation(*, waits: bool) -> None:
    world = World(a_default_bot(waits=not waits))
    conversation = world.add_conversation(a_conversation(ADA).model_copy(update={"waits": waits}))

    message = send(world, conversation.id)

    assert list_lane(world, waits=waits) == [AnswerJob(conversation_id=conversation.id, message_id=message.id)]


@both_kinds_of_bot
def test_outbox_check_queues_in_the_lane_of_the_conversation(*, waits: bool) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA).model_copy(update={"waits": waits}))
    world.queue.refusals = 1
    with pytest.raises(UnavailableError):
        send(world, conversation.id)
    (message,) = world.list_messages(conversation.id)

    world.relay.check(OutboxCheckJob(messages=((conversation.id, message.id),)))

    assert list_lane(world, waits=waits) == [AnswerJob(conversation_id=conversation.id, message_id=message.id)]


def test_first_frame_of_a_connection_is_not_behind_an_answer() -> None:
    visitor = a_visitor()
    world = World(a_default_bot(waits=True))

    conversation = world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    assert conversation.waits
    (job,) = list_lane(world, waits=False)
    assert isinstance(job, WelcomeJob)


def test_greeting_in_the_other_queue_is_queued_after_the_first_frame() -> None:
    world = World(a_default_bot(waits=True))
    world.gateway = gateway = InterruptingGateway()
    conversation = world.sockets.connect(a_visitor(), "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    queued_before: list[TurnJob] = []
    gateway.before = lambda: queued_before.extend(world.list_waiting_jobs())

    world.run_next_bot()

    assert queued_before == []
    assert world.list_waiting_jobs() == [GreetJob(conversation_id=conversation.id)]


def test_greeting_after_the_first_frame_goes_to_the_lane_of_the_conversation() -> None:
    visitor = a_visitor()
    world = World(a_default_bot(waits=True))
    conversation = world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    world.run_next_bot()

    (frame,) = world.gateway.frames["phone"]
    assert (frame["type"], frame["status"]) == ("status", "connected")
    assert list_lane(world, waits=True) == [GreetJob(conversation_id=conversation.id)]


def test_job_of_a_bot_that_has_begun_to_wait_is_forwarded() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    message = send(world, conversation.id)
    publish(world, waits=True)

    world.run_next_bot()

    assert list_lane(world, waits=True) == [AnswerJob(conversation_id=conversation.id, message_id=message.id)]
    assert world.list_messages(conversation.id) == [message]
    assert world.memory.conversations[conversation.id].waits


def test_greeting_of_a_bot_that_has_begun_to_wait_is_forwarded() -> None:
    world = World()
    conversation = world.conversations.start(ADA, bot_id=None, initial_message=None)
    publish(world, waits=True)

    world.run_next_bot()

    assert list_lane(world, waits=True) == [GreetJob(conversation_id=conversation.id)]


def test_answered_job_is_not_forwarded() -> None:
    """The answer is sent again without the bot, which may not be published any more."""
    world = World()
    world.add_connections(ADA, "phone")
    conversation = world.add_conversation(a_conversation(ADA))
    message = send(world, conversation.id)
    world.run_bots()
    publish(world, waits=True)
    world.memory.jobs.append(AnswerJob(conversation_id=conversation.id, message_id=message.id))
    world.gateway.frames.clear()

    world.run_next_bot()

    assert list_lane(world, waits=True) == []
    assert [frame["type"] for frame in world.gateway.frames["phone"]].count("message") == 2


def test_worker_with_the_earlier_version_of_the_bot_forwards_too() -> None:
    """Otherwise the second message would be answered beside the first one, or before it."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    first, second = send(world, conversation.id, "one"), send(world, conversation.id, "two")
    publish(world, waits=True)
    world.run_next_bot()
    publish(world, waits=False)

    world.run_next_bot()

    assert list_lane(world, waits=True) == [
        AnswerJob(conversation_id=conversation.id, message_id=message.id) for message in (first, second)
    ]


def test_change_is_stored_before_the_first_job_is_moved() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    send(world, conversation.id)
    publish(world, waits=True)
    world.queue.refusals = 1

    with pytest.raises(UnavailableError):
        world.run_next_bot()

    assert world.memory.conversations[conversation.id].waits


def test_bot_that_has_ceased_to_wait_answers_from_the_lane_of_its_conversations() -> None:
    world = World(a_default_bot(waits=True))
    conversation = world.add_conversation(a_conversation(ADA).model_copy(update={"waits": True}))
    publish(world, waits=False)
    message = send(world, conversation.id)
    assert list_lane(world, waits=True) == [AnswerJob(conversation_id=conversation.id, message_id=message.id)]

    world.run_bots()

    assert len(world.list_messages(conversation.id)) == 2


def test_messages_are_answered_in_order_if_an_earlier_one_is_still_in_the_other_lane() -> None:
    """A sender with a cached conversation queues the first message; the second one overtakes it."""
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    first = send(world, conversation.id, "one")
    world.turns.set_waits(conversation.id)
    second = send(world, conversation.id, "two")

    world.turn_service.handle(world.memory.waiting_jobs.pop(0))
    world.run_bots()

    answers = [message.answers for message in world.list_messages(conversation.id) if message.answers is not None]
    assert answers == [first.seq, second.seq]

"""Runs of agents: threads and their conversations, greetings, and interrupts."""

from dataclasses import replace

import pytest

from conversations.domain import ids
from conversations.domain.agent_run import AgentInput, AgentMessage, Thread
from conversations.domain.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from conversations.domain.message import Message
from conversations.domain.turn import SaveState, SendMessage
from conversations.services.agent_runs import AgentRun
from tests.builders import a_bot, a_conversation_id, a_user, an_utterance
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")
SCHEMA = {"type": "integer"}


def an_input(
    text: str | None = "hello", key: str | None = None, thread: str = "t-1", bot: str = "default"
) -> AgentInput:
    return AgentInput(bot, thread, None if text is None else AgentMessage(key or f"key of {text}", text))


def begin(world: World, run: AgentInput | None = None) -> AgentRun:
    begun = world.agent_runs.begin(ADA, run or an_input())
    assert begun is not None
    return begun


def list_contents(world: World, conversation_id: str) -> list[str]:
    return [message.content for message in world.list_messages(conversation_id)]


def ask_for_number(world: World) -> tuple[AgentRun, Message]:
    """Return a run after which the bot waits for a number, and the bot's question."""
    world.engine.script = [[SendMessage(an_utterance("How many?")), SaveState({}, SCHEMA)]]
    run = begin(world)
    world.run_bots()
    return run, world.list_messages(run.conversation_id)[-1]


def test_thread_is_one_conversation() -> None:
    world = World()

    first, second = begin(world), begin(world, an_input("more"))
    world.run_bots()

    assert first.conversation_id == second.conversation_id
    assert list_contents(world, first.conversation_id)[:2] == ["hello", "more"]


@pytest.mark.parametrize("other", [an_input(thread="t-2"), an_input(bot="other")], ids=["thread", "bot"])
def test_other_thread_is_another_conversation(other: AgentInput) -> None:
    world = World(a_bot(), a_bot("other"))

    other = replace(other, message=AgentMessage("another key", "hello"))
    assert begin(world).conversation_id != begin(world, other).conversation_id


def test_thread_of_another_user_is_another_conversation() -> None:
    world = World()
    mine, theirs = begin(world), world.agent_runs.begin(EVE, an_input())

    assert theirs is not None
    assert theirs.conversation_id != mine.conversation_id


def test_repeated_run_sends_nothing_new() -> None:
    world = World()

    assert begin(world) == begin(world)
    assert begin(world, an_input("more")) == begin(world, an_input("more"))
    run = begin(world)
    assert list_contents(world, run.conversation_id) == ["hello", "more"]


def test_first_run_without_message_is_greeted() -> None:
    world = World()

    run = begin(world, an_input(None))

    assert run.message_id is None
    greeting = world.answers.wait_for_greeting(ADA, run.conversation_id, lambda: 20)
    assert [message.content for message in greeting] == ["Hello! Ask me anything."]
    assert world.agent_runs.begin(ADA, an_input(None)) is None


def test_conversation_can_be_named_by_its_own_id() -> None:
    world = World(a_bot(), a_bot("other"))
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="hi")
    name = ids.format_conversation_id(conversation.id)

    assert begin(world, an_input(thread=name)).conversation_id == conversation.id
    with pytest.raises(ForbiddenError):
        world.agent_runs.begin(EVE, an_input(thread=name))
    with pytest.raises(InvalidRequestError):
        begin(world, an_input(thread=name, bot="other"))
    with pytest.raises(NotFoundError):
        begin(world, an_input(thread=ids.format_conversation_id(a_conversation_id())))
    assert list_contents(world, conversation.id) == ["hi", "hello"]


def test_thread_of_a_deleted_conversation_begins_again_with_a_new_id() -> None:
    world = World()
    deleted = begin(world).conversation_id
    world.memory.change(deleted, deleted=True)

    again = begin(world, an_input("again")).conversation_id

    assert again != deleted
    world.clock.forward(minutes=1)
    del world.memory.conversations[again]
    assert begin(world, an_input("once more")).conversation_id not in {again, deleted}


def test_first_runs_at_the_same_time_share_a_conversation() -> None:
    """Both requests have read that the thread's conversation is not stored yet."""
    world = World()
    run = an_input("second")
    thread = Thread(a_conversation_id(), world.clock())
    world.memory.threads[ADA.owner, "default", run.hash_thread()] = thread
    find_conversation = world.agent_runs._find_conversation(ADA, run)  # noqa: SLF001 - what the slower one has read
    first = begin(world, an_input("first"))
    world.run_bots()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.agent_runs), "_find_conversation", lambda *_: find_conversation)
        second = begin(world, run)

    assert find_conversation == (first.conversation_id, False)
    assert second.conversation_id == first.conversation_id
    assert list_contents(world, first.conversation_id)[-1] == "second"


def test_waiting_bot_is_an_interrupt_that_is_answered_once() -> None:
    world = World()
    run, question = ask_for_number(world)

    interrupt = world.agent_runs.find_interrupt(run.conversation_id, question)

    assert interrupt is not None
    assert (interrupt.question, interrupt.schema) == ("How many?", SCHEMA)
    answer = AgentInput("default", "t-1", AgentMessage("resume-1", "4"), interrupt.id)
    begin(world, answer)
    world.run_bots()
    assert list_contents(world, run.conversation_id)[2:] == ["4", "You said: 4"]
    # A retry is the same answer, another answer comes too late.
    begin(world, answer)
    with pytest.raises(ConflictError):
        begin(world, replace(answer, message=AgentMessage("resume-2", "5")))
    assert list_contents(world, run.conversation_id)[2:] == ["4", "You said: 4"]
    assert world.agent_runs.find_interrupt(run.conversation_id, question) is None


def test_bot_that_accepts_any_text_is_no_interrupt() -> None:
    world = World()
    run, question = ask_for_number(world)
    begin(world, an_input("4"))
    world.run_bots()
    last = world.list_messages(run.conversation_id)[-1]

    assert last != question
    assert world.agent_runs.find_interrupt(run.conversation_id, last) is None


def test_interrupt_of_a_new_thread_does_not_exist() -> None:
    answer = AgentInput("default", "t-1", AgentMessage("resume-1", "4"), "hear-018d0c90-4d00-7000-8000-07a4c1d2e3f4")

    with pytest.raises(NotFoundError):
        begin(World(), answer)
    world = World()
    begin(world)
    with pytest.raises(InvalidRequestError):
        begin(world, replace(answer, interrupt_id="nonsense"))

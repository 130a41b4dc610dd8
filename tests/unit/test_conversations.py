"""Starting and listing conversations."""

import pytest

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ConversationStatus, ListFilter
from conversations.domain.errors import ConflictError, NotFoundError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, OutboxCheckJob
from conversations.domain.message import Sender
from tests.builders import MORNING, a_bot, a_conversation, a_draft, a_user
from tests.fakes.engines import GREETING
from tests.fakes.world import World

ADA = a_user()


def test_start_without_bot_id_uses_the_default_bot() -> None:
    world = World(a_bot("default", name="General Bot"), a_bot("bot-123"))

    conversation = world.conversations.start(ADA, bot_id=None, initial_message=None)

    assert (conversation.bot_id, conversation.bot_name) == ("default", "General Bot")


def test_start_uses_the_requested_bot() -> None:
    world = World(a_bot("default"), a_bot("bot-123", name="Support Bot"))

    conversation = world.conversations.start(ADA, bot_id="bot-123", initial_message=None)

    assert (conversation.bot_id, conversation.bot_name) == ("bot-123", "Support Bot")
    assert conversation.status is ConversationStatus.ACTIVE
    assert conversation.owner == ADA.owner
    assert not conversation.anonymous
    assert ids.parse_conversation_id(f"conv-{conversation.id}") == conversation.id


@pytest.mark.parametrize("bot_id", ["bot-999", None])
def test_start_with_an_unknown_bot_is_refused(bot_id: str | None) -> None:
    world = World(a_bot("bot-123"))

    with pytest.raises(NotFoundError, match="bot does not exist"):
        world.conversations.start(ADA, bot_id=bot_id, initial_message="Hello")

    assert world.memory.conversations == {}
    assert world.list_jobs() == []


def test_every_start_creates_a_conversation() -> None:
    world = World()

    first = world.conversations.start(ADA, bot_id=None, initial_message="Hello")
    second = world.conversations.start(ADA, bot_id=None, initial_message="Hello")

    assert first.id != second.id
    assert world.conversations.list_by_owner(ADA, ListFilter(), limit=10, offset=0, after=None).total == 2


def test_initial_message_is_stored_and_queued() -> None:
    world = World()

    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello")

    (message,) = world.list_messages(conversation.id)
    assert (message.seq, message.sender, message.content, message.timestamp) == (1, Sender.USER, "Hello", MORNING)
    assert world.list_jobs() == [AnswerJob(conversation_id=conversation.id, message_id=message.id)]
    stored = world.memory.conversations[conversation.id]
    assert (stored.last_seq, stored.last_message) == (1, "Hello")


def test_start_with_initial_message_is_answered_without_a_greeting() -> None:
    world = World()

    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello")
    world.run_bots()

    assert [message.content for message in world.list_messages(conversation.id)] == ["Hello", "You said: Hello"]


def test_start_without_initial_message_is_greeted() -> None:
    world = World()

    conversation = world.conversations.start(ADA, bot_id=None, initial_message=None)
    assert world.list_jobs() == [GreetJob(conversation_id=conversation.id)]
    world.run_bots()

    assert [message.content for message in world.list_messages(conversation.id)] == [GREETING]


def count_conversations(world: World) -> int:
    return world.conversations.list_by_owner(ADA, ListFilter(), limit=1, offset=0, after=None).total


@pytest.mark.parametrize("initial_message", ["Hello", None])
def test_start_that_cannot_be_queued_is_completed_by_a_retry_with_the_same_id(initial_message: str | None) -> None:
    world = World()
    world.queue.refusals = 1

    def start() -> Conversation:
        return world.conversations.start(ADA, bot_id=None, initial_message=initial_message, client_message_id="a")

    with pytest.raises(UnavailableError):
        start()
    conversation = start()
    world.run_bots()

    assert count_conversations(world) == 1
    assert len(world.list_messages(conversation.id)) == (2 if initial_message else 1)


def test_start_that_cannot_be_queued_is_not_repeated_without_an_id() -> None:
    """A retry would start a second conversation, so the answer is the first one, whose message the relay queues."""
    world = World()
    world.queue.refusals = 1

    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello")
    assert world.list_jobs() == []
    stored = ((conversation.id, world.list_messages(conversation.id)[0].id),)
    world.relay.check(OutboxCheckJob(messages=stored))
    world.run_bots()

    assert count_conversations(world) == 1
    assert len(world.list_messages(conversation.id)) == 2


@pytest.mark.parametrize("initial_message", ["Hello", None])
def test_repeated_start_is_answered_once(initial_message: str | None) -> None:
    world = World()

    def start() -> Conversation:
        return world.conversations.start(ADA, bot_id=None, initial_message=initial_message, client_message_id="a")

    first = start()
    world.run_bots()
    messages = world.list_messages(first.id)
    again = start()
    world.run_bots()

    assert again.id == first.id
    assert world.list_messages(first.id) == messages


def test_message_of_a_start_is_the_same_message_over_every_transport() -> None:
    world = World()
    started = world.conversations.start(ADA, bot_id=None, initial_message="Hello", client_message_id="a")
    world.run_bots()

    again = world.messages.send(ADA, started.id, a_draft("Hello", client_message_id="a"), connection_id="phone")

    assert again.seq == 1
    assert len(world.list_messages(started.id)) == 2
    with pytest.raises(ConflictError):
        world.messages.send(ADA, started.id, a_draft("Hullo", client_message_id="a"))


def test_list_returns_a_page_and_the_total() -> None:
    world = World()
    for minute in range(5):
        world.clock.forward(minutes=1)
        world.conversations.start(ADA, bot_id=None, initial_message=f"{minute}")
    world.conversations.start(a_user("eve"), bot_id=None, initial_message="mine")

    page = world.conversations.list_by_owner(ADA, ListFilter(), limit=2, offset=1, after=None)

    assert [conversation.last_message for conversation in page.conversations] == ["3", "2"]
    assert page.total == 5


def test_list_total_counts_matching_conversations() -> None:
    world = World()
    world.add_conversation(a_conversation(ADA, status=ConversationStatus.ARCHIVED))
    world.add_conversation(a_conversation(ADA, bot_id="bot-123"))
    world.add_conversation(a_conversation(ADA))

    def total(matching: ListFilter) -> int:
        return world.conversations.list_by_owner(ADA, matching, limit=1, offset=0, after=None).total

    assert total(ListFilter()) == 3
    assert total(ListFilter(bot_id="default")) == 2
    assert total(ListFilter(status=ConversationStatus.ACTIVE)) == 2
    assert total(ListFilter(bot_id="default", status=ConversationStatus.ACTIVE)) == 1

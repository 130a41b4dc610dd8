"""Messages of scripts to other users: stored and delivered once, limited, and only to users of the bot."""

from datetime import timedelta

import pytest

from conversations.domain.conversation import GREETING_SEQ, Conversation, ConversationStatus
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob, DeliverJob
from conversations.domain.principal import Principal
from tests.builders import a_conversation, a_draft, a_user, a_visitor
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.memory import InMemoryConversationStore
from tests.fakes.scripts import ADA, ScriptWorld

BIA = a_user("bia")
APOLOGY = "Sorry, something went wrong on my side."
NOTE = """
HEAR who
HEAR text
TALK TO who, "From ${USER_ID()}: ${text}"
TALK "Sent."
"""
UNKNOWN = "the bot has no conversation with this user"


def list_contents(world: ScriptWorld, conversation: Conversation) -> list[str]:
    return [message.content for message in world.list_messages(conversation.id)]


def list_conversations(world: ScriptWorld, owner: Principal) -> list[Conversation]:
    return [each for each in world.memory.conversations.values() if each.owner == owner.owner]


def set_status(world: ScriptWorld, conversation: Conversation, status: ConversationStatus) -> None:
    InMemoryConversationStore(world.memory).set_status(conversation, status, world.clock())


def test_message_is_stored_and_delivered_to_all_devices_of_the_user() -> None:
    world = ScriptWorld(NOTE)
    conversation = world.start_conversation(BIA)
    world.add_connections(BIA, "phone", "laptop")

    assert world.chat("bia", "Hi") == ["Sent."]

    (message,) = world.list_messages(conversation.id)
    assert (message.content, message.sender, message.answers) == ("From ada: Hi", "bot", None)
    assert world.gateway.frames["phone"] == world.gateway.frames["laptop"]
    assert [(frame["type"], frame["content"]) for frame in world.gateway.frames["phone"]] == [
        ("message", "From ada: Hi")
    ]
    stored = world.memory.conversations[conversation.id]
    assert (stored.last_seq, stored.last_message, stored.last_activity) == (1, "From ada: Hi", message.timestamp)


def test_message_goes_to_the_conversation_that_was_used_last() -> None:
    world = ScriptWorld(NOTE)
    first, second = world.start_conversation(BIA), world.start_conversation(BIA)
    world.clock.forward(seconds=1)
    world.send(first, "who", BIA)

    world.chat("bia", "Hi")

    assert list_contents(world, first)[-1] == "From ada: Hi"
    assert list_contents(world, second) == []


def test_conversation_is_started_if_all_are_archived() -> None:
    world = ScriptWorld(NOTE)
    archived = world.start_conversation(BIA)
    set_status(world, archived, ConversationStatus.ARCHIVED)

    assert world.chat("bia", "Hi") == ["Sent."]

    assert list_contents(world, archived) == []
    started = next(each for each in list_conversations(world, BIA) if each.id != archived.id)
    assert list_contents(world, started) == ["From ada: Hi"]
    assert not started.is_pending(GREETING_SEQ)
    world.send(started, "ada", BIA)
    assert list_contents(world, started) == ["From ada: Hi", "ada"]


def test_archived_conversation_is_not_used_although_the_list_has_it() -> None:
    world = ScriptWorld(NOTE)
    archived = world.start_conversation(BIA)
    set_status(world, archived, ConversationStatus.ARCHIVED)
    world.stale_newest_id = archived.id

    assert world.chat("bia", "Hi") == ["Sent."]

    assert list_contents(world, archived) == []


def delete(world: ScriptWorld) -> None:
    InMemoryConversationStore(world.memory).mark_deleted(world.start_conversation(BIA), world.clock())


def talk_to_another_bot(world: ScriptWorld) -> None:
    world.add_conversation(a_conversation(BIA, bot_id="other"))


@pytest.mark.parametrize("arrange", [lambda _: None, delete, talk_to_another_bot], ids=["never", "deleted", "other"])
def test_user_without_a_conversation_is_not_addressed(arrange: object, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(NOTE)
    assert callable(arrange)
    arrange(world)

    assert world.chat("bia", "Hi") == [APOLOGY]

    assert UNKNOWN in caplog.text
    assert "bia" not in caplog.text
    assert all(not list_contents(world, each) for each in list_conversations(world, BIA))


@pytest.mark.parametrize("who", ["visitor:1", "user:bia", "é", "x" * 256, "bia#x"])
def test_text_that_is_no_user_is_refused(who: str, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(NOTE)
    world.start_conversation(BIA)

    assert world.chat(who, "Hi") == [APOLOGY]
    assert UNKNOWN in caplog.text


def test_visitor_is_not_addressed() -> None:
    world = ScriptWorld(NOTE)
    visitor = a_visitor()
    conversation = world.start_conversation(visitor)

    for who in (conversation.id, visitor.owner):
        assert world.chat(who, "Hi") == [APOLOGY]
    assert list_contents(world, conversation) == []


def test_own_user_is_answered_in_this_conversation_and_in_order() -> None:
    world = ScriptWorld('HEAR x\nTALK "1"\nTALK TO USER_ID(), "2"\nTALK "3"')
    world.start_conversation(ADA)

    assert world.chat("go") == ["1", "2", "3"]


def test_message_reaches_a_user_in_the_middle_of_a_dialog() -> None:
    world = ScriptWorld(NOTE)
    conversation = world.start_conversation(BIA)
    world.send(conversation, "ada", BIA)

    world.chat("bia", "Hi")
    world.send(conversation, "my text", BIA)

    assert list_contents(world, conversation) == ["ada", "From ada: Hi", "my text", "Sent."]


def test_message_is_delivered_once_per_job_and_not_to_an_erased_conversation() -> None:
    world = ScriptWorld(NOTE)
    conversation = world.start_conversation(BIA)
    world.add_connections(BIA, "phone")
    world.messages.send(ADA, world.start_conversation(ADA).id, a_draft("bia"))
    world.run_bots()
    ada = list_conversations(world, ADA)[0]
    world.messages.send(ADA, ada.id, a_draft("Hi"))
    world.run_next_bot()
    assert [type(job) for job in world.list_jobs()] == [DeliverJob]
    InMemoryConversationStore(world.memory).mark_deleted(conversation, world.clock())

    world.run_bots()

    assert world.gateway.frames["phone"] == []


def test_messages_of_a_turn_are_limited() -> None:
    world = ScriptWorld('FOR i = 1 TO 51\nTALK TO "bia", i\nNEXT\nTALK "Done."')
    other = world.add_conversation(a_conversation(BIA, answered_seq=GREETING_SEQ))

    assert world.chat() == [APOLOGY]
    assert len(list_contents(world, other)) == 50


def test_messages_of_a_day_are_limited() -> None:
    world = ScriptWorld('DO\nHEAR x\nTALK TO "bia", x\nTALK "Sent."\nLOOP')
    other = world.start_conversation(BIA)
    world.talks.limit = 2
    conversation = world.start_conversation()
    for text in ("1", "2", "3"):
        world.send(conversation, text)
    assert list_contents(world, other) == ["1", "2"]

    world.clock.forward(seconds=timedelta(days=1).total_seconds())
    assert world.chat("4")[-1] == "Sent."
    assert list_contents(world, other) == ["1", "2", "4"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'   '", "has no text"),
        ('REPLACE("' + "x" * 81 + '", "x", "' + "y" * 100 + '")', "has at most 8,000 characters"),
    ],
)
def test_text_is_limited(text: str, message: str, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(f'text = {text}\nTALK TO "bia", text')
    other = world.add_conversation(a_conversation(BIA, answered_seq=GREETING_SEQ))

    assert world.chat() == [APOLOGY]
    assert message in caplog.text
    assert list_contents(world, other) == []


def test_conversation_that_was_archived_meanwhile_lets_the_turn_run_again() -> None:
    world = ScriptWorld(NOTE)
    archived = world.start_conversation(BIA)
    conversation = world.start_conversation()
    world.send(conversation, "bia")
    set_status(world, archived, ConversationStatus.ARCHIVED)
    message = world.messages.send(ADA, conversation.id, a_draft("Hi"))
    job = AnswerJob(conversation_id=conversation.id, message_id=message.id)
    world.talks.failures = [UnavailableError()]

    with pytest.raises(UnavailableError):
        world.turn_service.handle(job)
    world.turn_service.handle(job)

    assert [list_contents(world, each) for each in list_conversations(world, BIA)] == [[], ["From ada: Hi"]]


# ------------------------------------------------------------------------------------------------------------- crashes


class Notes(CrashingScriptWorld):
    """A turn that sends two messages to other users, and an answer."""

    def __init__(self) -> None:
        script = 'HEAR x\nprice = GET "https://shop.example/price"\nTALK TO ["bia", "eva"], x + price.id\nTALK "Sent."'
        super().__init__(script)
        self.others = [self.start_conversation(a_user(name)) for name in ("bia", "eva")]
        self.send_message("pen")
        self.memory.jobs.clear()


STEPS = Notes().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_stores_and_delivers_each_message_once(step: int, *, after: bool) -> None:
    notes = Notes()
    notes.add_connections(BIA, "phone")
    notes.run_until(step, after=after)

    notes.run_until(0, after=False)
    notes.run_bots()

    # A price that was read and not recorded is read again.
    price = f"pen{len(notes.web.requests)}"
    assert [list_contents(notes, other) for other in notes.others] == [[price], [price]]
    assert [frame["content"] for frame in notes.gateway.frames["phone"]] == [price]
    assert notes.get_bot_messages(notes.conversation) == ["Sent."]

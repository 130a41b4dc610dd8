"""Stateless clients: the conversation that a transcript continues, repeated requests, and waiting for answers."""

from datetime import timedelta
from typing import Any

import pytest

from conversations.contract.openai.responses import join_messages
from conversations.domain.conversation import ConversationStatus
from conversations.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
)
from conversations.domain.principal import Principal
from conversations.domain.transcript import Transcript, TranscriptMessage, hash_question
from conversations.domain.turn import Redact, SendMessage
from conversations.services.answers import Answer, AnswerFailedError
from tests.builders import a_bot, a_draft, a_user, an_utterance
from tests.fakes.world import World

ADA, EVE = a_user("ada"), a_user("eve")
NEW, RETRY = timedelta(0), timedelta(hours=24)


class Client:
    """A stateless client: it keeps the transcript, and sends all of it."""

    def __init__(self, world: World, principal: Principal = ADA, scope: str = "") -> None:
        self.world, self.principal, self.scope = world, principal, scope
        self.messages: list[TranscriptMessage] = []
        self.conversation_ids: list[str] = []

    def ask(self, question: str, window: timedelta = NEW, **fields: Any) -> str:  # noqa: ANN401 - of the transcript
        """Send a question, add it and the answer to the transcript, and return the answer."""
        transcript = self.build(question, **fields)
        text = join_messages(self.send(transcript, window).messages)
        self.messages = [*self.messages, TranscriptMessage("user", question), TranscriptMessage("assistant", text)]
        return text

    def build(self, question: str, **fields: Any) -> Transcript:  # noqa: ANN401 - of the transcript
        return Transcript(
            **{"bot_id": "default", "scope": self.scope, "earlier": tuple(self.messages)} | fields, question=question
        )

    def send(self, transcript: Transcript, window: timedelta = NEW) -> Answer:
        """Send a request as the function does."""
        world = self.world
        sent = world.transcripts.ask(self.principal, transcript, transcript.to_text(), retry_window=window)
        self.conversation_ids.append(sent.conversation_id)
        answer = world.answers.wait(self.principal, sent.conversation_id, sent.message_id, lambda: 20)
        world.transcripts.keep(self.principal, transcript, sent, answer, join_messages(answer.messages))
        return answer


def list_users_messages(world: World) -> list[str]:
    return [
        message.content
        for conversation_id in world.memory.conversations
        for message in world.list_messages(conversation_id)
        if message.sender == "user"
    ]


def test_transcript_continues_its_conversation() -> None:
    world = World()
    client = Client(world)

    answers = [client.ask(question) for question in ("one", "two", "three")]

    assert answers == ["You said: one", "You said: two", "You said: three"]
    assert len(set(client.conversation_ids)) == 1
    assert list_users_messages(world) == ["one", "two", "three"]


def test_white_space_of_a_client_changes_nothing() -> None:
    world = World()
    world.engine.script = [[SendMessage(an_utterance("one\ntwo ")), SendMessage(an_utterance("three"))]]
    client = Client(world)
    client.ask("hello")
    client.messages = [TranscriptMessage("user", " hello"), TranscriptMessage("assistant", "one two\n\n\nthree")]

    client.ask("next")

    assert len(set(client.conversation_ids)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        [TranscriptMessage("user", "hello"), TranscriptMessage("assistant", "Something else")],
        [TranscriptMessage("user", "other"), TranscriptMessage("assistant", "You said: hello")],
        [TranscriptMessage("assistant", "You said: hello")],
    ],
    ids=["answer", "question", "left out"],
)
def test_unknown_transcript_starts_a_conversation(changed: list[TranscriptMessage]) -> None:
    client = Client(World())
    client.ask("hello")
    client.messages = changed

    assert client.ask("next") == "You said: next"
    assert len(set(client.conversation_ids)) == 2
    # From here on it is known.
    client.ask("and then")
    assert client.conversation_ids[1] == client.conversation_ids[2]


@pytest.mark.parametrize("other", [Client(World(), EVE), Client(World(), scope="end user 2")], ids=["owner", "scope"])
def test_transcript_of_another_user_is_not_continued(other: Client) -> None:
    client = Client(World())
    client.ask("hello")
    other.world, other.messages = client.world, client.messages

    other.ask("next")

    assert other.conversation_ids != client.conversation_ids


def test_transcript_expires_after_30_days() -> None:
    client = Client(World())
    client.ask("hello")
    client.world.clock.forward(hours=30 * 24)

    client.ask("next")

    assert len(set(client.conversation_ids)) == 2


def test_retry_sends_nothing_new_and_returns_the_same_answer() -> None:
    world = World()
    client = Client(world)
    client.ask("hello")
    for question in ("first", "second"):
        transcript = client.build(question)
        world.bots_run = False
        with pytest.raises(UnavailableError):
            world.answers.wait(ADA, *_send(client, transcript, NEW), lambda: 0.05)
        world.bots_run = True
        first = client.send(transcript, RETRY)
        assert client.send(transcript, RETRY) == first
        client.messages += [
            TranscriptMessage("user", question),
            TranscriptMessage("assistant", f"You said: {question}"),
        ]

    assert list_users_messages(world) == ["hello", "first", "second"]


def _send(client: Client, transcript: Transcript, window: timedelta) -> tuple[str, str]:
    sent = client.world.transcripts.ask(client.principal, transcript, transcript.to_text(), retry_window=window)
    return sent.conversation_id, sent.message_id


def test_retry_of_a_first_message_starts_one_conversation() -> None:
    client = Client(World())

    ids = {_send(client, client.build("hello"), window) for window in (NEW, RETRY, RETRY)}

    assert len(ids) == 1
    assert list_users_messages(client.world) == ["hello"]


def test_same_first_message_of_another_chat_starts_another_conversation() -> None:
    world = World()
    first, second = Client(world), Client(world)
    first.ask("hello"), second.ask("hello")
    # Both transcripts are the same, and yet each client keeps a conversation for itself.
    for question in ("1", "2"):
        first.ask(question), second.ask(question)

    assert first.conversation_ids[0] != second.conversation_ids[0]
    assert not set(first.conversation_ids[1:]) & set(second.conversation_ids[1:])
    assert len(set(first.conversation_ids[1:])) == len(set(second.conversation_ids[1:])) == 1


def test_question_is_answered_again_without_asking_the_bot_again() -> None:
    client = Client(World())
    client.ask("hello")
    transcript = client.build("next")
    answer = client.send(transcript)

    assert client.send(transcript) == answer
    assert list_users_messages(client.world) == ["hello", "next"]


def test_probable_retry_is_one_within_its_window_only() -> None:
    client = Client(World())
    ten_minutes = timedelta(minutes=10)
    first = _send(client, client.build("hello"), ten_minutes)

    assert _send(client, client.build("hello"), ten_minutes) == first
    client.world.clock.forward(minutes=10)
    assert _send(client, client.build("hello"), ten_minutes) != first


def test_earlier_version_of_a_transcript_starts_another_conversation() -> None:
    client = Client(World())
    client.ask("hello")
    client.ask("one")
    client.messages = client.messages[:2]

    client.ask("two")

    assert client.conversation_ids[0] != client.conversation_ids[2]


@pytest.mark.parametrize(
    "change", [{"status": ConversationStatus.ARCHIVED}, {"deleted": True}, {"owner": EVE.owner}, {"last_seq": 9}]
)
def test_conversation_that_changed_otherwise_is_not_continued(change: dict[str, Any]) -> None:
    client = Client(World())
    client.ask("hello")
    client.world.memory.change(client.conversation_ids[0], **change)

    client.ask("next")

    assert client.conversation_ids[0] != client.conversation_ids[1]


def test_named_conversation_is_continued() -> None:
    client = Client(World())
    client.ask("hello")
    client.messages = []

    client.ask("next", conversation_id=client.conversation_ids[0])

    assert list_users_messages(client.world) == ["hello", "next"]


def test_named_conversation_must_be_the_callers_and_of_the_bot() -> None:
    world = World(a_bot(), a_bot("other"))
    client = Client(world)
    client.ask("hello")
    (name,) = client.conversation_ids

    with pytest.raises(ForbiddenError):
        Client(world, EVE).ask("mine", conversation_id=name)
    with pytest.raises(InvalidRequestError):
        client.ask("next", conversation_id=name, bot_id="other")
    world.memory.change(name, status=ConversationStatus.ARCHIVED)
    with pytest.raises(ConflictError):
        client.ask("next", conversation_id=name)
    assert list_users_messages(world) == ["hello"]


def test_nothing_is_stored_about_a_redacted_message() -> None:
    world = World()
    world.engine.redacts = True
    world.engine.script = [[Redact("********"), SendMessage(an_utterance("Thank you."))]]
    client = Client(world)
    client.ask("secret")
    stored = f"{world.memory.open} {world.memory.asked}"

    assert hash_question("secret") not in stored
    assert hash_question("hello") == hash_question(" hello ")
    client.ask("next")
    client.ask("and then")
    assert len(set(client.conversation_ids)) == 1
    assert hash_question("secret") not in f"{world.memory.open}"


def test_unknown_bot_starts_nothing() -> None:
    client = Client(World())

    with pytest.raises(NotFoundError):
        client.ask("hello", bot_id="no-such-bot")
    assert client.world.memory.conversations == {}


# ----------------------------------------------------------------------------------------------- waiting for answers


def test_pauses_grow_up_to_a_second() -> None:
    world = World()
    world.bots_run = False
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="hello")

    with pytest.raises(UnavailableError) as late:
        world.answers.wait(ADA, conversation.id, conversation.pending_message_ids[0], lambda: 20 - sum(world.pauses))

    assert late.value.retry_after == 1
    assert world.pauses[:3] == pytest.approx([0.1, 0.15, 0.225])
    assert max(world.pauses) == 1
    assert 18 < sum(world.pauses) <= 20
    assert len(world.pauses) < 27


def test_answer_has_the_messages_of_its_own_turn() -> None:
    world = World()
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="hello")
    world.run_bots()
    world.engine.script = [[SendMessage(an_utterance("One")), SendMessage(an_utterance("Two"))], []]
    asked, silent = (world.messages.send(ADA, conversation.id, a_draft(text)) for text in ("a", "b"))

    answer = world.answers.wait(ADA, conversation.id, asked.id, lambda: 20)

    assert [message.content for message in answer.messages] == ["One", "Two"]
    assert answer.question == asked
    assert world.answers.wait(ADA, conversation.id, silent.id, lambda: 20).messages == ()


def test_failed_message_is_an_error_at_once() -> None:
    world = World()
    world.bots_run = False
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="hello")
    (message_id,) = conversation.pending_message_ids
    world.turns.mark_failed(conversation.id, message_id)

    with pytest.raises(AnswerFailedError):
        world.answers.wait(ADA, conversation.id, message_id, lambda: 20)
    assert len(world.pauses) == 1


def test_deleted_conversation_ends_the_wait() -> None:
    world = World()
    world.bots_run = False
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="hello")
    world.memory.change(conversation.id, deleted=True)

    with pytest.raises(NotFoundError):
        world.answers.wait(ADA, conversation.id, conversation.pending_message_ids[0], lambda: 20)

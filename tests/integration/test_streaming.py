"""An answer of a language model, streamed by the function to the devices of its user, on moto."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.bootstrap import model_engine, turns
from conversations.bootstrap.connections import connection_store
from conversations.domain.jobs import AnswerJob
from conversations.domain.model import TextPiece
from conversations.domain.principal import Principal
from tests import events
from tests.builders import a_bot, a_conversation, a_socket, a_user, a_visitor
from tests.fakes.models import DONE, FakeModels, Step
from tests.fakes.streaming_client import StreamingClient
from tests.integration.running import Functions

ADA = a_user("ada")
DONE_BATCH: dict[str, list[Any]] = {"batchItemFailures": []}
STORY = "Once upon a time"

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


class CrashedError(BaseException):
    """The process was killed."""


def write(*words: str) -> list[Step]:
    """Return the stream of an answer with a second between two words."""
    steps: list[Step] = []
    for word in words:
        steps += [1.0, TextPiece(word)]
    return [*steps, DONE]


@pytest.fixture
def models(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> FakeModels:
    """Publish a bot with a model whose seconds are those of the stream."""
    functions.publish(
        a_bot("default", engine="model", program={"config": {"llm-model": "small"}}).model_copy(update={"waits": True})
    )
    fake = FakeModels()
    monkeypatch.setattr(model_engine, "language_models", lambda: fake)
    monkeypatch.setattr(turns, "monotonic", fake.clock)
    return fake


def ask(functions: Functions, owner: Principal = ADA) -> AnswerJob:
    """Store a conversation with a message that waits for its answer, a device that streams and another one."""
    now = datetime.now(UTC).replace(microsecond=0)
    conversation = functions.store_conversation(a_conversation(owner, last_activity=now, answered_seq=0))
    for device, streams in (("phone", True), ("old", False)):
        connection_store().add(a_socket(owner, device, conversation_id=conversation.id, opened_at=now, streams=streams))
    message = functions.store_message(owner, conversation, "Tell me a story")
    return AnswerJob(conversation_id=conversation.id, message_id=message.id)


def list_deltas(functions: Functions, device: str = "phone") -> list[tuple[int, int, str]]:
    frames = [frame for frame in functions.connections.frames[device] if frame["type"] == "delta"]
    return [(frame["attempt"], frame["offset"], frame["content"]) for frame in frames]


@both_kinds_of_caller
def test_answer_is_streamed_to_the_devices_that_ask_for_it(
    functions: Functions, models: FakeModels, owner: Principal
) -> None:
    job = ask(functions, owner)
    models.answers = [write("Once ", "upon ", "a time")]

    assert functions.invoke("run_waiting_turns", events.records(job)) == DONE_BATCH

    assert list_deltas(functions) == [(1, 0, "Once "), (1, 5, "upon "), (1, 10, "a time")]
    assert list_deltas(functions, "old") == []
    *_, last = functions.connections.frames["old"]
    *_, delta, message = functions.connections.frames["phone"]
    assert message == last
    assert (message["id"], message["content"]) == (delta["id"], STORY)


def test_piece_that_the_gateway_refuses_comes_with_the_next_one(functions: Functions, models: FakeModels) -> None:
    job = ask(functions)

    def answer() -> Iterator[Step]:
        yield TextPiece("Once ")
        functions.connections.throttled_times["phone"] = 1
        yield 1.0
        yield TextPiece("upon ")
        yield 1.0
        yield TextPiece("a time")
        yield DONE

    models.answers = [answer()]

    functions.invoke("run_waiting_turns", events.records(job))

    assert list_deltas(functions) == [(1, 0, "Once "), (1, 0, STORY)]


def test_answer_of_a_worker_that_died_begins_again_under_the_same_id(functions: Functions, models: FakeModels) -> None:
    job = ask(functions)

    def die() -> Iterator[Step]:
        yield TextPiece("There ")
        raise CrashedError

    models.answers = [die(), write("Once ", "upon ", "a time")]
    with pytest.raises(CrashedError):
        functions.invoke("run_waiting_turns", events.records(job))

    assert functions.invoke("run_waiting_turns", events.records(job, tries=2)) == DONE_BATCH

    assert list_deltas(functions) == [(1, 0, "There "), (2, 0, "Once "), (2, 5, "upon "), (2, 10, "a time")]
    client = StreamingClient()
    for frame in functions.connections.frames["phone"]:
        client.receive(frame)
    assert (client.texts, list(client.messages.values())) == ({}, [STORY])


@both_kinds_of_caller
def test_stopped_answer_ends_with_what_was_written(functions: Functions, models: FakeModels, owner: Principal) -> None:
    job = ask(functions, owner)
    models.answers = [write("Once ", "upon ", "a time")]
    session_id = f"session-{job.conversation_id}"
    functions.invoke("stop", events.socket("stop", owner, frame={"type": "stop", "session_id": session_id}))

    functions.invoke("run_waiting_turns", events.records(job))

    *_, message, stopped = functions.connections.frames["old"]
    assert (message["content"], message["finish_reason"]) == ("Once", "stopped")
    assert stopped == {"type": "status", "status": "stopped", "session_id": session_id, "id": message["id"]}
    assert functions.list_messages(job.conversation_id)[-1].finish_reason == "stopped"
    assert models.closed == 1

"""A bot whose model calls tools, on moto: a turn that crashes anywhere is run again, with each effect once."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from basic.bundle import dump_bundle
from conversations.bootstrap import journals, model_engine
from conversations.bootstrap.clients import dynamodb
from conversations.domain import timestamps
from conversations.domain.jobs import AnswerJob, GreetJob
from conversations.domain.model import Finished, FinishReason, ModelEvent, ModelRequest, TextPiece, ToolCall
from conversations.ports.clock import Clock
from tests import events
from tests.aws import BUCKET
from tests.builders import a_conversation, a_user
from tests.fakes.models import FakeModels
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.running import Functions

ADA = a_user("ada")

START = """
INSERT "stock", #{id: "pen", left: 1000}
INSERT "stock", #{id: "ink", left: 1000}
USE TOOL "take"
TALK "Welcome."
"""
TAKE = """
PARAM item AS STRING
DESCRIPTION "Takes one from the stock."
found = FIND "stock", "id=" + item
UPDATE "stock", "id=" + item, #{left: found[0].left - 1}
INSERT "orders", #{item: item}
SET USER MEMORY item, found[0].left - 1
RETURN item + ": " + (found[0].left - 1) + " left"
"""


class Clerk(FakeModels):
    """A model that takes a pen and then ink; if it is asked again it would take two pens."""

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        self.requests.append(request)
        results = [message.content for message in request.messages if message.role == "tool"]
        if results:
            return self._stream([TextPiece(", ".join(results)), Finished(FinishReason.COMPLETE, 30, 9)])
        items = ("pen", "ink") if len(self.requests) == 1 else ("pen", "pen")
        calls = [ToolCall(f"{n}", "take", json.dumps({"item": item})) for n, item in enumerate(items)]
        return self._stream([*calls, Finished(FinishReason.TOOL_CALLS, 20, 8)])


class CrashedError(BaseException):
    """The process was killed."""


class Killer:
    """Kills the function before or after one of its requests to DynamoDB."""

    def __init__(self, call: int, *, after: bool) -> None:
        self.call, self.after, self.calls = call, after, 0

    def before(self, **_: object) -> None:
        self.calls += 1
        if not self.after and self.calls == self.call:
            raise CrashedError

    def behind(self, **_: object) -> None:
        if self.after and self.calls == self.call:
            raise CrashedError


class LaterRuns:
    """The clock of the replay journals: each run is an hour after the one before, whose lease is over then."""

    def __init__(self) -> None:
        self._hours = 0

    @property
    def now(self) -> Clock:
        """The clock of the next run."""
        self._hours += 1
        later = timedelta(hours=self._hours)
        return lambda: timestamps.now() + later


@pytest.fixture
def clerk(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """Publish the bot, with a model that is a clerk."""
    bundle = a_bundle({"start": START, "take": TAKE}, llm_model="small")
    bot = a_script_bot(bundle, "scripted").model_copy(update={"waits": True})
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
    models = Clerk()
    monkeypatch.setattr(model_engine, "language_models", lambda: models)
    monkeypatch.setattr(journals, "timestamps", LaterRuns())
    return models


def rows(functions: Functions, table: str) -> list[Any]:
    items = functions.aws.list_items("BotDataTable")
    return [json.loads(item["row"]["S"]) for item in items if item["bot_table"]["S"] == f"scripted#{table}"]


def run(functions: Functions, job: AnswerJob, killer: Killer) -> None:
    """Run a job in a function that is killed."""
    handlers = dynamodb().meta.events
    handlers.register("before-call.dynamodb.*", killer.before)
    handlers.register("after-call.dynamodb.*", killer.behind)
    try:
        with suppress(CrashedError):
            functions.invoke("run_waiting_turns", events.records(job))
    finally:
        handlers.unregister("before-call.dynamodb.*", killer.before)
        handlers.unregister("after-call.dynamodb.*", killer.behind)


def start(functions: Functions) -> tuple[str, AnswerJob]:
    now = datetime.now(UTC).replace(microsecond=0)
    conversation = functions.store_conversation(a_conversation(ADA, bot_id="scripted", last_activity=now))
    functions.invoke("run_waiting_turns", events.records(GreetJob(conversation_id=conversation.id)))
    message = functions.store_message(ADA, conversation, "A pen and ink, please")
    return conversation.id, AnswerJob(conversation_id=conversation.id, message_id=message.id)


def test_model_calls_tools_in_the_function(functions: Functions, clerk: Clerk) -> None:
    conversation_id, job = start(functions)

    assert functions.invoke("run_waiting_turns", events.records(job)) == {"batchItemFailures": []}

    assert functions.list_messages(conversation_id)[-1].content == "pen: 999 left, ink: 999 left"
    assert {row["id"]: row["left"] for row in rows(functions, "stock")} == {"pen": 999, "ink": 999}
    assert len(clerk.requests) == 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_crash_at_any_request_takes_each_thing_once(functions: Functions, clerk: Clerk, *, after: bool) -> None:
    probe = Killer(0, after=after)
    _, job = start(functions)
    run(functions, job, probe)
    assert probe.calls > 10

    for call in range(1, probe.calls + 1):
        clerk.requests.clear()
        before = {row["id"]: row["left"] for row in rows(functions, "stock")}
        orders = len(rows(functions, "orders"))
        conversation_id, job = start(functions)

        run(functions, job, Killer(call, after=after))
        run(functions, job, Killer(0, after=after))

        what = f"{'after' if after else 'before'} request {call}"
        messages = functions.list_messages(conversation_id)
        assert [message.sender for message in messages] == ["bot", "user", "bot"], what
        stock = {row["id"]: before[row["id"]] - row["left"] for row in rows(functions, "stock")}
        assert sum(stock.values()) == 2, what
        assert len(rows(functions, "orders")) == orders + 2, what
        for item, count in stock.items():
            assert messages[-1].content.count(item) == count, what

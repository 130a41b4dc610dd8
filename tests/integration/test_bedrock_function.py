"""Turns of a bot whose model is in Bedrock, by the function of turns that wait, over a real connection."""

from typing import TYPE_CHECKING

import pytest

from conversations.domain.jobs import AnswerJob
from conversations.engines import model
from tests import events
from tests.bot_server import LOOPBACK, ScriptedServer, serving
from tests.builders import a_bot, a_user
from tests.integration.bedrock_server import START, USAGE, converse, failure, stop, text
from tests.integration.running import Functions

if TYPE_CHECKING:
    from pydantic import JsonValue

ADA = a_user("ada")
OWN_PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
HELLO = converse(START, text("Good "), text("day!"), stop(), USAGE)


def answer(
    functions: Functions, server: ScriptedServer, model_id: str, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, str | None]]:
    """Run a turn of a bot, and return the contents and finish reasons of its messages."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://{LOOPBACK}:{server.port}")
    config: dict[str, JsonValue] = {"llm-provider": "bedrock", "llm-model": model_id, "fallback-message": "Not now."}
    bot = a_bot("thinker", engine=model.ENGINE, program={"config": config})
    functions.publish(bot.model_copy(update={"waits": True}))
    conversation = functions.create_conversation(ADA, bot_id="thinker")
    message = functions.store_message(ADA, conversation, "Hello")
    job = AnswerJob(conversation_id=conversation.id, message_id=message.id)
    assert functions.invoke("run_waiting_turns", events.records(job)) == {"batchItemFailures": []}
    messages = functions.list_messages(conversation.id)
    return [(message.content, message.finish_reason) for message in messages if message.sender == "bot"]


@pytest.mark.parametrize("model_id", ["amazon.nova-lite-v1:0", "eu.amazon.nova-lite-v1:0", OWN_PROFILE])
def test_function_may_ask_models_and_profiles(
    functions: Functions, model_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(HELLO) as server:
        assert answer(functions, server, model_id, monkeypatch) == [("Good day!", None)]


def test_throttled_request_is_made_again(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(converse(START, failure("throttlingException")), HELLO) as server:
        assert answer(functions, server, "amazon.nova-lite-v1:0", monkeypatch) == [("Good day!", None)]
        assert len(server.requests) == 2


def test_answer_that_breaks_off_is_kept_and_marked(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(converse(START, text("Good "), text("da"), failure("modelStreamErrorException"))) as server:
        assert answer(functions, server, "amazon.nova-lite-v1:0", monkeypatch) == [("Good da", "interrupted")]


def test_model_that_is_refused_is_answered_for(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(converse(START, failure("validationException"))) as server:
        assert answer(functions, server, "amazon.nova-lite-v1:0", monkeypatch) == [("Not now.", None)]
        assert len(server.requests) == 1

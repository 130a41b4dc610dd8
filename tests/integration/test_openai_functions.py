"""The functions that OpenAI's clients call."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from conversations.bootstrap.stores import rate_limiter
from conversations.domain import limits, timestamps
from conversations.domain.principal import Principal
from tests import events
from tests.builders import a_bot, a_rule_bot, a_user
from tests.events import Event
from tests.integration.responses import get_usage, parse_ok
from tests.integration.running import Functions

ADA, EVE = a_user("ada"), a_user("eve")
HELLO = {"role": "user", "content": "hello"}

type Complete = Callable[..., dict[str, Any]]


@pytest.fixture
def complete(functions: Functions, bots_answer: None) -> Complete:
    """Sends a request, as the first try or a retry."""
    del bots_answer

    def send(
        *messages: dict[str, Any],
        caller: Principal | None = ADA,
        retry: int | None = 0,
        **fields: Any,  # noqa: ANN401 - of the body
    ) -> dict[str, Any]:
        body = {"model": "bot:default", "messages": messages} | fields
        return functions.invoke("create_chat_completion", build_event(caller, retry, body=body))

    return send


def build_event(caller: Principal | None, retry: int | None, **what: Any) -> Event:  # noqa: ANN401 - as events.rest
    event = events.rest("create_chat_completion", caller, **what)
    headers = event["headers"] if retry is None else event["headers"] | {"x-stainless-retry-count": str(retry)}
    return event | {"headers": headers}


def parse_error(response: dict[str, Any], status: int, kind: str, code: str) -> dict[str, Any]:
    assert response["statusCode"] == status, response
    assert response["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert response["multiValueHeaders"]["Cache-Control"] == ["no-store"]
    error: dict[str, Any] = json.loads(response["body"])["error"]
    assert (error["type"], error["code"]) == (kind, code)
    assert error["message"]
    return error


def list_contents(functions: Functions, completion: dict[str, Any]) -> list[str]:
    return [message.content for message in functions.list_messages(completion["conversation_id"].removeprefix("conv-"))]


def test_question_starts_a_conversation_and_is_answered(functions: Functions, complete: Complete) -> None:
    completion = parse_ok(complete(HELLO, temperature=0.2, tools=[{"type": "function"}], n=1, seed=7, stream=None))

    assert completion["object"] == "chat.completion"
    assert completion["model"] == "bot:default"
    assert completion["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "Hi! How can I help you?"}, "finish_reason": "stop"}
    ]
    assert completion["suggestions"] == [{"text": "What does it cost?", "value": "What does it cost?"}]
    assert list_contents(functions, completion) == ["hello", "Hi! How can I help you?"]


def test_event_of_the_documents_is_answered(functions: Functions, bots_answer: None) -> None:
    del bots_answer

    completion = parse_ok(functions.invoke("create_chat_completion", events.event("create_chat_completion")))

    assert completion["model"] == "bot:bot-123"


def test_transcript_continues_the_conversation(functions: Functions, complete: Complete) -> None:
    first = parse_ok(complete({"role": "system", "content": "Be nice."}, HELLO))
    answer = first["choices"][0]["message"]
    question = {
        "role": "user",
        "content": [{"type": "text", "text": "What does"}, {"type": "text", "text": "it cost?"}],
    }

    second = parse_ok(complete(HELLO, answer, question))

    assert second["choices"][0]["message"]["content"] == "Nothing.\n\nReally nothing."
    assert second["conversation_id"] == first["conversation_id"]
    assert list_contents(functions, second)[2] == "What does\nit cost?"
    third = parse_ok(
        complete({"role": "user", "content": "hello"}, metadata={"conversation_id": first["conversation_id"]})
    )
    assert third["conversation_id"] == first["conversation_id"]
    assert third["id"] != first["id"]


def test_bot_that_waits_is_asked_in_its_own_queue(functions: Functions, complete: Complete) -> None:
    functions.publish(a_rule_bot("slow", "Slow").model_copy(update={"waits": True}))

    completion = parse_ok(complete(HELLO, model="bot:slow"))

    assert list_contents(functions, completion) == ["hello", "Hi! How can I help you?"]


@pytest.mark.parametrize("retry", [1, None])
def test_retry_finds_the_answer_and_costs_nothing(functions: Functions, complete: Complete, retry: int | None) -> None:
    first = complete(HELLO)

    second = complete(HELLO, retry=retry)

    assert parse_ok(second) == parse_ok(first)
    assert get_usage(second) == get_usage(first)
    assert list_contents(functions, parse_ok(second)) == ["hello", "Hi! How can I help you?"]


def test_late_answer_is_unavailable_and_a_retry_finds_it(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    monkeypatch.setattr(
        "tests.integration.running.Context.get_remaining_time_in_millis", lambda *_: 2_500 - sum(pauses) * 1_000
    )
    body = {"model": "bot:default", "messages": [HELLO]}

    late = functions.invoke("create_chat_completion", build_event(ADA, 0, body=body))

    assert "again" in parse_error(late, 503, "server_error", "unavailable")["message"]
    assert late["multiValueHeaders"]["Retry-After"] == ["1"]
    assert 0 < sum(pauses) < 0.5
    functions.run_bots()
    pauses.clear()
    again = parse_ok(functions.invoke("create_chat_completion", build_event(ADA, 1, body=body)))
    assert list_contents(functions, again) == ["hello", "Hi! How can I help you?"]


def test_stream_is_a_complete_series_of_chunks(complete: Complete) -> None:
    response = complete({"role": "user", "content": "What does it cost?"}, stream=True)

    assert response["statusCode"] == 200
    assert response["multiValueHeaders"]["Content-Type"] == ["text/event-stream"]
    *chunks, done, nothing = response["body"].split("\n\n")
    assert (done, nothing) == ("data: [DONE]", "")
    parsed = [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]
    choices = [chunk["choices"][0] for chunk in parsed]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(choice["delta"].get("content", "") for choice in choices) == "Nothing.\n\nReally nothing."
    assert [choice.get("finish_reason") for choice in choices] == [None, None, None, "stop"]
    assert {chunk["object"] for chunk in parsed} == {"chat.completion.chunk"}
    assert len({(chunk["id"], chunk["conversation_id"]) for chunk in parsed}) == 1


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}


def test_image_is_refused_in_the_question_only(complete: Complete) -> None:
    error = parse_error(
        complete({"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE]}),
        400,
        "invalid_request_error",
        "invalid_message",
    )

    assert error["param"] == "messages"
    assert "images" in error["message"]
    parse_ok(complete({"role": "user", "content": [IMAGE]}, {"role": "assistant", "content": "A cat."}, HELLO))


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"model": "bot:default"},
        {"model": "bot:default", "messages": []},
        {"model": "bot:default", "messages": [{"role": "assistant", "content": "Hi"}]},
        {"model": "bot:default", "messages": [{"role": "user", "content": "  "}]},
        {"model": "bot:default", "messages": [{"role": "user", "content": None}]},
        {"model": "bot:default", "messages": [{"role": "user", "content": "x" * 8_001}]},
        {"model": "bot:default", "messages": [HELLO], "metadata": {"conversation_id": "conv-1"}},
        {"messages": [HELLO]},
    ],
)
def test_invalid_request_is_refused(functions: Functions, body: object) -> None:
    response = functions.invoke("create_chat_completion", build_event(ADA, 0, body=body))

    assert response["statusCode"] == 400
    assert json.loads(response["body"])["error"]["type"] == "invalid_request_error"
    assert functions.receive_jobs() == []


@pytest.mark.parametrize("model", ["bot:no-such-bot", "gpt-5", "bot:", "bot:a#b", "default"])
def test_unknown_model_is_not_found(complete: Complete, model: str) -> None:
    parse_error(complete(HELLO, model=model), 404, "invalid_request_error", "not_found")


def test_callers_without_access_are_refused(functions: Functions, complete: Complete) -> None:
    functions.publish(a_bot("office", access=("staff",)))
    mine = parse_ok(complete(HELLO))["conversation_id"]

    parse_error(complete(HELLO, caller=None), 401, "authentication_error", "unauthorized")
    parse_error(complete(HELLO, model="bot:office"), 403, "permission_error", "forbidden")
    parse_error(complete(HELLO, caller=EVE, metadata={"conversation_id": mine}), 403, "permission_error", "forbidden")


def test_messages_are_limited(complete: Complete) -> None:
    for _ in range(limits.MESSAGES.limit):
        rate_limiter().acquire(limits.MESSAGES, ADA.owner, timestamps.now())

    response = complete(HELLO)

    parse_error(response, 429, "rate_limit_error", "rate_limited")
    assert int(response["multiValueHeaders"]["Retry-After"][0]) >= 1


def test_long_transcript_is_accepted_up_to_a_megabyte(functions: Functions, complete: Complete) -> None:
    old = {"role": "assistant", "content": "x" * 200_000}

    parse_ok(complete(old, HELLO))
    parse_error(complete(*[old] * 6, HELLO), 413, "invalid_request_error", "payload_too_large")
    assert functions.receive_jobs() == []


def test_bots_are_listed_as_models(functions: Functions) -> None:
    functions.publish(a_bot("office", access=("staff",)))

    listed = parse_ok(functions.invoke("list_models", events.rest("list_models", ADA)))

    assert listed["object"] == "list"
    assert {model["id"] for model in listed["data"]} == {"bot:default", "bot:bot-123"}
    assert {(model["object"], model["owned_by"]) for model in listed["data"]} == {("model", "conversations")}
    response = functions.invoke("list_models", events.rest("list_models"))
    parse_error(response, 401, "authentication_error", "unauthorized")

"""The function that AG-UI's clients call."""

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
from tests.integration.responses import get_usage, parse_problem
from tests.integration.running import Functions

ADA, EVE = a_user("ada"), a_user("eve")

type Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(functions: Functions, bots_answer: None) -> Run:
    """Runs a bot with a message of the user."""
    del bots_answer

    def send(
        text: object = "hello",
        caller: Principal | None = ADA,
        bot: str = "default",
        **fields: Any,  # noqa: ANN401 - of the body
    ) -> dict[str, Any]:
        return functions.invoke("run_agent", build_event(caller, bot, build_body(text) | fields))

    return send


def build_body(text: object) -> dict[str, Any]:
    message = {"id": f"m-{text}"[:100], "role": "user", "content": text}
    return {"threadId": "t-1", "runId": "r-1", "messages": [message], "state": {}, "tools": [], "context": []}


def build_event(caller: Principal | None, bot: str, body: object) -> Event:
    event = events.rest("run_agent", caller, body=body)
    return event | {"pathParameters": {"bot_id": bot}}


def parse_events(response: dict[str, Any]) -> list[dict[str, Any]]:
    assert response["statusCode"] == 200, response
    assert response["multiValueHeaders"]["Content-Type"] == ["text/event-stream"]
    assert response["multiValueHeaders"]["Cache-Control"] == ["no-store"]
    *parts, nothing = response["body"].split("\n\n")
    assert nothing == ""
    parsed = [json.loads(part.removeprefix("data: ")) for part in parts]
    assert parsed[0] == {"type": "RUN_STARTED", "threadId": "t-1", "runId": "r-1"}
    return parsed


def get_conversation_id(parsed: list[dict[str, Any]]) -> str:
    return str(parsed[-1]["result"]["conversation_id"]).removeprefix("conv-")


def test_message_is_answered_with_the_events_of_a_run(functions: Functions, run: Run) -> None:
    parsed = parse_events(run([{"type": "text", "text": "what does"}, {"type": "text", "text": "it cost"}]))

    kinds = [event["type"].removeprefix("TEXT_MESSAGE_") for event in parsed]
    assert kinds == ["RUN_STARTED", "START", "CONTENT", "END", "START", "CONTENT", "END", "RUN_FINISHED"]
    stored = functions.list_messages(get_conversation_id(parsed))
    assert [message.content for message in stored] == ["what does\nit cost", "Nothing.", "Really nothing."]
    assert [event["messageId"] for event in parsed[1:-1:3]] == [f"msg-{message.id}" for message in stored[1:]]
    assert (parsed[2]["delta"], parsed[1]["role"]) == ("Nothing.", "assistant")
    assert parsed[-1]["outcome"] == {"type": "success"}


def test_suggestions_are_a_custom_event(run: Run) -> None:
    custom = parse_events(run())[-2]

    assert (custom["type"], custom["name"]) == ("CUSTOM", "suggestions")
    assert custom["value"] == [{"text": "What does it cost?", "value": "What does it cost?"}]


def test_event_of_the_documents_is_answered(functions: Functions, bots_answer: None) -> None:
    del bots_answer

    assert parse_events(functions.invoke("run_agent", events.event("run_agent")))


def test_thread_continues_and_a_repeated_run_costs_nothing(functions: Functions, run: Run) -> None:
    first, second = run("hello"), run("what does it cost")
    again = run("what does it cost")

    conversation_id = get_conversation_id(parse_events(first))
    assert again["body"] == second["body"]
    assert get_usage(again) == get_usage(second)
    assert len(functions.list_messages(conversation_id)) == 5


def test_run_without_a_new_message_greets_and_then_does_nothing(run: Run) -> None:
    greeting = parse_events(run(messages=[]))
    assert greeting[2]["delta"] == "Welcome."

    nothing = parse_events(run(messages=[{"id": "a", "role": "assistant", "content": "Welcome."}]))
    assert [event["type"] for event in nothing] == ["RUN_STARTED", "RUN_FINISHED"]


def test_late_answer_is_an_error_of_the_run_and_a_repetition_finds_it(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    remaining = "tests.integration.running.Context.get_remaining_time_in_millis"
    monkeypatch.setattr(remaining, lambda *_: 2_500 - sum(pauses) * 1_000)
    event = build_event(ADA, "default", build_body("hello"))

    late = parse_events(functions.invoke("run_agent", event))

    assert (late[-1]["type"], late[-1]["code"]) == ("RUN_ERROR", "unavailable")
    functions.run_bots()
    pauses.clear()
    assert parse_events(functions.invoke("run_agent", event))[2]["delta"] == "Hi! How can I help you?"


def test_bot_that_waits_is_asked_in_its_own_queue(functions: Functions, run: Run) -> None:
    functions.publish(a_rule_bot("slow", "Slow").model_copy(update={"waits": True}))

    assert parse_events(run(bot="slow"))[2]["delta"] == "Hi! How can I help you?"


IMAGE = {"type": "image", "source": {"type": "url", "value": "https://example.com/a.png"}}


@pytest.mark.parametrize(
    "fields",
    [
        {"threadId": ""},
        {"runId": None},
        {"messages": [{"role": "user", "content": "hello"}]},
        {"messages": [{"id": "1", "role": "user", "content": " "}]},
        {"messages": [{"id": "1", "role": "user", "content": "x" * 8_001}]},
        {"messages": [{"id": "1", "role": "user", "content": [IMAGE]}]},
        {"messages": [{"id": "x" * 129, "role": "user", "content": "hello"}]},
        {"threadId": "conv-1"},
        {"resume": [{"interruptId": "hear-1", "status": "resolved", "payload": {"a": 1}}]},
        {"resume": [{"interruptId": "hear-1", "status": "maybe"}]},
        {"resume": [{"interruptId": "1", "status": "cancelled"}, {"interruptId": "2", "status": "cancelled"}]},
    ],
)
def test_invalid_run_is_refused(functions: Functions, run: Run, fields: dict[str, Any]) -> None:
    parse_problem(run(**fields), 400)
    assert functions.receive_jobs() == []


def test_callers_without_access_are_refused(functions: Functions, run: Run) -> None:
    functions.publish(a_bot("office", access=("staff",)))
    mine = parse_events(run())[-1]["result"]["conversation_id"]

    parse_problem(run(caller=None), 401)
    parse_problem(run(bot="office"), 403)
    parse_problem(run(bot="no-such-bot"), 404)
    parse_problem(run(bot="a#b"), 404)
    parse_problem(run(caller=EVE, threadId=mine), 403)


def test_runs_are_counted_as_messages(run: Run) -> None:
    for _ in range(limits.MESSAGES.limit):
        rate_limiter().acquire(limits.MESSAGES, ADA.owner, timestamps.now())

    assert run()["statusCode"] == 429

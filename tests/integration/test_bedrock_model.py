"""Asking Bedrock through boto3: requests, event streams in real time, and everything that breaks."""

import json
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from threading import Event
from typing import Any, cast

import boto3
import pytest

from conversations.adapters.models.bedrock import CLIENT_CONFIG, BedrockModel
from conversations.domain.model import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelMessage,
    ModelReference,
    ModelRefusedError,
    ModelRequest,
    ModelTool,
    ModelUnavailableError,
    TextPiece,
    ToolCall,
    Waiting,
)
from tests.aws import REGION
from tests.bot_server import LOOPBACK, Behaviour, respond, send, send_and_wait, serving, wait
from tests.integration.bedrock_server import START, USAGE, call, chunks, converse, failure, frame, stop, text

MODEL = "eu.amazon.nova-lite-v1:0"
QUESTION = ModelMessage("user", "Olá?")
HELLO = converse(
    START, text("Olá, "), text("mundo 🌍!"), frame("contentBlockStop", {"contentBlockIndex": 0}), stop(), USAGE
)


def build_request(*messages: ModelMessage, seconds: float = 5, tools: tuple[ModelTool, ...] = ()) -> ModelRequest:
    return ModelRequest(messages or (QUESTION,), 100, seconds, tools, 1.5)


def ask(port: int, request: ModelRequest | None = None, model: str = MODEL) -> Generator[ModelEvent]:
    client = boto3.client(
        "bedrock-runtime",
        region_name=REGION,
        endpoint_url=f"http://{LOOPBACK}:{port}",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=CLIENT_CONFIG,
    )
    events = BedrockModel(lambda: client, ModelReference("bedrock", model)).stream(request or build_request())
    return cast("Generator[ModelEvent]", events)


def collect(*behaviours: Behaviour, seconds: float = 5) -> list[ModelEvent]:
    with serving(*behaviours) as server:
        events = ask(server.port, build_request(seconds=seconds))
        return [event for event in events if not isinstance(event, Waiting)]


def receive(*messages: ModelMessage, tools: tuple[ModelTool, ...] = ()) -> Mapping[str, Any]:
    with serving(HELLO) as server:
        list(ask(server.port, build_request(*messages, tools=tools)))
        assert server.requests[0].line == f"POST /model/{MODEL.replace(':', '%3A')}/converse-stream HTTP/1.1"
        return cast("Mapping[str, Any]", json.loads(server.requests[0].body))


# ------------------------------------------------------------------------------------------------------- the request


def test_request_has_the_prompt_and_the_limits() -> None:
    assert receive(ModelMessage("system", "Be brief."), QUESTION) == {
        "messages": [{"role": "user", "content": [{"text": "Olá?"}]}],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 100, "temperature": 1.0},
    }


def test_messages_begin_with_the_user_take_turns_and_are_not_blank() -> None:
    body = receive(
        ModelMessage("assistant", "Welcome!"),
        ModelMessage("user", "Hi"),
        ModelMessage("user", "are you there?"),
        ModelMessage("assistant", " "),
        ModelMessage("user", "Hello?"),
    )

    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][2]["content"] == [{"text": "Hi"}, {"text": "are you there?"}, {"text": "Hello?"}]


def test_calls_have_their_results_in_one_message_and_their_tools() -> None:
    weather = ModelTool("weather", "The weather", {"type": "object", "properties": {"city": {"type": "string"}}})
    calls = (ToolCall("1", "weather", '{"city": "Rio"}'), ToolCall("2", "gone", "rubbish"))
    results = (ModelMessage("tool", "Sunny", tool_call_id="1"), ModelMessage("tool", "", tool_call_id="2"))

    body = receive(QUESTION, ModelMessage("assistant", "Let me see.", calls), *results, tools=(weather,))

    assert body["messages"][1]["content"] == [
        {"text": "Let me see."},
        {"toolUse": {"toolUseId": "1", "name": "weather", "input": {"city": "Rio"}}},
        {"toolUse": {"toolUseId": "2", "name": "gone", "input": {}}},
    ]
    assert body["messages"][2] == {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": "1", "content": [{"text": "Sunny"}]}},
            {"toolResult": {"toolUseId": "2", "content": [{"text": "(no result)"}]}},
        ],
    }
    specifications = [tool["toolSpec"] for tool in body["toolConfig"]["tools"]]
    assert specifications == [
        {"name": "weather", "description": "The weather", "inputSchema": {"json": weather.parameters}},
        {"name": "gone", "inputSchema": {"json": {"type": "object"}}},
    ]


# -------------------------------------------------------------------------------------------------------- the answer


def test_text_ends_with_the_tokens() -> None:
    assert collect(HELLO) == [TextPiece("Olá, "), TextPiece("mundo 🌍!"), Finished(FinishReason.COMPLETE, 9, 4)]


def test_calls_are_assembled_from_pieces() -> None:
    reasoning = frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "Hm."}}})

    assert collect(
        converse(
            START, reasoning, call("weather", '{"ci', 'ty": "Rio"}'), call("time", block=2), stop("tool_use"), USAGE
        )
    ) == [
        ToolCall("tooluse_weather", "weather", '{"city": "Rio"}'),
        ToolCall("tooluse_time", "time", "{}"),
        Finished(FinishReason.TOOL_CALLS, 9, 4),
    ]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", FinishReason.COMPLETE),
        ("stop_sequence", FinishReason.COMPLETE),
        ("max_tokens", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("guardrail_intervened", FinishReason.CONTENT_FILTER),
        ("content_filtered", FinishReason.CONTENT_FILTER),
    ],
)
def test_stop_reasons(reason: str, expected: FinishReason) -> None:
    assert collect(converse(START, text("Hi"), stop(reason), USAGE))[-1] == Finished(expected, 9, 4)


def test_answer_arrives_while_it_is_written() -> None:
    with serving(converse(START, text("Hel"), text("lo"), stop(), USAGE, pause=0.4)) as server:
        arrivals = [(event, time.monotonic()) for event in ask(server.port)]

    times = {event.text: at for event, at in arrivals if isinstance(event, TextPiece)}
    assert times["lo"] - times["Hel"] > 0.3
    assert Waiting() in [event for event, _ in arrivals]


def test_cut_after_the_end_does_not_spoil_the_answer() -> None:
    assert collect(converse(START, text("Hi"), stop(), ends=False)) == [
        TextPiece("Hi"),
        Finished(FinishReason.COMPLETE),
    ]


def test_closing_the_answer_aborts_the_request_at_once() -> None:
    hung_up = Event()
    with serving(send_and_wait(*chunks(START, text("Hello")), hung_up=hung_up)) as server:
        with closing(ask(server.port, build_request(seconds=20))) as events:
            assert next(event for event in events if isinstance(event, TextPiece)) == TextPiece("Hello")
        assert hung_up.wait(10)


# --------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    "kind",
    [
        "throttlingException",
        "serviceUnavailableException",
        "internalServerException",
        "modelStreamErrorException",
    ],
)
def test_error_in_the_stream_is_unavailable_after_what_it_said(kind: str) -> None:
    with serving(converse(START, text("Hel"), failure(kind), pause=0.1)) as server:
        events = ask(server.port)
        assert next(event for event in events if isinstance(event, TextPiece)) == TextPiece("Hel")
        with pytest.raises(ModelUnavailableError, match=kind) as raised:
            list(events)
    assert "The text of the user" not in repr(raised.value)


def test_error_in_the_stream_that_is_not_temporary_is_refused() -> None:
    with pytest.raises(ModelRefusedError, match="validationException"):
        collect(converse(START, failure("validationException")))


DAMAGED = bytes([*text("Hello")[:-1], 0])


@pytest.mark.parametrize(
    "behaviour",
    [
        converse(START, text("Hel"), ends=False),
        converse(START, text("Hel")),
        converse(START, text("Hel")[:-7]),
        converse(START, DAMAGED, stop()),
        converse(START, text("Hel"), stop("malformed_model_output")),
        converse(),
        send(b""),
        send(b"rubbish\r\n\r\n"),
    ],
)
def test_broken_answer_is_unavailable(behaviour: Behaviour) -> None:
    with pytest.raises(ModelUnavailableError):
        collect(behaviour)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "ValidationException", ModelRefusedError),
        (403, "AccessDeniedException", ModelRefusedError),
        (404, "ResourceNotFoundException", ModelRefusedError),
        (408, "ModelTimeoutException", ModelUnavailableError),
        (424, "ModelErrorException", ModelUnavailableError),
        (429, "ThrottlingException", ModelUnavailableError),
        (429, "ModelNotReadyException", ModelUnavailableError),
        (500, "InternalServerException", ModelUnavailableError),
        (503, "ServiceUnavailableException", ModelUnavailableError),
    ],
)
def test_error_of_the_request(status: int, code: str, error: type[Exception]) -> None:
    behaviour = respond(status, b'{"message": "The text of the user"}', **{"x-amzn-ErrorType": code})

    with serving(behaviour) as server:
        with pytest.raises(error, match=code) as raised:
            list(ask(server.port))
        assert len(server.requests) == 1
    assert "The text of the user" not in repr(raised.value)


def test_invalid_name_of_a_model_is_refused() -> None:
    with pytest.raises(ModelRefusedError, match="name of the model"):
        list(ask(1, model=""))


def test_closed_port_is_unavailable() -> None:
    with serving() as server:
        port = server.port
    with pytest.raises(ModelUnavailableError):
        list(ask(port))


def test_silent_provider_is_unavailable_after_the_time_limit() -> None:
    started = time.monotonic()

    with pytest.raises(ModelUnavailableError, match="within 1 seconds"):
        collect(wait, seconds=1)
    assert time.monotonic() - started < 10

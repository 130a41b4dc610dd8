"""Asking OpenAI-compatible endpoints over real connections: the request, statuses, keys, and everything that breaks."""

import json
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from threading import Event
from typing import Any, cast

import pytest

from conversations.adapters.models.openai import OpenAIModel
from conversations.adapters.models.openai_errors import MAX_ERROR_BYTES
from conversations.adapters.models.providers import Providers
from conversations.adapters.streaming_request import StreamingClient, is_public_or_loopback
from conversations.domain.errors import NotFoundError
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
from conversations.ports.models import LanguageModel
from tests.bot_server import (
    LOOPBACK,
    Behaviour,
    ReceivedRequest,
    respond,
    respond_json,
    send,
    send_and_wait,
    serving,
    stream,
    wait,
)

KEY = "sk-proj-7dK2"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
QUESTION = ModelMessage("user", "Olá?")


class Secrets:
    """``SecretReader`` of a few keys."""

    def get(self, reference: str) -> str:
        keys = {"ssm:/openai": KEY, "ssm:/broken": "sk\r\nX-Injected: yes"}
        if reference not in keys:
            raise NotFoundError(f"the secret {reference} does not exist")
        return keys[reference]


def this_machine(host: str, port: int) -> Sequence[str]:
    del host, port
    return [LOOPBACK]


LOCAL = StreamingClient(permits=is_public_or_loopback, resolve=this_machine)


def no_bedrock(reference: ModelReference) -> LanguageModel:
    raise AssertionError(reference)


def build_models(client: StreamingClient = LOCAL, *, allows_plain_keys: bool = True) -> Providers[LanguageModel]:
    def openai(reference: ModelReference, key: str) -> LanguageModel:
        return OpenAIModel(client, reference, key)

    return Providers[LanguageModel](Secrets(), openai, no_bedrock, allows_plain_keys=allows_plain_keys)


def build_request(
    *messages: ModelMessage, seconds: float = 5, tools: Sequence[ModelTool] = (), temperature: float | None = None
) -> ModelRequest:
    return ModelRequest(messages or (QUESTION,), 100, seconds, tools, temperature)


def ask(
    port: int, request: ModelRequest | None = None, *, key: str = "", client: StreamingClient = LOCAL
) -> Generator[ModelEvent]:
    reference = ModelReference("openai", "small", f"http://models.test:{port}/v1", key)
    events = build_models(client).get(reference).stream(request or build_request())
    return cast("Generator[ModelEvent]", events)


def collect(*behaviours: Behaviour, seconds: float = 5) -> list[ModelEvent]:
    with serving(*behaviours) as server:
        events = ask(server.port, build_request(seconds=seconds))
        return [event for event in events if not isinstance(event, Waiting)]


def chunk(content: str | None = None, finish_reason: str | None = None, **more: object) -> str:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}
    return f"data: {json.dumps({'choices': [choice], **more})}\n\n"


STOP = chunk(finish_reason="stop")
DONE = "data: [DONE]\n\n"
HELLO = stream(chunk("Hel"), chunk("lo"), STOP, DONE)


# ------------------------------------------------------------------------------------------------------- the request


def receive(request: ModelRequest, key: str = "") -> tuple[ReceivedRequest, Mapping[str, Any]]:
    with serving(HELLO) as server:
        list(ask(server.port, request, key=key))
        received = server.requests[0]
        return received, json.loads(received.body)


def test_request_is_a_streamed_chat_completion() -> None:
    received, body = receive(build_request(ModelMessage("system", "Be brief."), QUESTION, temperature=0.2))

    assert received.line == "POST /v1/chat/completions HTTP/1.1"
    assert body == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Olá?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 100,
        "temperature": 0.2,
    }
    assert "authorization" not in received.headers


def test_request_has_tools_their_calls_and_their_results() -> None:
    tool = ModelTool("get_weather", "The weather", {"type": "object", "properties": {}})
    calls = (ToolCall("1", "get_weather", '{"city": "Rio"}'), ToolCall("2", "get_weather", '{"city": '))

    _, body = receive(
        build_request(
            QUESTION,
            ModelMessage("assistant", "", calls),
            ModelMessage("tool", "Sunny", tool_call_id="1"),
            tools=(tool,),
        )
    )

    parameters = {"type": "object", "properties": {}}
    assert body["tools"] == [
        {
            "type": "function",
            "function": {"name": "get_weather", "description": "The weather", "parameters": parameters},
        }
    ]
    arguments = [call["function"]["arguments"] for call in body["messages"][1]["tool_calls"]]
    assert arguments == ['{"city": "Rio"}', "{}"]
    assert body["messages"][1]["content"] is None
    assert body["messages"][2] == {"role": "tool", "content": "Sunny", "tool_call_id": "1"}


def test_key_is_a_bearer_token() -> None:
    received, _ = receive(build_request(), key="ssm:/openai")

    assert received.headers["authorization"] == f"Bearer {KEY}"


def test_key_is_in_no_representation() -> None:
    model = build_models().get(ModelReference("openai", "small", "http://models.test/v1", "ssm:/openai"))

    assert KEY not in repr(model)


@pytest.mark.parametrize("key", ["ssm:/broken", "ssm:/missing"])
def test_unusable_key_is_refused_and_nothing_is_sent(key: str) -> None:
    with serving(HELLO) as server:
        with pytest.raises(ModelRefusedError) as raised:
            list(ask(server.port, key=key))
        assert not server.requests
    assert "X-Injected" not in str(raised.value)


def test_key_is_not_sent_without_tls() -> None:
    models = build_models(allows_plain_keys=False)

    with pytest.raises(ModelRefusedError, match="https"):
        models.get(ModelReference("openai", "small", "http://models.test/v1", "ssm:/openai"))


@pytest.mark.parametrize(("host", "name"), [("api.openai.com", "max_completion_tokens"), ("x.test", "max_tokens")])
def test_limit_has_the_name_that_the_provider_knows(host: str, name: str) -> None:
    with serving(HELLO) as server:
        reference = ModelReference("openai", "small", f"http://{host}:{server.port}/v1")
        list(build_models().get(reference).stream(build_request()))

        assert name in json.loads(server.requests[0].body)


def test_private_address_is_refused() -> None:
    with serving(HELLO) as server:
        with pytest.raises(ModelRefusedError, match="public address"):
            list(ask(server.port, client=StreamingClient(resolve=this_machine)))
        assert not server.requests


# -------------------------------------------------------------------------------------------------------- the answer


def test_answer_arrives_while_it_is_written() -> None:
    with serving(stream(chunk("Hel"), chunk("lo"), STOP, DONE, pause=0.4)) as server:
        started = time.monotonic()
        events = ask(server.port)
        assert next(event for event in events if isinstance(event, TextPiece)) == TextPiece("Hel")
        assert time.monotonic() - started < 0.75
        rest = list(events)

    assert [event for event in rest if not isinstance(event, Waiting)] == [
        TextPiece("lo"),
        Finished(FinishReason.COMPLETE),
    ]
    assert Waiting() in rest


def test_answer_whose_end_does_not_come_is_complete_after_a_second() -> None:
    pieces = [HEAD, *(f"{len(item):x}\r\n{item}\r\n".encode() for item in (chunk("Hello"), STOP))]
    hung_up = Event()
    started = time.monotonic()

    assert collect(send_and_wait(*pieces, hung_up=hung_up), seconds=20)[-1] == Finished(FinishReason.COMPLETE)
    assert time.monotonic() - started < 10
    assert hung_up.wait(10)


def test_error_after_the_end_does_not_spoil_the_answer() -> None:
    assert collect(stream(chunk("Hello"), STOP, "data: {\n\n", ends=False)) == [
        TextPiece("Hello"),
        Finished(FinishReason.COMPLETE),
    ]


def test_closing_the_answer_aborts_the_request_at_once() -> None:
    hung_up = Event()
    body = chunk("Hello")
    behaviour = send_and_wait(HEAD, f"{len(body):x}\r\n{body}\r\n".encode(), hung_up=hung_up)
    with serving(behaviour) as server, closing(ask(server.port, build_request(seconds=20))) as events:
        assert next(event for event in events if isinstance(event, TextPiece)) == TextPiece("Hello")
        events.close()
        assert hung_up.wait(10)


# ---------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    "behaviour",
    [
        stream(chunk("Hel"), ends=False),
        stream(chunk("Hel")),
        stream(chunk("Hel"), "data: {\n\n"),
        stream(chunk("Hel"), 'data: {"error": {"code": 502}}\n\n'),
        send(HEAD),
        send(b"HTTP/1.1 200 OK\r\n"),
        send(b""),
        send(b"rubbish\r\n\r\n"),
        respond_json({"error": {"type": "server_error"}}),
    ],
)
def test_broken_answer_is_unavailable(behaviour: Behaviour) -> None:
    with pytest.raises(ModelUnavailableError):
        collect(behaviour)


def test_silent_provider_is_unavailable_after_the_time_limit() -> None:
    started = time.monotonic()

    with pytest.raises(ModelUnavailableError, match="within 1 seconds"):
        collect(wait, seconds=1)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_temporary_status_is_unavailable_with_the_time_to_wait(status: int) -> None:
    with pytest.raises(ModelUnavailableError, match=str(status)) as raised:
        collect(respond(status, Retry_After="7"))

    assert raised.value.wait_seconds == 7


@pytest.mark.parametrize("status", [204, 301, 307, 400, 401, 403, 404, 413, 422])
def test_other_status_is_refused(status: int) -> None:
    with pytest.raises(ModelRefusedError, match=str(status)):
        collect(respond(status, Location="http://models.test/"))


def test_account_without_credit_is_refused() -> None:
    body = {"error": {"message": "You exceeded your quota", "type": "insufficient_quota", "code": "insufficient_quota"}}

    with pytest.raises(ModelRefusedError, match="insufficient_quota"):
        collect(respond_json(body, 429))


def test_message_of_an_error_is_not_repeated() -> None:
    body = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key", "type": f"{KEY} x"}}

    with pytest.raises(ModelRefusedError, match=r"401 \(invalid_api_key\)") as raised:
        collect(respond_json(body, 401))
    assert KEY not in repr(raised.value)


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b'{"error": "no"}', b"[]"])
def test_error_of_any_content_is_the_status(body: bytes) -> None:
    with pytest.raises(ModelRefusedError, match=r"responded with 400$"):
        collect(respond_json(body, 400))


def test_size_of_error_is_limited() -> None:
    body = {"error": {"code": "insufficient_quota"}, "padding": "x" * MAX_ERROR_BYTES}

    with pytest.raises(ModelUnavailableError, match=r"responded with 429$"):
        collect(respond_json(body, 429))


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"{", b"[]", b"x" * (MAX_ERROR_BYTES + 1)])
def test_answer_that_is_no_event_stream_is_unavailable(body: bytes) -> None:
    with pytest.raises(ModelUnavailableError, match="no event stream"):
        collect(respond(200, body, Content_Type="text/html"))


def test_provider_that_does_not_stream_is_refused() -> None:
    with pytest.raises(ModelRefusedError, match="does not stream"):
        collect(respond_json({"choices": [{"message": {"content": "Hello"}}]}))


def test_closed_port_is_unavailable() -> None:
    with serving() as server:
        port = server.port
    with pytest.raises(ModelUnavailableError):
        list(ask(port))


def test_unknown_host_is_unavailable() -> None:
    def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError(host, port)

    with pytest.raises(ModelUnavailableError, match="does not exist"):
        list(ask(80, client=StreamingClient(permits=is_public_or_loopback, resolve=nowhere)))

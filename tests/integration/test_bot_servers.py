"""Asking bot servers over real connections: signatures, answers, and everything that servers do wrong."""

import itertools
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from threading import Event
from typing import cast

import pytest
from standardwebhooks import Webhook

from conversations.adapters.bot_servers.client import HttpBotServers
from conversations.adapters.streaming_request import StreamingClient, is_public_or_loopback
from conversations.contract.bot_server import MAX_ANSWER_BYTES, MAX_STATE_BYTES
from conversations.domain.bot_server import (
    BotServer,
    ServerAnswerError,
    ServerDone,
    ServerEvent,
    ServerMessage,
    ServerRequest,
    ServerSuggestions,
    ServerText,
    ServerUnavailableError,
    ServerWaiting,
)
from conversations.domain.errors import NotFoundError
from conversations.domain.message import Suggestion
from conversations.domain.webhook_signature import make_secret
from tests.bot_server import (
    LOOPBACK,
    Behaviour,
    ReceivedRequest,
    event,
    respond,
    respond_json,
    send,
    send_and_wait,
    serving,
    stream,
    wait,
)

SECRETS = {"ssm:/new": make_secret(), "ssm:/old": make_secret(), "ssm:/bad": "whsec_c2hvcnQ="}
HELLO = {"messages": [{"content": "Hello"}]}
DONE = event("done")
BODY = '{"type":"turn","text":"Olá"}'.encode()


class Secrets:
    """``SecretReader`` of a few secrets."""

    def get(self, reference: str) -> str:
        if reference not in SECRETS:
            raise NotFoundError(f"There is no secret {reference}.")
        return SECRETS[reference]


def this_machine(host: str, port: int) -> Sequence[str]:
    del host, port
    return [LOOPBACK]


def ask(
    url: str, *references: str, seconds: float = 5, client: StreamingClient | None = None
) -> Generator[ServerEvent]:
    client = client or StreamingClient(permits=is_public_or_loopback, resolve=this_machine)
    events = HttpBotServers(client, Secrets()).ask(
        BotServer(url, references or ("ssm:/new",)), ServerRequest("conversation:message", BODY, seconds)
    )
    return cast("Generator[ServerEvent]", events)


def collect(*behaviours: Behaviour, seconds: float = 5) -> list[ServerEvent]:
    with serving(*behaviours) as server:
        events = ask(server.url, seconds=seconds)
        return [event for event in events if not isinstance(event, ServerWaiting)]


# ------------------------------------------------------------------------------------------------ the request


def receive(*references: str) -> ReceivedRequest:
    with serving(respond_json(HELLO)) as server:
        list(ask(server.url, *references))
        return server.requests[0]


def test_request_is_the_turn_as_json() -> None:
    request = receive()

    assert request.line == "POST /answer HTTP/1.1"
    assert request.body == BODY
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "text/event-stream, application/json"


@pytest.mark.parametrize("known", ["ssm:/new", "ssm:/old"])
def test_receiver_with_either_secret_verifies_signature(known: str) -> None:
    request = receive("ssm:/new", "ssm:/old")

    # The public verifier of Standard Webhooks; it also checks that the timestamp is current.
    assert Webhook(SECRETS[known]).verify(request.body, dict(request.headers)) == {"type": "turn", "text": "Olá"}


def test_secrets_are_not_sent() -> None:
    request = receive("ssm:/new", "ssm:/old")

    assert not any(secret.removeprefix("whsec_") in str(request) for secret in SECRETS.values())


@pytest.mark.parametrize("reference", ["ssm:/missing", "ssm:/bad"])
def test_without_valid_secret_nothing_is_sent(reference: str) -> None:
    with serving(respond_json(HELLO)) as server:
        with pytest.raises(ServerAnswerError, match="secret"):
            list(ask(server.url, "ssm:/new", reference))

        assert server.requests == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "169.254.169.254", "fd00::1"])
def test_guard_refuses_address_before_connecting(address: str) -> None:
    client = StreamingClient(resolve=lambda _host, _port: [address])

    with pytest.raises(ServerAnswerError, match="public address"):
        list(ask("https://bots.test/", client=client))


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254", "0.0.0.0", "fd00::1"])
def test_developers_guard_permits_loopback_only(address: str) -> None:
    assert is_public_or_loopback("127.0.0.1")
    assert is_public_or_loopback("::1")
    assert is_public_or_loopback("8.8.8.8")
    assert not is_public_or_loopback(address)


def test_redirect_is_not_followed() -> None:
    with serving(respond_json(HELLO)) as target, serving(respond(307, Location=target.url)) as server:
        with pytest.raises(ServerAnswerError, match="307"):
            list(ask(server.url))

        assert target.requests == []


# ------------------------------------------------------------------------------------------------ answers as JSON


def test_json_answer_has_messages_suggestions_and_state() -> None:
    answer = {
        "messages": [
            {"content": "Hello"},
            {"content": "Tea?", "suggestions": ["Yes", {"text": "No", "value": "No, thanks"}]},
        ],
        "state": {"cups": [1, 2.5, None]},
    }

    assert collect(respond_json(answer)) == [
        ServerMessage("Hello"),
        ServerMessage("Tea?", (Suggestion(text="Yes", value="Yes"), Suggestion(text="No", value="No, thanks"))),
        ServerDone({"cups": [1, 2.5, None]}),
    ]


@pytest.mark.parametrize("behaviour", [respond(204), respond_json({"messages": []})])
def test_empty_answer_is_an_answer(behaviour: Behaviour) -> None:
    assert collect(behaviour) == [ServerDone(None)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"<html>", "JSON"),
        (b'{"messages": [', "JSON"),
        (b"\xff", "JSON"),
        (b"[]", "an object"),
        ({}, "messages: Field required"),
        ({"message": [], "messages": []}, "message: Extra inputs"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": [{"content": ""}]}, "messages.0.content"),
        ({"messages": [{"content": 1}]}, "messages.0.content"),
        ({"messages": [{"content": "x"}] * 65}, "messages"),
        ({"messages": [{"content": "x", "suggestions": ["y"] * 101}]}, "messages.0.suggestions"),
        ({"messages": [{"content": "x", "suggestions": [{"text": "y"}]}]}, "value"),
        ({"messages": [], "state": []}, "state"),
        (b'{"messages": [], "state": {"x": NaN}}', "state"),
        (b'{"messages": [], "state": {"x": 1e999}}', "state"),
        ({"messages": [], "state": {"x": "y" * MAX_STATE_BYTES}}, "state"),
    ],
)
def test_invalid_answer_is_an_error_for_good(answer: object, reason: str) -> None:
    with pytest.raises(ServerAnswerError, match=reason):
        collect(respond_json(answer))


def test_error_does_not_contain_the_answer() -> None:
    with pytest.raises(ServerAnswerError) as caught:
        collect(respond_json({"messages": [{"content": ["confidential"]}]}))

    assert "confidential" not in str(caught.value)


@pytest.mark.parametrize("content_type", ["text/html", "text/plain; charset=utf-8", "application/problem+json"])
def test_other_content_type_is_an_error_for_good(content_type: str) -> None:
    with pytest.raises(ServerAnswerError, match="neither"):
        collect(respond(200, b'{"messages":[]}', Content_Type=content_type))


def test_compressed_answer_is_an_error_for_good() -> None:
    with pytest.raises(ServerAnswerError, match="compression"):
        collect(respond(200, b"\x1f\x8b", Content_Type="application/json", Content_Encoding="gzip"))


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
def test_size_of_answer_is_limited(content_type: str) -> None:
    with pytest.raises(ServerAnswerError, match="larger"):
        collect(respond(200, b": x\n\n" * (MAX_ANSWER_BYTES // 5 + 1), Content_Type=content_type))


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 410, 413, 422])
def test_status_that_will_not_change_is_an_error_for_good(status: int) -> None:
    with pytest.raises(ServerAnswerError, match=str(status)):
        collect(respond(status))


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_temporary_status_is_unavailable(status: int) -> None:
    with pytest.raises(ServerUnavailableError, match=str(status)) as caught:
        collect(respond(status))

    assert caught.value.wait_seconds is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("7", 7), ("0", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("soon", None), ("-1", None), ("9" * 400, 999_999_999)],
)
def test_retry_after_is_read(value: str, expected: float | None) -> None:
    with pytest.raises(ServerUnavailableError) as caught:
        collect(respond(429, Retry_After=value))

    assert caught.value.wait_seconds == expected


# ------------------------------------------------------------------------------------------------ broken connections


def test_server_that_refuses_connection_is_unavailable() -> None:
    with serving() as server:
        pass

    with pytest.raises(ServerUnavailableError, match="refused"):
        list(ask(server.url))


def test_name_that_does_not_exist_is_unavailable() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError(host, port)

    with pytest.raises(ServerUnavailableError, match="does not exist"):
        list(ask("https://bots.test", client=StreamingClient(resolve=resolve)))


@pytest.mark.parametrize(
    "behaviour",
    [
        send(),
        send(b"HTTP/1.1 200 OK\r\nContent-Ty"),
        send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
        send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"messages":['),
        send(b"not HTTP at all\r\n\r\n"),
        send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"messages":[]}'),
        send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
    ],
)
def test_answer_that_is_cut_is_unavailable(behaviour: Behaviour) -> None:
    with pytest.raises(ServerUnavailableError):
        collect(behaviour)


def test_server_that_hangs_is_unavailable_after_the_time_limit() -> None:
    started = time.monotonic()

    # Which of two limits ends it, that of the answer or that of the connection, depends on the machine.
    with serving(wait) as server, pytest.raises(ServerUnavailableError):
        list(ask(server.url, seconds=0.6))

    assert 0.5 < time.monotonic() - started < 10


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
    ],
)
def test_slow_drip_is_unavailable_after_the_time_limit(head: bytes) -> None:
    started = time.monotonic()

    with pytest.raises(ServerUnavailableError, match="within"):
        collect(send(head, *[b"x"] * 200, pause=0.02), seconds=0.6)

    assert time.monotonic() - started < 3


def test_reader_hears_that_nothing_has_arrived() -> None:
    with serving(wait) as server, closing(ask(server.url)) as events:
        assert list(itertools.islice(events, 2)) == [ServerWaiting(), ServerWaiting()]


def test_closing_the_answer_closes_the_connection() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    hung_up = Event()

    with serving(send_and_wait(head, event("delta", content="Hel").encode(), hung_up=hung_up)) as server:
        # The time limit of the answer closes the connection too, later than the test ends.
        events = ask(server.url, seconds=30)
        first = next(event for event in events if not isinstance(event, ServerWaiting))
        events.close()

        assert first == ServerText("Hel")
        assert hung_up.wait(10)


# ------------------------------------------------------------------------------------------------ answers as events


def test_stream_has_pieces_messages_suggestions_and_state() -> None:
    assert collect(
        stream(
            event("delta", content="Hel"),
            event("delta", content="lo"),
            event("message"),
            event("message", content="Tea?", suggestions=["Yes"]),
            event("suggestions", suggestions=["No"]),
            event("done", state={"n": 1}),
        )
    ) == [
        ServerText("Hel"),
        ServerText("lo"),
        ServerMessage(),
        ServerMessage("Tea?", (Suggestion(text="Yes", value="Yes"),)),
        ServerSuggestions((Suggestion(text="No", value="No"),)),
        ServerDone({"n": 1}),
    ]


def test_pieces_arrive_one_by_one() -> None:
    with serving(stream(event("delta", content="a"), event("delta", content="b"), DONE, pause=0.3)) as server:
        arrivals = {received: time.monotonic() for received in ask(server.url) if isinstance(received, ServerText)}

    assert arrivals[ServerText("b")] - arrivals[ServerText("a")] > 0.15


@pytest.mark.parametrize(
    "text",
    [
        'event: delta\r\ndata: {\r\ndata: "content": "Olá"}\r\n\r\nevent: done\r\ndata: {}\r\n\r\n',
        'event: delta\rdata: {"content": "Olá"}\r\revent: done\rdata: {}\r\r',
        '\ufeffevent: delta\ndata: {"content": "Olá"}\n\nevent:done\ndata:{}\n\n',
        ': a comment\n\nid: 7\nretry: 10\nevent: delta\ndata: {"content": "Olá"}\n\nevent: done\ndata: {}\n\n',
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_stream_is_read_in_every_notation_and_division(text: str, size: int) -> None:
    content = text.encode()
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"

    assert collect(send(head, *pieces)) == [ServerText("Olá"), ServerDone(None)]


def test_unknown_event_and_what_follows_the_end_are_ignored() -> None:
    events = collect(stream(event("usage", tokens=7), event("delta", content="a"), DONE, event("delta", content="b")))

    assert events == [ServerText("a"), ServerDone(None)]


@pytest.mark.parametrize(
    "behaviour",
    [
        stream(event("delta", content="Hel"), ends=False),
        stream(event("delta", content="Hel")),
        stream(event("delta", content="Hel"), "event: done\ndata: {}"),
        stream(event("delta", content="Hel"), 'event: delta\ndata: {"con'),
        stream(event("delta", content="Hel"), event("error", message="out of tokens")),
        send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", event("delta", content="Hel").encode()),
    ],
)
def test_stream_without_its_end_is_unavailable_after_what_it_said(behaviour: Behaviour) -> None:
    with serving(behaviour) as server:
        events = ask(server.url)

        assert next(event for event in events if not isinstance(event, ServerWaiting)) == ServerText("Hel")
        with pytest.raises(ServerUnavailableError):
            list(events)


@pytest.mark.parametrize(
    "invalid",
    [
        event("delta", text="lo"),
        event("delta", content=7),
        "event: delta\ndata: lo\n\n",
        "data: [DONE]\n\n",
        event("done", state="x"),
        event("done", state={"x": "y" * MAX_STATE_BYTES}),
    ],
)
def test_invalid_event_is_an_error_for_good(invalid: str) -> None:
    with pytest.raises(ServerAnswerError):
        collect(stream(event("delta", content="Hel"), invalid, DONE))


def test_size_of_event_is_limited() -> None:
    with pytest.raises(ServerAnswerError, match="an event is larger"):
        collect(stream("data: " + "x" * 300_000))


def test_stream_that_is_not_utf_8_is_an_error_for_good() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    with pytest.raises(ServerAnswerError, match="UTF-8"):
        collect(send(head, b'event: delta\ndata: {"content": "\xff"}\n\n'))

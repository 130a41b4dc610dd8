"""How the server of the emulator corrects refused handshakes and the ends of sockets."""

import asyncio
import json
from typing import Any

import pytest

from local.emulator.asgi import App, Message, Receive, Send
from local.emulator.socket_failures import SocketFailures, respond_if_failed, select_default_if_too_deep


def run(app: App) -> list[Message]:
    """Run an application with one socket and return what it sends."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(SocketFailures(app)({"type": "websocket", "headers": []}, receive, send))
    return sent


def refuse(result: object) -> App:
    """Return an application that closes the socket, like MiniStack, after a function has returned or raised."""

    async def invoke() -> Any:  # noqa: ANN401 - of any function
        if isinstance(result, Exception):
            raise result
        return result

    async def app(_scope: Message, _receive: Receive, send: Send) -> None:
        await respond_if_failed(invoke)()
        await send({"type": "websocket.close", "code": 1008})

    return app


@pytest.mark.parametrize(
    ("result", "status", "message"),
    [
        ({"statusCode": 400}, 400, "Bad Request"),
        ({"statusCode": 404}, 404, "Not Found"),
        ({"statusCode": 429}, 429, "Too Many Requests"),
        (OSError("no worker"), 500, "Internal Server Error"),
        (["no response"], 500, "Internal Server Error"),
    ],
)
def test_refused_handshake_has_the_status_of_the_function(result: object, status: int, message: str) -> None:
    start, body = run(refuse(result))

    assert (start["type"], start["status"]) == ("websocket.http.response.start", status)
    assert json.loads(body["body"]) == {"message": message}


@pytest.mark.parametrize("result", [{"statusCode": 200}, {}, None])
def test_handshake_refused_by_ministack_itself_keeps_its_status(result: object) -> None:
    assert run(refuse(result)) == [{"type": "websocket.close", "code": 1008}]


def test_exception_ends_the_socket_with_service_restart() -> None:
    async def app(_scope: Message, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        try:
            await fail()
        finally:
            await send({"type": "websocket.close", "code": 1000})

    async def fail() -> None:
        raise KeyError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    with pytest.raises(KeyError):
        asyncio.run(SocketFailures(app)({"type": "websocket", "headers": []}, receive, send))
    assert sent[-1] == {"type": "websocket.close", "code": 1012}


def test_normal_end_keeps_its_code() -> None:
    async def app(_scope: Message, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        try:
            await asyncio.sleep(0)
        finally:
            await send({"type": "websocket.close", "code": 1000})

    assert run(app)[-1] == {"type": "websocket.close", "code": 1000}


def test_frame_that_is_nested_too_deeply_goes_to_the_default_route() -> None:
    def select(_expression: str, frame: str) -> str:
        return str(json.loads(frame)["type"])

    select_route = select_default_if_too_deep(select)

    assert select_route("", '{"type": "ping"}') == "ping"
    assert select_route("", '{"type":' + "[" * 200_000 + "]" * 200_000 + "}") == "$default"

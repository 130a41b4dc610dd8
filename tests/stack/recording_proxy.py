"""A WebSocket proxy before a stack that records the frames of devices in a history, as they are on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from itertools import count
from urllib.parse import parse_qs

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.http11 import Request, Response

from tests.histories.recorder import Recorder

_REFUSED = Response(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable", Headers(), b"")
_HEADERS = ("Authorization",)


class RecordingProxy:
    """Forwards each connection to the stack.

    Attributes
    ----------
    url
        Its address; the path of a connection is the name of its device.
    history
        Records the connections and their frames.
    """

    def __init__(self, url: str, stack_url: str, history: Recorder) -> None:
        self.url = url
        self.history = history
        self._stack_url = stack_url
        self._numbers = count(1)
        self._opened: dict[ServerConnection, ClientConnection] = {}

    async def open(self, device: ServerConnection, request: Request) -> Response | None:
        """Open the connection to the stack; refuse the device's as the stack does."""
        query = request.path.partition("?")[2]
        headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
        try:
            self._opened[device] = await connect(
                f"{self._stack_url}?{query}", additional_headers=headers, ping_interval=None, proxy=None
            )
        except InvalidStatus as refusal:
            return refusal.response
        except (OSError, TimeoutError, WebSocketException):
            return _REFUSED
        return None

    async def close(self) -> None:
        """Close the connections to the stack whose devices have left during the handshake."""
        await asyncio.gather(*(stack.close() for stack in self._opened.values()))

    async def forward(self, device: ServerConnection) -> None:
        """Forward and record the frames of both sides, until one of them closes."""
        stack, request = self._opened.pop(device), device.request
        assert request is not None
        path, _, query = request.path.partition("?")
        name = path.strip("/")
        connection = f"{name}-connection-{next(self._numbers)}"
        (asked, *_) = parse_qs(query).get("suggestions", [None])
        self.history.record("open", connection=connection, device=name, suggestions=asked)
        sides = [
            asyncio.create_task(self._pump("frame", connection, stack, device)),
            asyncio.create_task(self._pump("sent", connection, device, stack)),
        ]
        by_stack, _ = sides
        await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        self.history.record("close", connection=connection, by="server" if by_stack.done() else "device")
        for side in sides:
            side.cancel()
        await asyncio.gather(stack.close(), device.close(), *sides, return_exceptions=True)

    async def _pump(
        self,
        event: str,
        connection: str,
        source: ClientConnection | ServerConnection,
        sink: ClientConnection | ServerConnection,
    ) -> None:
        with suppress(ConnectionClosed):
            async for text in source:
                frame = json.loads(text)
                # API Gateway itself says so if a function failed; that is no frame of the contract.
                if "type" in frame:
                    self.history.record(event, connection=connection, frame=frame)
                await sink.send(text)


@asynccontextmanager
async def record_sockets(stack_url: str, history: Recorder) -> AsyncIterator[RecordingProxy]:
    """Run a proxy."""
    proxy = RecordingProxy("", stack_url, history)
    async with serve(proxy.forward, "127.0.0.1", 0, process_request=proxy.open, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        proxy.url = f"ws://127.0.0.1:{port}"
        yield proxy
    await proxy.close()

"""The fake server of the Python client behind real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from threading import Event, Thread
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from general_bots_conversations.core.effects import OpenSocket
from tests.unit.python_client.fake_server import FakeServer

TOKEN = "a-token-of-the-user"


class NetworkServer:
    """The fake server behind real sockets."""

    def __init__(self) -> None:
        self.state = FakeServer()
        self.requests: list[Request] = []
        self.tokens = {TOKEN}
        self.refusal: tuple[int, dict[str, str], bytes] | None = None
        self.drops = False
        """Loses the messages of clients."""
        self.bodies: dict[str, list[object]] = {}
        """The responses to requests, by their paths; the last one is repeated."""
        self._connections: dict[int, ServerConnection] = {}
        self._server: Server | None = None
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._server = await serve(
            self._handle, "127.0.0.1", self.port, process_request=self._check, select_subprotocol=lambda *_: None
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Cut all connections, and accept none."""
        self.cut()
        if self._server is not None:
            self._server.close(close_connections=False)
            await asyncio.sleep(0)

    def cut(self) -> None:
        """Break all connections without a closing handshake."""
        for connection in self._connections.values():
            connection.transport.abort()

    def push(self, *frames: dict[str, object]) -> None:
        """Send frames to all clients, from another thread."""
        assert self.loop is not None
        for frame in frames:
            self.state.broadcast(frame)
        asyncio.run_coroutine_threadsafe(self.flush(), self.loop).result(5)

    async def flush(self) -> None:
        outgoing, self.state.outgoing = self.state.outgoing, []
        for number, frame in outgoing:
            if number in self._connections:
                await self._connections[number].send(json.dumps(frame))

    def _check(self, _connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        if self.refusal is not None:
            status, headers, body = self.refusal
            return Response(status, HTTPStatus(status).phrase, Headers(headers), body)
        credential = request.headers.get("Authorization")
        if credential is not None and credential.removeprefix("Bearer ") not in self.tokens:
            return Response(401, "Unauthorized", Headers(), b'{"error": "unauthorized", "detail": "No."}')
        if request.path.startswith("/api/"):
            return self._respond(request.path.removeprefix("/api"))
        return None

    def _respond(self, address: str) -> Response:
        url = urlsplit(address)
        if url.path in self.bodies:
            body = self.bodies[url.path].pop(0) if len(self.bodies[url.path]) > 1 else self.bodies[url.path][0]
            return Response(200, "", Headers(), json.dumps(body).encode())
        body = self.state.respond("GET", url.path, dict(parse_qsl(url.query)), None)
        status = 404 if isinstance(body, Exception) else 200
        return Response(status, "", Headers(), json.dumps({} if isinstance(body, Exception) else body).encode())

    async def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        number = len(self.requests)
        offered = connection.request.headers.get("Sec-WebSocket-Protocol", "").partition(", ")[2] or None
        is_user = "Authorization" in connection.request.headers
        self._connections[number] = connection
        self.state.open(OpenSocket(number, {}, offered), is_user=is_user)
        try:
            await self.flush()
            async for text in connection:
                if not (self.drops and json.loads(text)["type"] == "message"):
                    self.state.receive(number, str(text))
                await self.flush()
        except Exception:  # noqa: BLE001 - a broken connection
            pass
        finally:
            del self._connections[number]
            self.state.sockets.pop(number, None)


@asynccontextmanager
async def serving() -> AsyncIterator[NetworkServer]:
    server = NetworkServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def serving_in_thread() -> Iterator[NetworkServer]:
    """Run a server for a client that waits in this thread."""
    server, ready, done = NetworkServer(), Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        await server.start()
        ready.set()
        await done.wait()
        await server.stop()

    thread = Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()

"""``/ws``: the WebSocket API."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import CloseCode
from websockets.http11 import Response as Refusal
from websockets.typing import Subprotocol

from local.front_door.forwarding import request_headers
from local.front_door.rest import unavailable
from local.front_door.told import Told

# API Gateway takes frames of 32 KB and messages of 128 KB; the server below closes with 1009 what is larger.
LARGEST_MESSAGE = 128 * 1024
LARGEST_FRAME = 32 * 1024

_BEARER = "bearer"
_OPEN_SECONDS = 30
# Codes that say how a connection was lost; no close frame may carry them.
_NOT_FOR_FRAMES = {CloseCode.NO_STATUS_RCVD, CloseCode.ABNORMAL_CLOSURE, CloseCode.TLS_HANDSHAKE}


@dataclass(frozen=True, slots=True)
class SocketApi:
    """Joins sockets to the WebSocket API's stage ``ws`` on the local AWS."""

    told: Told
    turnstile: asyncio.Semaphore

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket from its handshake to its end."""
        try:
            async with self.turnstile:
                upstream = await self._open(socket)
        except InvalidStatus as refusal:
            await socket.send_denial_response(_refused(refusal.response))
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
            await socket.send_denial_response(unavailable())
        else:
            async with upstream:
                await socket.accept(subprotocol=_answered(socket))
                code = await self._join(socket, upstream)
                await upstream.close(_for_a_frame(code))

    async def _open(self, socket: WebSocket) -> ClientConnection:
        endpoint = self.told.aws_endpoint.replace("http", "ws", 1)
        query = socket.scope["query_string"].decode()
        source = socket.client.host if socket.client else "127.0.0.1"
        return await connect(
            f"{endpoint}/_aws/execute-api/{self.told.socket_api}/ws" + (f"?{query}" if query else ""),
            additional_headers=_headers(socket, source),
            subprotocols=[Subprotocol(name) for name in socket.scope["subprotocols"]] or None,
            # MiniStack takes the caller's address from the connection, which is ours.
            local_addr=(source, 0) if source.startswith("127.") else None,
            compression=None,
            user_agent_header=None,
            open_timeout=_OPEN_SECONDS,
            ping_interval=None,
            max_size=None,
            proxy=None,
        )

    async def _join(self, socket: WebSocket, upstream: ClientConnection) -> int:
        """Carry messages both ways until one side ends or the time is up, and return the code of the end."""
        try:
            async with (
                asyncio.timeout(self.told.max_seconds),
                asyncio.timeout(self.told.idle_seconds) as idle,
            ):
                return await _first(
                    self._from_client(socket, upstream, idle),
                    self._to_client(socket, upstream, idle),
                )
        except TimeoutError:
            # API Gateway: after 10 minutes without a message and after 2 hours in any case.
            return await _close(socket, CloseCode.GOING_AWAY)

    async def _from_client(self, socket: WebSocket, upstream: ClientConnection, idle: asyncio.Timeout) -> int:
        while (message := await socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            if text is None:
                # API Gateway has no binary frames; MiniStack would read them as text.
                return await _close(socket, CloseCode.UNSUPPORTED_DATA)
            self._begin_anew(idle)
            try:
                await upstream.send(text)
            except ConnectionClosed:
                return await _close(socket, _ended(upstream))
        return int(message.get("code") or CloseCode.NORMAL_CLOSURE)

    async def _to_client(self, socket: WebSocket, upstream: ClientConnection, idle: asyncio.Timeout) -> int:
        try:
            async for text in upstream:
                self._begin_anew(idle)
                await socket.send_text(_as_sent(str(text)))
        except ConnectionClosed:
            pass
        except WebSocketDisconnect as gone:
            # The client left while it was being told something.
            return gone.code
        return await _close(socket, _ended(upstream))

    def _begin_anew(self, idle: asyncio.Timeout) -> None:
        idle.reschedule(asyncio.get_running_loop().time() + self.told.idle_seconds)


def _headers(socket: WebSocket, source: str) -> list[tuple[str, str]]:
    passed = request_headers(socket.headers.raw, source)
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in passed
        if not name.startswith(b"sec-websocket-")
    ]


def _answered(socket: WebSocket) -> str | None:
    """Choose the subprotocol.

    API Gateway sends back what ``$connect`` names in its answer, which is ``bearer`` when the client offers it;
    MiniStack sends back none, and a browser that offered one then closes.
    """
    return _BEARER if _BEARER in socket.scope["subprotocols"] else None


def _refused(refusal: Refusal) -> Response:
    """Refuse a handshake with the status AWS gives.

    An authorizer says no by raising "Unauthorized": 401 on AWS, 500 without a message on MiniStack, which keeps no
    difference to any other failure of it. Whatever ``$connect`` answers but 2xx is the handshake's status on AWS
    and 403 on MiniStack.
    """
    if refusal.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        body = _body(refusal) | {"message": "Unauthorized"}
        return Response(json.dumps(body), HTTPStatus.UNAUTHORIZED, media_type="application/json")
    body = _body(refusal) or {"message": "Forbidden"}
    return Response(json.dumps(body), refusal.status_code, media_type="application/json")


def _body(refusal: Refusal) -> dict[str, Any]:
    try:
        found = json.loads(refusal.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _as_sent(text: str) -> str:
    """Keep what a failed function says from the client.

    All our frames are JSON objects. When a function fails, AWS sends the object below; MiniStack sends the text of
    the exception.
    """
    try:
        frame = json.loads(text)
    except ValueError:
        frame = None
    return text if isinstance(frame, dict) else json.dumps({"message": "Internal server error"})


def _ended(upstream: ClientConnection) -> int:
    """Return the code for a client whose connection the other side has ended: a loss means that it should retry."""
    code = upstream.close_code
    return int(code) if code == CloseCode.NORMAL_CLOSURE else int(CloseCode.SERVICE_RESTART)


def _for_a_frame(code: int) -> int:
    return int(CloseCode.NORMAL_CLOSURE) if code in _NOT_FOR_FRAMES else code


async def _close(socket: WebSocket, code: int) -> int:
    await socket.close(code)
    return int(code)


async def _first(*ways: Any) -> int:  # noqa: ANN401 - coroutines
    """Return what the first of several ways ends with, and end the others."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return int(done.pop().result())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

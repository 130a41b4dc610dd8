"""Forwards connections to the WebSocket API (``/ws``)."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import CloseCode
from websockets.http11 import Response as HandshakeResponse
from websockets.typing import Subprotocol

from local.front_door.config import FrontDoorConfig
from local.front_door.forwarding import build_request_headers
from local.front_door.problems import build_problem, build_unavailable

# API Gateway's quotas for messages and frames; the server closes the connection with 1009 if they are exceeded.
MAX_MESSAGE_BYTES = 128 * 1024
MAX_FRAME_BYTES = 32 * 1024

_SUBPROTOCOLS = ("bearer", "session_token")
# Three times API Gateway's limit of 29 s: on a busy machine a cold start takes long.
_OPEN_TIMEOUT = 90
# Codes that describe a lost connection and must not be sent in a close frame (RFC 6455, 7.4.1).
_RESERVED_CODES = {CloseCode.NO_STATUS_RCVD, CloseCode.ABNORMAL_CLOSURE, CloseCode.TLS_HANDSHAKE}


@dataclass(frozen=True, slots=True)
class SocketApi:
    """Connects sockets to the stage ``ws`` of the WebSocket API in the emulator."""

    config: FrontDoorConfig
    semaphore: asyncio.Semaphore

    async def handle(self, socket: WebSocket) -> None:
        """Handle one socket from the handshake until it is closed."""
        try:
            async with self.semaphore:
                upstream = await self._open(socket)
        except InvalidStatus as refusal:
            await socket.send_denial_response(_build_refusal(refusal.response))
        except InvalidURI:
            problem = build_problem(HTTPStatus.BAD_REQUEST, "The query string is malformed.")
            await socket.send_denial_response(problem)
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
            await socket.send_denial_response(build_unavailable())
        else:
            async with upstream:
                await socket.accept(subprotocol=_choose_subprotocol(socket))
                code = await self._relay(socket, upstream)
                await upstream.close(_to_sendable_code(code))

    async def _open(self, socket: WebSocket) -> ClientConnection:
        endpoint = self.config.aws_endpoint.replace("http", "ws", 1)
        query = socket.scope["query_string"].decode()
        source = socket.client.host if socket.client else "127.0.0.1"
        return await connect(
            f"{endpoint}/_aws/execute-api/{self.config.socket_api}/ws" + (f"?{query}" if query else ""),
            additional_headers=_build_headers(socket, source),
            subprotocols=[Subprotocol(name) for name in socket.scope["subprotocols"]] or None,
            # MiniStack reads the caller's address from the connection, so connect from the client's address.
            local_addr=(source, 0) if source.startswith("127.") else None,
            compression=None,
            user_agent_header=None,
            open_timeout=_OPEN_TIMEOUT,
            ping_interval=None,
            max_size=None,
            proxy=None,
        )

    async def _relay(self, socket: WebSocket, upstream: ClientConnection) -> int:
        """Relay messages in both directions until one side closes or a timeout. Return the close code."""
        try:
            async with (
                asyncio.timeout(self.config.max_seconds),
                asyncio.timeout(self.config.idle_seconds) as idle,
            ):
                return await _wait_for_first(
                    self._relay_from_client(socket, upstream, idle),
                    self._relay_to_client(socket, upstream, idle),
                )
        except TimeoutError:
            # API Gateway closes a connection after 10 idle minutes, and after 2 hours in any case.
            return await _close(socket, CloseCode.GOING_AWAY)

    async def _relay_from_client(self, socket: WebSocket, upstream: ClientConnection, idle: asyncio.Timeout) -> int:
        while (message := await socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            if text is None:
                # API Gateway does not support binary frames; MiniStack would read them as text.
                return await _close(socket, CloseCode.UNSUPPORTED_DATA)
            self._reset_idle_timeout(idle)
            try:
                await upstream.send(text)
            except ConnectionClosed:
                return await _close(socket, _choose_close_code(upstream))
        return int(message.get("code") or CloseCode.NORMAL_CLOSURE)

    async def _relay_to_client(self, socket: WebSocket, upstream: ClientConnection, idle: asyncio.Timeout) -> int:
        try:
            async for text in upstream:
                self._reset_idle_timeout(idle)
                await socket.send_text(_replace_function_failure(str(text)))
        except ConnectionClosed:
            pass
        except WebSocketDisconnect as disconnect:
            # The client disconnected while a message was being sent.
            return disconnect.code
        return await _close(socket, _choose_close_code(upstream))

    def _reset_idle_timeout(self, idle: asyncio.Timeout) -> None:
        idle.reschedule(asyncio.get_running_loop().time() + self.config.idle_seconds)


async def refuse_unknown_path(socket: WebSocket) -> None:
    """Refuse a handshake at another path than the WebSocket API's."""
    await socket.send_denial_response(build_problem(HTTPStatus.NOT_FOUND, "There is no WebSocket at this path."))


def _build_headers(socket: WebSocket, source: str) -> list[tuple[str, str]]:
    headers = build_request_headers(socket.headers.raw, source)
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if not name.startswith(b"sec-websocket-")
    ]


def _choose_subprotocol(socket: WebSocket) -> str | None:
    """Choose the subprotocol.

    API Gateway sends the subprotocol that ``$connect`` returns: ``bearer`` or ``session_token``, if the client offers
    it. MiniStack sends none, and a browser that has offered one then closes the connection.
    """
    return next((name for name in _SUBPROTOCOLS if name in socket.scope["subprotocols"]), None)


def _build_refusal(refusal: HandshakeResponse) -> Response:
    """Build the response of a refused handshake with the status that AWS sends.

    If an authorizer raises "Unauthorized", AWS sends 401. MiniStack sends 500 without a message, as for any other
    failure of the authorizer. If the function of ``$connect`` fails, the message is not empty.
    """
    body = _parse_body(refusal) or {"message": "Forbidden"}
    status = refusal.status_code
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and not body.get("message"):
        body["message"], status = "Unauthorized", HTTPStatus.UNAUTHORIZED
    return Response(json.dumps(body), status, media_type="application/json")


def _parse_body(refusal: HandshakeResponse) -> dict[str, Any]:
    try:
        body = json.loads(refusal.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _replace_function_failure(text: str) -> str:
    """Replace the output of a failed function, so that the client does not see the exception.

    All frames of the API are JSON objects. If a function fails, AWS sends the object below and MiniStack sends the
    text of the exception.
    """
    try:
        frame = json.loads(text)
    except ValueError:
        frame = None
    return text if isinstance(frame, dict) else json.dumps({"message": "Internal server error"})


def _choose_close_code(upstream: ClientConnection) -> int:
    """Return the close code for the client: 1012, which means reconnect, unless the emulator closed normally."""
    code = upstream.close_code
    return int(code) if code == CloseCode.NORMAL_CLOSURE else int(CloseCode.SERVICE_RESTART)


def _to_sendable_code(code: int) -> int:
    return int(CloseCode.NORMAL_CLOSURE) if code in _RESERVED_CODES else code


async def _close(socket: WebSocket, code: int) -> int:
    await socket.close(code)
    return int(code)


async def _wait_for_first(*coroutines: Any) -> int:  # noqa: ANN401 - coroutines
    """Return the result of the first coroutine that finishes, and cancel the others."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return int(done.pop().result())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

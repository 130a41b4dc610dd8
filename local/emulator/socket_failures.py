"""Makes the WebSocket APIs of MiniStack fail like those of API Gateway. Each docstring describes the difference."""

import json
import logging
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from local.emulator.asgi import App, Message, Receive, Send

type Response = dict[str, Any]
type InvokeRoute = Callable[..., Awaitable[Any]]
type SelectRoute = Callable[[str, str], str]

_logger = logging.getLogger(__name__)
_FAILED: Response = {"statusCode": HTTPStatus.INTERNAL_SERVER_ERROR, "body": "Internal server error"}
_SERVICE_RESTART = 1012

_last_response: ContextVar[Response] = ContextVar("last_response")
"""The last response of a function on the current socket."""


def select_default_if_too_deep(select: SelectRoute) -> SelectRoute:
    """Send a frame that is nested too deeply to be parsed to the function of ``$default``, which refuses it.

    API Gateway selects ``$default`` for every frame that it cannot parse. MiniStack does so for other invalid JSON, and
    closes the socket for this.
    """

    def select_route(expression: str, frame: str) -> str:
        try:
            return select(expression, frame)
        except RecursionError:
            return "$default"

    return select_route


def respond_if_failed(invoke: InvokeRoute) -> InvokeRoute:
    """Return the response of a failed function if it cannot be invoked or returns something else than a response.

    API Gateway answers "Internal server error", and the socket stays open. MiniStack closes it.
    """

    async def invoke_route(*arguments: Any, **options: Any) -> Response | None:  # noqa: ANN401 - of any private function
        try:
            result = await invoke(*arguments, **options)
        except Exception:
            _logger.exception("a function of a WebSocket route cannot be invoked")
            result = _FAILED
        response: Response | None = result if result is None or isinstance(result, dict) else _FAILED
        _last_response.set(response or {})
        return response

    return invoke_route


class SocketFailures:
    """An ASGI application in front of MiniStack that corrects how handshakes are refused and sockets end."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Forward a request or a socket."""
        await self._app(scope, receive, _correct(send) if scope["type"] == "websocket" else send)


def _correct(send: Send) -> Send:
    is_open = False

    async def send_corrected(message: Message) -> None:
        nonlocal is_open
        if message["type"] == "websocket.accept":
            is_open = True
            await send(message)
        elif message["type"] != "websocket.close":
            await send(message)
        elif is_open:
            await send(_correct_close(message))
        else:
            await _refuse(message, send)

    return send_corrected


async def _refuse(message: Message, send: Send) -> None:
    """Refuse a handshake with the status that ``$connect`` has returned, as AWS does. MiniStack sends 403 for any."""
    status = int(_last_response.get({}).get("statusCode", HTTPStatus.OK))
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        await send(message)
        return
    body = json.dumps({"message": HTTPStatus(status).phrase}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _correct_close(message: Message) -> Message:
    """Ask the client to reconnect if an exception ends the socket. MiniStack closes it with 1000, a normal end."""
    return message if sys.exception() is None else {**message, "code": _SERVICE_RESTART}

"""WebSockets over the network."""

import asyncio
import logging
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from general_bots_conversations.core.effects import OpenSocket, Refusal
from general_bots_conversations.errors import ConversationsError, SignedOutError
from general_bots_conversations.rest import parse_problem
from general_bots_conversations.tokens import TokenSource
from general_bots_conversations.urls import Urls

_CLOSE_SECONDS = 2
"""How long closing may take; a dead connection answers nothing."""
_CLOSED_ABNORMALLY = 1006
_LOGGER = logging.getLogger(__name__)
# On the level DEBUG the library logs the headers of the handshake, and so the token.
_LOGGER.setLevel(logging.INFO)


class SocketHandlers(Protocol):
    """Handlers of what happens to a socket."""

    def on_text(self, socket: int, text: str | bytes) -> None:
        """Handle a received frame."""

    def on_closed(self, socket: int, code: int) -> None:
        """Handle that an open socket was closed."""

    def on_refused(self, socket: int, refusal: Refusal) -> None:
        """Handle that a socket was not opened."""

    def on_signed_out(self) -> None:
        """Handle that there is no token."""


class Socket:
    """One socket, from its handshake to its end.

    Parameters
    ----------
    effect
        What the core has asked for.
    urls
        The addresses of the server.
    token
        The user's token, sent in a header; None for visitors.
    handlers
        Called with what happens.
    """

    def __init__(self, effect: OpenSocket, urls: Urls, token: TokenSource | None, handlers: SocketHandlers) -> None:
        self._effect = effect
        self._urls = urls
        self._token = token
        self._handlers = handlers
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._is_open = False
        self.task = asyncio.create_task(self._run())

    def send(self, text: str) -> None:
        """Send a text frame, after those before it."""
        self._outgoing.put_nowait(text)

    def close(self) -> None:
        """Close the socket after what was sent, or stop opening it."""
        if self._is_open:
            self._outgoing.put_nowait(None)
            asyncio.get_running_loop().call_later(_CLOSE_SECONDS, self.task.cancel)
        else:
            self.task.cancel()

    async def _run(self) -> None:
        connection = await self._open()
        if connection is None:
            return
        self._is_open = True
        writer = asyncio.create_task(self._write(connection))
        try:
            async for text in connection:
                self._handlers.on_text(self._effect.socket, text)
        except ConnectionClosed:
            pass
        finally:
            writer.cancel()
            try:
                await connection.close()
            finally:
                # Also after an error of a handler: the client reconnects.
                self._handlers.on_closed(self._effect.socket, connection.close_code or _CLOSED_ABNORMALLY)

    async def _open(self) -> ClientConnection | None:
        token = self._effect.session_token
        try:
            headers = {} if self._token is None else {"Authorization": f"Bearer {await self._token.get()}"}
            return await connect(
                self._urls.build_socket_url(dict(self._effect.query)),
                additional_headers=headers,
                subprotocols=None if token is None else [Subprotocol("session_token"), Subprotocol(token)],
                # The core has its own time limits and pings; a ping of the protocol would not reach API Gateway's.
                open_timeout=None,
                ping_interval=None,
                close_timeout=_CLOSE_SECONDS,
                proxy=None if self._urls.is_loopback else True,
                logger=_LOGGER,
            )
        except InvalidStatus as error:
            response = error.response
            problem = parse_problem(response.status_code, response.headers, bytes(response.body or b""))
            self._refuse(response.status_code, problem.error, str(problem), problem.retry_after)
        except SignedOutError:
            self._handlers.on_signed_out()
        except (OSError, TimeoutError, WebSocketException, ConversationsError):
            self._refuse(None, "unreachable", "The server does not answer.")
        return None

    def _refuse(self, status: int | None, error: str, message: str, retry_after: float | None = None) -> None:
        self._handlers.on_refused(self._effect.socket, Refusal(status, error, message, retry_after))

    async def _write(self, connection: ClientConnection) -> None:
        while (text := await self._outgoing.get()) is not None:
            try:
                await connection.send(text)
            except ConnectionClosed:
                return
        await connection.close()

"""Clients that follow the contract, whatever happens to the stack meanwhile."""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.stack.connection import Frame

ACKNOWLEDGED_WITHIN_SECONDS = 6
RECONNECT_SECONDS = (0.5, 2.5)
_RETRY_SECONDS = (0.5, 1.5)
_OPEN_SECONDS = 8
_SHOWN = ("id", "seq", "sender", "content", "timestamp")


@dataclass(slots=True)
class Client:
    """A client: an outbox, a connection that reconnects, and the messages that it shows.

    Attributes
    ----------
    name
        Part of every ``client_message_id``.
    ws_url
        URL of the WebSocket API.
    rest
        The same user over REST.
    token
        The user's access token.
    session_id
        Public session id of the conversation.
    view
        The messages it shows, by ``id``.
    acknowledged
        The acknowledgements, by ``client_message_id``.
    reconnects, retries
        Their numbers.
    """

    name: str
    ws_url: str
    rest: httpx.AsyncClient
    token: str
    session_id: str
    view: dict[str, Frame] = field(default_factory=dict)
    acknowledged: dict[str, Frame] = field(default_factory=dict)
    reconnects: int = 0
    retries: int = 0
    _socket: ClientConnection | None = None
    _answers: dict[str, asyncio.Future[Frame]] = field(default_factory=dict)
    _resumed: asyncio.Event = field(default_factory=asyncio.Event)

    async def stay_connected(self) -> None:
        """Stay connected until cancelled; reconnect if the connection is lost."""
        while True:
            with suppress(OSError, TimeoutError, WebSocketException):
                await self._listen()
            self._socket = None
            self._resumed.clear()
            self.reconnects += 1
            await asyncio.sleep(random.uniform(*RECONNECT_SECONDS))

    async def send_all(self, contents: Sequence[str]) -> None:
        """Send the messages one after the other, each until it is acknowledged."""
        for number, content in enumerate(contents):
            await self._send(content, f"{self.name}-{number}")
            await asyncio.sleep(random.uniform(0, 1))

    async def catch_up(self) -> None:
        """Resume until all missed messages have arrived."""
        while True:
            self._resumed.clear()
            with suppress(OSError, TimeoutError, WebSocketException):
                if self._socket is not None:
                    await self._request_resume(self._socket)
                    await asyncio.wait_for(self._resumed.wait(), ACKNOWLEDGED_WITHIN_SECONDS)
                    return
            await asyncio.sleep(random.uniform(*_RETRY_SECONDS))

    def list_shown(self) -> list[Frame]:
        """Return the messages it shows, in order."""
        return sorted(self.view.values(), key=lambda message: int(message["seq"]))

    async def _listen(self) -> None:
        async with connect(
            f"{self.ws_url}?session_id={self.session_id}",
            additional_headers={"Authorization": f"Bearer {self.token}"},
            open_timeout=_OPEN_SECONDS,
            ping_interval=None,
            proxy=None,
        ) as socket:
            async for text in socket:
                await self._on_frame(socket, json.loads(text))

    async def _on_frame(self, socket: ClientConnection, frame: Frame) -> None:
        match frame:
            case {"type": "message"}:
                self._show(frame)
            case {"type": "status", "status": "connected"}:
                self._socket = socket
                await self._request_resume(socket)
            case {"type": "status", "status": "resumed"}:
                self._resumed.set()
            case {"client_message_id": str(key)} if key in self._answers and not self._answers[key].done():
                self._answers[key].set_result(frame)

    async def _request_resume(self, socket: ClientConnection) -> None:
        frame = {"type": "resume", "session_id": self.session_id}
        last = self._get_last_without_gap()
        await socket.send(json.dumps(frame if last is None else frame | {"after": last}))

    def _get_last_without_gap(self) -> str | None:
        last = None
        for seq, message in enumerate(self.list_shown(), start=1):
            if message["seq"] != seq:
                break
            last = str(message["id"])
        return last

    def _show(self, message: Mapping[str, Any]) -> None:
        shown = {name: message[name] for name in _SHOWN}
        assert self.view.setdefault(shown["id"], shown) == shown

    async def _send(self, content: str, key: str) -> None:
        for number in range(1_000):
            over_rest = random.random() < 0.3 or (number > 0 and self._socket is None)
            with suppress(OSError, TimeoutError, WebSocketException, httpx.HTTPError):
                answer = await (
                    self._send_over_rest(content, key) if over_rest else self._send_over_websocket(content, key)
                )
                if answer is not None:
                    assert self.acknowledged.setdefault(key, answer) == answer
                    own = {"id": answer["message_id"], "sender": "user", "content": content}
                    self._show(own | {"seq": answer["seq"], "timestamp": answer["timestamp"]})
                    return
            self.retries += 1
            await asyncio.sleep(random.uniform(*_RETRY_SECONDS))

    async def _send_over_websocket(self, content: str, key: str) -> Frame | None:
        socket = self._socket
        if socket is None:
            return None
        self._answers[key] = asyncio.get_running_loop().create_future()
        frame = {"type": "message", "session_id": self.session_id, "content": content, "client_message_id": key}
        await socket.send(json.dumps(frame))
        try:
            answer = await asyncio.wait_for(self._answers[key], ACKNOWLEDGED_WITHIN_SECONDS)
        except TimeoutError:
            # No response: the connection may be dead.
            await socket.close()
            return None
        if answer["type"] == "status":
            return {name: answer[name] for name in ("message_id", "seq", "timestamp")}
        assert answer["error"] in ("unavailable", "rate_limited"), answer
        await asyncio.sleep(answer.get("retry_after", 0))
        return None

    async def _send_over_rest(self, content: str, key: str) -> Frame | None:
        path = f"/conversations/{self.session_id}/messages"
        answer = await self.rest.post(path, json={"content": content, "client_message_id": key})
        if answer.status_code == 200:
            return {name: answer.json()[name] for name in ("message_id", "seq", "timestamp")}
        # API Gateway responds 5xx if a function was killed; a client retries.
        assert answer.status_code == 429 or answer.status_code >= 500, answer.text
        await asyncio.sleep(float(answer.headers.get("Retry-After", 0)))
        return None

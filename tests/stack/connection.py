"""A WebSocket connection of a test, with all frames it received."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.stack.documents import check_frame

type Frame = dict[str, Any]

TIMEOUT_SECONDS = 90
"""Longer than the visibility timeout of 45 s, after which an answer that a restart interrupts is repeated."""


class Connection:
    """An open connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []

    def receive(self, timeout: float = TIMEOUT_SECONDS) -> Frame:
        frame: Frame = json.loads(self.socket.recv(timeout=timeout))
        check_frame(frame)
        self.frames.append(frame)
        return frame

    def receive_until(self, timeout: float = TIMEOUT_SECONDS, **fields: object) -> Frame:
        """Return the next frame that has all these fields."""
        deadline = time.monotonic() + timeout
        while True:
            frame = self.receive(deadline - time.monotonic())
            if fields.items() <= frame.items():
                return frame

    def receive_all(self, seconds: float) -> list[Frame]:
        """Return the frames that arrive within some seconds."""
        frames: list[Frame] = []
        deadline = time.monotonic() + seconds
        while True:
            try:
                frames.append(self.receive(max(deadline - time.monotonic(), 0)))
            except TimeoutError:
                return frames

    def send(self, **fields: object) -> None:
        self.socket.send(json.dumps(fields))

    def send_message(self, content: str, **fields: object) -> Frame:
        """Send a message and return its acknowledgement."""
        message = {"type": "message", "content": content, "client_message_id": str(uuid4())} | fields
        self.send(**message)
        return self.receive_until(type="status", status="delivered", client_message_id=message["client_message_id"])

    def receive_answer(self) -> Frame:
        """Return the bot's next message."""
        return self.receive_until(type="message", sender="bot")


@contextmanager
def open_connection(
    url: str, *, token: str | None = None, query: str = "", subprotocols: Sequence[str] | None = None
) -> Iterator[tuple[Connection, Frame]]:
    """Open a connection; yield it and its ``connected`` frame."""
    with connect(
        url + query,
        additional_headers={"Authorization": f"Bearer {token}"} if token else {},
        subprotocols=None if subprotocols is None else [Subprotocol(name) for name in subprotocols],
        open_timeout=TIMEOUT_SECONDS,
        # A pong of the WebSocket protocol would reset API Gateway's idle timeout.
        ping_interval=None,
    ) as socket:
        connection = Connection(socket)
        yield connection, connection.receive_until(type="status", status="connected")

"""A user's device, as a test holds it: one socket, and everything it was told."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.stack.documents import require_frame

type Frame = dict[str, Any]

PATIENCE_SECONDS = 30


class Device:
    """One open socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []

    def next(self, timeout: float = PATIENCE_SECONDS) -> Frame:
        frame: Frame = json.loads(self.socket.recv(timeout=timeout))
        require_frame(frame)
        self.frames.append(frame)
        return frame

    def until(self, timeout: float = PATIENCE_SECONDS, **fields: object) -> Frame:
        """Return the next frame that has all these fields."""
        deadline = time.monotonic() + timeout
        while True:
            frame = self.next(deadline - time.monotonic())
            if fields.items() <= frame.items():
                return frame

    def quiet(self, seconds: float) -> list[Frame]:
        """Return what still comes within some seconds."""
        heard: list[Frame] = []
        deadline = time.monotonic() + seconds
        while True:
            try:
                heard.append(self.next(max(deadline - time.monotonic(), 0)))
            except TimeoutError:
                return heard

    def send(self, **fields: object) -> None:
        self.socket.send(json.dumps(fields))

    def say(self, content: str, **fields: object) -> Frame:
        """Send a message and return its acknowledgement."""
        message = {"type": "message", "content": content, "client_message_id": str(uuid4())} | fields
        self.send(**message)
        return self.until(type="status", status="delivered", client_message_id=message["client_message_id"])

    def answer(self) -> Frame:
        """Return the bot's next message."""
        return self.until(type="message", sender="bot")


@contextmanager
def opened(
    url: str, *, token: str | None = None, query: str = "", subprotocols: Sequence[str] | None = None
) -> Iterator[tuple[Device, Frame]]:
    """Open a socket; give it and what it was told when it was connected."""
    with connect(
        url + query,
        additional_headers={"Authorization": f"Bearer {token}"} if token else {},
        subprotocols=None if subprotocols is None else [Subprotocol(each) for each in subprotocols],
        open_timeout=PATIENCE_SECONDS,
        # A pong of the protocol's own would hide what API Gateway counts as idle.
        ping_interval=None,
    ) as socket:
        device = Device(socket)
        yield device, device.until(type="status", status="connected")

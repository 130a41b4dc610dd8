"""Gateways that record the frames that are sent."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from conversations.domain.errors import ConnectionGoneError, FrameTooLargeError, UnavailableError
from conversations.ports.websocket import MAX_FRAME_BYTES

TIMEOUT_SECONDS = 5


@dataclass(slots=True)
class RecordingGateway:
    """``Gateway``.

    Attributes
    ----------
    frames
        The parsed frames that were sent to each connection, in order.
    gone
        Closed connections: 410 of ``@connections``.
    opening
        Connections that are not open yet, and how many more sends fail with 410.
    unavailable
        Connections that cannot be written to now.
    refused
        Connections that cannot be written to now, and how many more sends fail.
    closed
        Connections that the service has closed.
    unclosable
        Connections that cannot be closed now.
    slow
        Connections whose sends wait until a frame was sent to another connection.
    failure
        What every send raises.
    """

    frames: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    gone: set[str] = field(default_factory=set)
    opening: dict[str, int] = field(default_factory=dict)
    unavailable: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    unclosable: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    failure: Exception | None = None
    _frame_was_sent: threading.Event = field(default_factory=threading.Event)

    def send(self, connection_id: str, frame: str) -> None:
        if self.failure is not None:
            raise self.failure
        if len(frame.encode()) > MAX_FRAME_BYTES:
            raise FrameTooLargeError
        if connection_id in self.slow and not self._frame_was_sent.wait(TIMEOUT_SECONDS):
            raise UnavailableError
        if self.opening.get(connection_id, 0):
            self.opening[connection_id] -= 1
            raise ConnectionGoneError
        if connection_id in self.gone:
            raise ConnectionGoneError
        if self.refused.get(connection_id, 0):
            self.refused[connection_id] -= 1
            raise UnavailableError
        if connection_id in self.unavailable:
            raise UnavailableError
        self.frames[connection_id].append(json.loads(frame))
        self._frame_was_sent.set()

    def close(self, connection_id: str) -> None:
        if connection_id in self.unclosable:
            raise UnavailableError
        self.closed.append(connection_id)

    def types(self, connection_id: str) -> list[str]:
        """Return the types of the frames sent to a connection; of a status frame, its status."""
        return list(get_types(self.frames[connection_id]))


def get_types(frames: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Return the type of each frame; of a status frame, its status."""
    return (frame["status"] if frame["type"] == "status" else frame["type"] for frame in frames)


@dataclass(slots=True)
class InterruptingGateway(RecordingGateway):
    """A gateway that lets something else happen just before or after its first send."""

    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None

    def send(self, connection_id: str, frame: str) -> None:
        before, self.before = self.before, None
        if before is not None:
            before()
        # ``super`` without arguments does not work in a dataclass with slots.
        RecordingGateway.send(self, connection_id, frame)
        after, self.after = self.after, None
        if after is not None:
            after()

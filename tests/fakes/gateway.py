"""Sockets that write down what they are told."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from conversations.domain.errors import ConnectionGoneError, UnavailableError

PATIENCE_SECONDS = 5


@dataclass(slots=True)
class RecordingGateway:
    """``Gateway``.

    Attributes
    ----------
    told
        The frames every socket got, parsed, in order.
    gone
        Sockets that are closed: the 410 of ``@connections``.
    opening
        Sockets that are not open yet, and how many more writes will meet the 410 of that.
    unavailable
        Sockets that cannot be written to now.
    closed
        Sockets that were closed from our side.
    slow
        Sockets whose writes take until another socket has been told something.
    """

    told: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    gone: set[str] = field(default_factory=set)
    opening: dict[str, int] = field(default_factory=dict)
    unavailable: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    _somebody_was_told: threading.Event = field(default_factory=threading.Event)

    def send(self, connection_id: str, frame: str) -> None:
        if connection_id in self.slow and not self._somebody_was_told.wait(PATIENCE_SECONDS):
            raise UnavailableError
        if self.opening.get(connection_id, 0):
            self.opening[connection_id] -= 1
            raise ConnectionGoneError
        if connection_id in self.gone:
            raise ConnectionGoneError
        if connection_id in self.unavailable:
            raise UnavailableError
        self.told[connection_id].append(json.loads(frame))
        self._somebody_was_told.set()

    def close(self, connection_id: str) -> None:
        self.closed.append(connection_id)

    def types(self, connection_id: str) -> list[str]:
        """Return what kinds of frames a socket got, a status by its status."""
        return list(types_of(self.told[connection_id]))


def types_of(frames: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Return the kind of each frame, a status by its status."""
    return (frame["status"] if frame["type"] == "status" else frame["type"] for frame in frames)

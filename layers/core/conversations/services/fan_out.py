"""Telling every device of an owner what happened."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from conversations.contract.server_frames import ErrorFrame, ServerFrame
from conversations.domain.connection import Connection
from conversations.domain.errors import ConnectionGoneError, UnavailableError
from conversations.ports.clock import Clock
from conversations.ports.websocket import MAX_PARALLEL_SENDS, ConnectionStore, Gateway

OPENING_SECONDS = 10
"""For so long after ``$connect`` a 410 may mean "not open yet": API Gateway opens a socket when the route has ended."""

OPENING_BACKOFF_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""How long to wait for a socket to open, try by try; the bots' work of this conversation waits with it."""


@dataclass(frozen=True, slots=True)
class FanOut:
    """Fan-out: in order per device, devices side by side; one that is gone or slow stops no other."""

    connections: ConnectionStore
    gateway: Gateway
    now: Clock
    pause: Callable[[float], None]

    def send_to_owner(
        self,
        owner: str,
        frames: Sequence[ServerFrame],
        *,
        copies: Sequence[ServerFrame] = (),
        origin: str | None = None,
    ) -> None:
        """Write ``frames`` to every open socket of ``owner``, and before them ``copies`` to all but ``origin``.

        Never fails because of a socket: what one missed its client fetches. A socket that is gone is forgotten, one
        whose credential has run out is closed.

        Raises
        ------
        UnavailableError
            If it cannot be known which sockets there are.
        """
        told = [frame.to_json() for frame in frames]
        told_others = [*(frame.to_json() for frame in copies), *told]
        devices = [
            (device, told if device.connection_id == origin else told_others)
            for device in self.connections.list_by_owner(owner)
        ]
        if len(devices) > 1:
            with ThreadPoolExecutor(min(len(devices), MAX_PARALLEL_SENDS)) as pool:
                list(pool.map(lambda each: self._tell(*each), devices))
        elif devices:
            self._tell(*devices[0])

    def send_to_connection(self, connection_id: str, frames: Sequence[ServerFrame]) -> None:
        """Write ``frames`` to one socket, in order.

        Raises
        ------
        ConnectionGoneError
            If the socket is closed.
        UnavailableError
            If a frame was not taken; none behind it was written.
        """
        for frame in frames:
            self.gateway.send(connection_id, frame.to_json())

    def send_to_opening_connection(self, owner: str, connection_id: str, frame: ServerFrame) -> None:
        """Write the first frame to a socket whose ``$connect`` may not have ended yet; wait for it a little.

        Never fails. A socket that does not open in time is forgotten.
        """
        with suppress(UnavailableError):
            for seconds in (*OPENING_BACKOFF_SECONDS, None):
                try:
                    self.gateway.send(connection_id, frame.to_json())
                except ConnectionGoneError:
                    if seconds is None or self.connections.get(owner, connection_id) is None:
                        self.connections.remove(owner, connection_id)
                        return
                    self.pause(seconds)
                else:
                    return

    def _tell(self, device: Connection, texts: Sequence[str]) -> None:
        # A later frame must not overtake one that was lost, so the device gets none of the rest. And a socket that
        # cannot be forgotten now is forgotten by the next write.
        with suppress(UnavailableError):
            if device.expires_at <= self.now():
                self._dismiss(device)
                return
            try:
                for text in texts:
                    self.gateway.send(device.connection_id, text)
            except ConnectionGoneError:
                if self.now() - device.opened_at > timedelta(seconds=OPENING_SECONDS):
                    self.connections.remove(device.owner, device.connection_id)

    def _dismiss(self, device: Connection) -> None:
        """Close a socket whose credential has run out; nothing is told to somebody who may not be there any more."""
        frame = ErrorFrame(error="unauthorized", message="The token has expired.")
        with suppress(ConnectionGoneError):
            self.gateway.send(device.connection_id, frame.to_json())
            self.gateway.close(device.connection_id)
        self.connections.remove(device.owner, device.connection_id)

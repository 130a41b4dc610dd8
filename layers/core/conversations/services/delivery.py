"""Telling every device of an owner what happened."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from conversations.domain.errors import ConnectionGoneError, UnavailableError
from conversations.domain.frames import ServerFrame
from conversations.domain.ports import ConnectionStore, Gateway

_PARALLEL_DEVICES = 16


@dataclass(frozen=True, slots=True)
class Delivery:
    """Fan-out: in order per device, devices side by side; one that is gone or slow stops no other."""

    connections: ConnectionStore
    gateway: Gateway

    def to_devices(self, owner: str, frames: Sequence[ServerFrame], *, spare: str | None = None) -> None:
        """Write ``frames`` to every open socket of ``owner`` but ``spare``.

        Never fails: what a socket missed its client fetches after reconnecting. A socket that is gone is forgotten.
        """
        devices = [device for device in self.connections.of(owner) if device != spare]
        texts = [frame.to_json() for frame in frames]
        if len(devices) > 1:
            with ThreadPoolExecutor(min(len(devices), _PARALLEL_DEVICES)) as pool:
                list(pool.map(lambda device: self._write(owner, device, texts), devices))
        elif devices:
            self._write(owner, devices[0], texts)

    def to_device(self, owner: str, connection_id: str, frame: ServerFrame) -> None:
        """Write one frame to one socket; never fails."""
        self._write(owner, connection_id, [frame.to_json()])

    def _write(self, owner: str, connection_id: str, texts: Sequence[str]) -> None:
        try:
            for text in texts:
                self.gateway.send(connection_id, text)
        except ConnectionGoneError:
            self.connections.remove(owner, connection_id)
        except UnavailableError:
            # A later frame must not overtake one that was lost, so the device gets none of the rest.
            return

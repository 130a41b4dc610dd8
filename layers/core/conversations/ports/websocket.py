"""Open WebSocket connections."""

from typing import Protocol

from conversations.domain.connection import Connection

MAX_PARALLEL_SENDS = 50
"""Connections that a broadcast sends to in parallel, and HTTP connections that a ``Gateway`` pools."""


MAX_FRAME_BYTES = 128 * 1024
"""Bytes of a frame (AWS quota: WebSocket message payload size)."""


class ConnectionStore(Protocol):
    """The registry of open connections."""

    def add(self, connection: Connection) -> None:
        """Store a connection."""
        ...

    def remove(self, owner: str, connection_id: str) -> None:
        """Remove a connection. Idempotent."""
        ...

    def get(self, owner: str, connection_id: str) -> Connection | None:
        """Return a connection, None if it is not stored."""
        ...

    def list_by_owner(self, owner: str) -> tuple[Connection, ...]:
        """Return all connections of an owner."""
        ...


class Gateway(Protocol):
    """Sends frames to open connections."""

    def send(self, connection_id: str, frame: str) -> None:
        """Send one frame.

        Raises
        ------
        ConnectionGoneError
            If the connection is closed.
        FrameTooLargeError
            If the frame is too large.
        UnavailableError
            If the gateway does not accept the frame.
        """
        ...

    def close(self, connection_id: str) -> None:
        """Close the connection. Idempotent."""
        ...

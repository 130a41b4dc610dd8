"""Open WebSocket connections."""

from typing import Protocol

from conversations.domain.connection import Connection


class ConnectionStore(Protocol):
    """The open sockets."""

    def add(self, connection: Connection) -> None:
        """Remember a socket."""
        ...

    def remove(self, owner: str, connection_id: str) -> None:
        """Forget a socket; forgetting it twice is nothing."""
        ...

    def get(self, owner: str, connection_id: str) -> Connection | None:
        """Return one socket."""
        ...

    def of(self, owner: str) -> tuple[Connection, ...]:
        """Return the sockets of all devices of the owner."""
        ...


MAX_PARALLEL_SENDS = 50
"""How many sockets are written to at once, and so how many connections a ``Gateway`` keeps."""


class Gateway(Protocol):
    """The way to an open socket."""

    def send(self, connection_id: str, frame: str) -> None:
        """Write one frame.

        Raises
        ------
        ConnectionGoneError
            If the socket is closed.
        UnavailableError
            If the gateway does not take it.
        """
        ...

    def close(self, connection_id: str) -> None:
        """Close the socket; closing a closed one is nothing."""
        ...

"""Open WebSocket connections."""

from typing import Protocol

from conversations.domain.agent_link import FollowedRun, RunSender
from conversations.domain.answer_control import AnswerControls, StopRequest, Transfer
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

    def follow_run(self, owner: str, connection_id: str, followed: FollowedRun) -> None:
        """Let a connection in the format of AG-UI receive the events of a run, instead of those of an earlier one.

        Raises
        ------
        ConnectionGoneError
            If it is not stored.
        UnavailableError
            If the store does not answer.
        """
        ...

    def take_run(self, owner: str, connection_id: str, run_id: str, sender: RunSender) -> bool:
        """Let one sender, and no other, send the events of the run that a connection follows.

        Returns
        -------
        bool
            Whether ``sender`` is the one: false if there is one already, or the connection follows another run.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def list_by_owner(self, owner: str) -> tuple[Connection, ...]:
        """Return all connections of an owner."""
        ...

    def load_controls(self, owner: str) -> AnswerControls:
        """Return all connections, stop requests and transfers of an owner, expired ones too.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def add_stop_request(self, owner: str, request: StopRequest) -> None:
        """Store a request to stop an answer in a conversation of an owner. It replaces the same request.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def add_transfer(self, owner: str, transfer: Transfer) -> None:
        """Store the transfer of a conversation of ``owner``, its previous owner. It replaces an earlier one.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def remove_controls(self, owner: str) -> bool:
        """Remove some of the stop requests, transfers and AG-UI runs of an owner, and return whether that were all.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
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

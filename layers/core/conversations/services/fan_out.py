"""Fan-out: broadcast of frames to all open WebSocket connections of an owner.

What must arrive is delivered or the connection is closed: its client opens another one and fetches what it missed.
Without that, a client that missed the last message would learn of it with the next one only.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from conversations.contract.error_frames import build_error_frame
from conversations.contract.server_frames import Frame, ServerFrame, repeats_message, shorten
from conversations.data_classes import dataclass
from conversations.domain.connection import Connection
from conversations.domain.errors import (
    ConnectionGoneError,
    ConnectionLimitError,
    ConversationsError,
    FrameTooLargeError,
    UnauthorizedError,
    UnavailableError,
)
from conversations.domain.limits import WINDOW
from conversations.domain.metrics import describe_metrics
from conversations.domain.turn_time import MAX_FRAMES_SECONDS
from conversations.ports.clock import Clock
from conversations.ports.websocket import MAX_PARALLEL_SENDS, ConnectionStore, Gateway

OPENING_SECONDS = 15
"""Grace period after ``$connect``, in which 410 Gone may mean "not open yet": API Gateway opens a connection only when
the ``$connect`` route has returned. That takes up to the timeout of its function, 10 s in template.yaml; the rest is
for clocks that differ."""

OPENING_BACKOFF_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Backoff while a connection opens, retry by retry. The other jobs of the conversation wait meanwhile."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FanOut:
    """Broadcasts to an owner's connections in parallel, in order per connection.

    A connection that is gone or slow does not affect the others.

    Attributes
    ----------
    get_closer
        Returns the way to close connections that missed a frame, with one try. It is created when it is needed.
    """

    connections: ConnectionStore
    gateway: Gateway
    get_closer: Callable[[], Gateway]
    now: Clock
    pause: Callable[[float], None]

    def send_to_owner(
        self,
        owner: str,
        frames: Sequence[ServerFrame],
        *,
        copies: Sequence[ServerFrame] = (),
        origin: str | None = None,
    ) -> Sequence[Connection]:
        """Send what must arrive: ``copies`` to the connections of ``owner`` but ``origin``, then ``frames`` to all.

        A connection that does not accept them all in time is closed. One that is gone is removed, one whose credential
        has expired is closed. None of that raises an error. A connection in the format of AG-UI receives what concerns
        its run.

        Returns
        -------
        Sequence[Connection]
            The connections of the owner.

        Raises
        ------
        UnavailableError
            If the connections cannot be listed.
        """
        get_payloads = _serialize_once(frames, copies, origin)

        def send(connection: Connection) -> None:
            if connection.agent is not None:
                self._deliver(connection, _encode(connection, frames))
            else:
                self._deliver(connection, get_payloads(connection))

        return self._for_each_connection(owner, send)

    def announce(
        self, owner: str, frames: Sequence[ServerFrame], *, copies: Sequence[ServerFrame], origin: str | None
    ) -> None:
        """Send ``frames`` to all connections of ``owner``, and before them ``copies`` to all but ``origin``.

        For what a later delivery repeats, or shows to be missing: a connection that does not accept it stays open.

        Raises
        ------
        UnavailableError
            If the connections cannot be listed.
        """

        def send(connection: Connection) -> bool:
            chosen = frames if connection.connection_id == origin else [*copies, *frames]
            return self._try_to_send(connection, _encode(connection, chosen))

        self._for_each_connection(owner, send)

    def try_to_send_to_owner(
        self, owner: str, frames: Sequence[ServerFrame], *, copies: Sequence[ServerFrame], origin: str | None
    ) -> bool:
        """Send what must arrive, and return whether it did; otherwise a job has to send it again.

        Connections in the format of AG-UI receive nothing and count as missed. Any other connection that is open has
        received everything if the result is True.

        Raises
        ------
        UnavailableError
            If the connections cannot be listed.
        """
        get_payloads = _serialize_once(frames, copies, origin)

        def send(connection: Connection) -> bool:
            if connection.agent is not None:
                return False
            with suppress(UnavailableError):
                self._send_all(connection, get_payloads(connection))
                return True
            return False

        return all(run_in_parallel(send, self.connections.list_by_owner(owner)))

    def close_all(self, owner: str, frame: ServerFrame) -> None:
        """Send a last frame to all connections of ``owner``, and close them, so that nothing follows that frame.

        A failing connection raises no error. One that is still opening is not closed: the job that sends its first
        frame finds out.

        Raises
        ------
        UnavailableError
            If the connections cannot be listed.
        """
        self._for_each_connection(owner, lambda connection: self._send_last(connection, frame))

    def close(self, owner: str, connection_id: str) -> None:
        """Close a connection. Never raises."""
        with suppress(UnavailableError, ConnectionGoneError):
            # safeguard: fan-out-last-frame
            self.gateway.close(connection_id)
            self.connections.remove(owner, connection_id)

    def send_to_connection(self, connection_id: str, frames: Sequence[Frame]) -> None:
        """Send ``frames`` to one connection, in order.

        Raises
        ------
        ConnectionGoneError
            If the connection is closed.
        UnavailableError
            If a frame was not accepted; the frames after it were not sent.
        """
        for frame in frames:
            self._send(connection_id, frame.to_json())

    def send_to_opening_connection(self, owner: str, connection_id: str, frames: Sequence[Frame]) -> None:
        """Send the first frames to a connection whose ``$connect`` may not have returned yet; retry with backoff.

        Never raises. A connection that does not open in time is removed, one that does not accept them is closed.
        """
        with suppress(UnavailableError):
            try:
                self._send_when_open(owner, connection_id, frames)
            except UnavailableError:
                connection = self.connections.get(owner, connection_id)
                if connection is not None:
                    # safeguard: fan-out-first-frame-missed
                    self.disconnect(connection)

    def _send_when_open(self, owner: str, connection_id: str, frames: Sequence[Frame]) -> None:
        for seconds in (*OPENING_BACKOFF_SECONDS, None):
            try:
                self.send_to_connection(connection_id, frames)
            except ConnectionGoneError:
                if seconds is None or self.connections.get(owner, connection_id) is None:
                    self.connections.remove(owner, connection_id)
                    return
                # safeguard: fan-out-first-frame
                self.pause(seconds)
            else:
                return

    def send_to_each(self, deliveries: Sequence[tuple[Connection, Sequence[ServerFrame]]]) -> frozenset[str]:
        """Send each connection its own frames, and return the ids of the connections that accepted all of theirs.

        As in ``announce``, a connection that does not accept them stays open, and raises no error.
        """
        payloads = {connection: [frame.to_json() for frame in frames] for connection, frames in deliveries}
        accepted = run_in_parallel(
            lambda connection: self._try_to_send(connection, payloads[connection]), list(payloads)
        )
        return frozenset(
            connection.connection_id for connection, is_sent in zip(payloads, accepted, strict=True) if is_sent
        )

    def _for_each_connection[Result](self, owner: str, send: Callable[[Connection], Result]) -> Sequence[Connection]:
        connections = self.connections.list_by_owner(owner)
        run_in_parallel(send, connections)
        return connections

    def close_oldest(self, owner: str, *, keep: int) -> None:
        """Close all but the newest ``keep`` connections of an owner, after an ``error`` frame with the reason.

        Never raises. What cannot be closed now is closed when the next connection opens.
        """
        reason = ConnectionLimitError(
            f"The connection is closed because there are more than {keep} connections.",
            retry_after=int(WINDOW.total_seconds()),
            closes=True,
        )
        with suppress(UnavailableError):
            connections = sorted(self.connections.list_by_owner(owner), key=lambda each: each.opened_at)
            for connection in connections[:-keep]:
                self.close_with_error(connection, reason)

    def _deliver(self, connection: Connection, payloads: Sequence[str]) -> None:
        """Send frames to a connection in order, or close it. Never raises."""
        try:
            self._send_all(connection, payloads)
        except UnavailableError:
            # safeguard: fan-out-missed
            self.disconnect(connection)

    def _try_to_send(self, connection: Connection, payloads: Sequence[str]) -> bool:
        """Send frames to a connection in order, and return whether it accepted all of them. Never raises."""
        # safeguard: fan-out-isolated
        with suppress(UnavailableError):
            return self._send_all(connection, payloads)
        return False

    def _send_all(self, connection: Connection, payloads: Sequence[str]) -> bool:
        """Send frames to a connection in order, and return whether it is open.

        Raises
        ------
        UnavailableError
            If it has missed a frame. A frame must not arrive without the ones before it, so the first failure ends the
            delivery.
        """
        # safeguard: fan-out-expired
        if connection.expires_at <= self.now():
            # Its user may be another one by now.
            self.close_with_error(connection, UnauthorizedError("The token has expired."))
            return False
        started_at = self.now()
        try:
            for payload in payloads:
                # safeguard: fan-out-slow
                if self.now() - started_at > timedelta(seconds=MAX_FRAMES_SECONDS):
                    raise UnavailableError
                self._send(connection.connection_id, payload)
        except ConnectionGoneError:
            # One that cannot be removed now is removed by the next delivery.
            with suppress(UnavailableError):
                self.remove_gone(connection)
            return False
        return True

    def disconnect(self, connection: Connection) -> None:
        """Close a connection that has missed a frame. Never raises.

        If it cannot be closed, its client sees a gap in ``seq`` with the next message.
        """
        outcome = "open"
        with suppress(UnavailableError, ConnectionGoneError):
            self.get_closer().close(connection.connection_id)
            outcome = "closed"
            # API Gateway may not invoke $disconnect. A connection that is opening was not closed.
            self.remove_gone(connection)
        logger.warning(
            "frame missed",
            extra={
                "connection_id": connection.connection_id,
                **describe_metrics({"FramesMissed": 1}, outcome=outcome),
            },
        )

    def remove_gone(self, connection: Connection) -> None:
        """Remove a connection that cannot be written to, unless it may still be opening.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        # safeguard: fan-out-opening
        if not self.is_opening(connection):
            # safeguard: fan-out-gone
            self.connections.remove(connection.owner, connection.connection_id)

    def is_opening(self, connection: Connection) -> bool:
        """Return whether a connection may not be open yet."""
        return self.now() - connection.opened_at <= timedelta(seconds=OPENING_SECONDS)

    def _send_last(self, connection: Connection, frame: ServerFrame) -> None:
        try:
            for payload in _encode(connection, [frame]):
                self.gateway.send(connection.connection_id, payload)
        except ConnectionGoneError:
            with suppress(UnavailableError):
                self.remove_gone(connection)
        except UnavailableError:
            # safeguard: fan-out-last-frame-missed
            self.disconnect(connection)
        else:
            self.close(connection.owner, connection.connection_id)

    def _send(self, connection_id: str, payload: str) -> None:
        """Send a frame, without its heavy parts if it is too large, so that the frames after it arrive too."""
        try:
            self.gateway.send(connection_id, payload)
        except FrameTooLargeError:
            # safeguard: frame-shortened
            self.gateway.send(connection_id, shorten(payload))

    def close_with_error(self, connection: Connection, reason: ConversationsError) -> None:
        """Close a connection after an error that reports why.

        Raises
        ------
        UnavailableError
            If a service does not respond.
        """
        with suppress(ConnectionGoneError):
            for payload in _encode(connection, [build_error_frame(reason)]):
                self.gateway.send(connection.connection_id, payload)
            self.gateway.close(connection.connection_id)
        self.connections.remove(connection.owner, connection.connection_id)


def _serialize_once(
    frames: Sequence[ServerFrame], copies: Sequence[ServerFrame], origin: str | None
) -> Callable[[Connection], Sequence[str]]:
    """Return what each connection is sent: ``frames``, and before them ``copies`` unless it is ``origin``.

    A connection that has asked for it gets no frame that repeats the quick replies of a message.
    """
    copied = [frame.to_json() for frame in copies]
    payloads = [frame.to_json() for frame in frames]
    without_repeated = [
        payload for frame, payload in zip(frames, payloads, strict=True) if not repeats_message(frame, frames)
    ]

    def get_payloads(connection: Connection) -> Sequence[str]:
        # safeguard: suggestions-asked-for
        chosen = without_repeated if connection.suggestions_in_messages else payloads
        return chosen if connection.connection_id == origin else [*copied, *chosen]

    return get_payloads


def _encode(connection: Connection, frames: Sequence[ServerFrame]) -> Sequence[str]:
    """Return what a connection receives of some frames, in its format."""
    if connection.agent is None:
        return [frame.to_json() for frame in frames]
    # The models of AG-UI are loaded by the first connection in its format: most functions never have one.
    from conversations.contract.ag_ui.notices import translate_frame  # noqa: PLC0415 - slow to load

    # safeguard: agent-frames-only
    chunks = [translate_frame(connection.agent, frame) for frame in frames]
    return [chunk.to_json() for chunk in chunks if chunk is not None]


def run_in_parallel[Result](
    send: Callable[[Connection], Result], connections: Sequence[Connection]
) -> Sequence[Result]:
    """Call ``send`` for each connection, and return the results in the same order."""
    if len(connections) > 1:
        # safeguard: fan-out-parallel
        with ThreadPoolExecutor(min(len(connections), MAX_PARALLEL_SENDS)) as pool:
            return list(pool.map(send, connections))
    return [send(connection) for connection in connections]

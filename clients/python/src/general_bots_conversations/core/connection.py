"""A WebSocket connection that reconnects."""

import json
from typing import Any, Protocol

from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.frames import Frame, parse_frame
from general_bots_conversations.core.timers import Cancel, cancel_nothing
from general_bots_conversations.models import ConnectionState


class ConnectionHandlers(Protocol):
    """What a connection needs: sockets, and a handler of their frames."""

    def open_socket(self, socket: int) -> None:
        """Open a socket and give it a number."""

    def close_socket(self, socket: int) -> None:
        """Close a socket, or stop opening it."""

    def send_text(self, socket: int, text: str) -> None:
        """Send a text frame."""

    def on_frame(self, name: str, frame: Frame) -> None:
        """Handle a frame of the server."""

    def on_state_changed(self, state: ConnectionState, previous: ConnectionState) -> None:
        """Handle a new state."""


class Connection:
    """A connection from ``open`` to ``close``, over as many sockets as necessary."""

    def __init__(self, handlers: ConnectionHandlers, environment: Environment) -> None:
        self._handlers = handlers
        self._environment = environment
        self._backoff = environment.create_backoff()
        self.state: ConnectionState = "closed"
        self.last_received_at = 0.0
        """When the last frame was received, on the monotonic clock."""
        self._socket: int | None = None
        self._sockets = 0
        self._cancel_timers: list[Cancel] = []
        self._cancel_heartbeat = cancel_nothing

    def open(self) -> None:
        """Connect, unless the connection is open already or being opened."""
        if self.state == "closed":
            self._backoff.reset()
            self._connect()

    def close(self) -> None:
        """Close the connection for good."""
        self._detach_socket()
        self._set_state("closed")

    def restart(self, min_delay: float = 0) -> None:
        """Drop the current socket and open another one after a backoff, at least after some seconds."""
        if self.state == "closed":
            return
        self._detach_socket()
        self._set_state("waiting")
        delay = max(self._backoff.next_delay(), min_delay)
        self._cancel_timers.append(self._environment.timers.schedule(delay, self._connect))

    def mark_open(self) -> None:
        """Mark the connection as open after the server's ``connected`` frame."""
        self._clear_timers()
        # Not at once: a server that crashes right after the handshake must not be flooded with reconnects.
        stable_after = self._environment.timing.stable_after
        self._cancel_timers.append(self._environment.timers.schedule(stable_after, self._backoff.reset))
        self._reset_heartbeat()
        self._set_state("open")

    def send(self, frame: dict[str, Any]) -> bool:
        """Send a frame; return whether it was sent. Nothing is queued."""
        if self.state != "open" or self._socket is None:
            return False
        self._handlers.send_text(self._socket, json.dumps(frame))
        return True

    def is_current(self, socket: int) -> bool:
        """Whether a socket is the one in use."""
        return socket == self._socket

    def on_text(self, socket: int, text: str | bytes) -> None:
        """Handle what a socket has received."""
        if socket != self._socket:
            return
        self.last_received_at = self._environment.clock.monotonic()
        if self.state == "open":
            self._reset_heartbeat()
        parsed = parse_frame(text)
        if parsed is not None:
            self._handlers.on_frame(*parsed)

    def _connect(self) -> None:
        self._detach_socket()
        self._sockets += 1
        self._socket = self._sockets
        self._set_state("connecting")
        timeout = self._environment.timing.connect_timeout
        self._cancel_timers.append(self._environment.timers.schedule(timeout, self.restart))
        self._handlers.open_socket(self._sockets)

    def _reset_heartbeat(self) -> None:
        """Ping after a silence: API Gateway closes idle sockets, and a network can fail without closing the socket."""
        self._cancel_heartbeat()
        timing, schedule = self._environment.timing, self._environment.timers.schedule

        def ping() -> None:
            self._cancel_heartbeat = schedule(timing.pong_timeout, self.restart)
            self.send({"type": "ping"})

        self._cancel_heartbeat = schedule(timing.ping_interval, ping)

    def _set_state(self, state: ConnectionState) -> None:
        previous, self.state = self.state, state
        if previous != state:
            self._handlers.on_state_changed(state, previous)

    def _clear_timers(self) -> None:
        for cancel in self._cancel_timers:
            cancel()
        self._cancel_timers = []

    def _detach_socket(self) -> None:
        self._clear_timers()
        self._cancel_heartbeat()
        if self._socket is not None:
            socket, self._socket = self._socket, None
            self._handlers.close_socket(socket)

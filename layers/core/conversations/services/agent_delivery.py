"""Delivery of an answer to connections in the format of AG-UI: every chunk once, even if connections are cut.

A client appends each chunk, so no process may send one without knowing which ones the client has. One sender takes over
a connection (``ConnectionStore.take_run``), from the position that the client has named, and counts from there. A
sender that does not know the position, or whether the last chunk has arrived, closes the connection: the client opens a
new one, and names its position.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import field

from conversations.contract.ag_ui.chunks import AgentAnswer, Chunk, list_chunks, replace_text
from conversations.contract.ag_ui.events import Event, build_error
from conversations.data_classes import dataclass
from conversations.domain.agent_link import FollowedRun, RunSender
from conversations.domain.connection import Connection
from conversations.domain.errors import ConnectionGoneError, UnauthorizedError, UnavailableError
from conversations.services.fan_out import OPENING_BACKOFF_SECONDS, FanOut, run_in_parallel


@dataclass(frozen=True, slots=True)
class AgentDelivery:
    """Sends one answer.

    Attributes
    ----------
    turn_id
        The turn whose answer it is.
    sender
        Who sends.
    build_snapshot
        Builds the event that replaces all messages of the client's thread, for a client with text that is not the
        beginning of the answer. Without it, the connection of such a client is closed at the end of the answer.
    """

    turn_id: str
    sender: RunSender
    build_snapshot: Callable[[], Event] | None = None
    _positions: dict[str, str | None] = field(default_factory=dict)

    def send(self, fan_out: FanOut, connections: Sequence[Connection], answer: AgentAnswer) -> None:
        """Send each connection that follows the answer what it does not have yet.

        Raises
        ------
        UnavailableError
            If no sender could be stored for a connection, which is tried again the next time. A connection that fails
            raises no error.
        """
        run_in_parallel(lambda connection: self._send_to(fan_out, connection, answer), self.select(connections))

    def fail(self, fan_out: FanOut, connections: Sequence[Connection], code: str, message: str) -> None:
        """Notify each connection that follows the answer that there will be none. Never raises."""
        run_in_parallel(lambda connection: self._fail(fan_out, connection, code, message), self.select(connections))

    def select(self, connections: Sequence[Connection]) -> Sequence[Connection]:
        """Return those of the connections that follow the answer."""
        return [
            each for each in connections if (followed := get_followed(each)) and followed.run.turn_id == self.turn_id
        ]

    def _send_to(self, fan_out: FanOut, connection: Connection, answer: AgentAnswer) -> None:
        followed = get_followed(connection)
        position = None if followed is None else self._get_position(fan_out, connection, followed)
        if followed is None or position is None:
            return
        chunks = list_chunks(followed.run, answer, position)
        if chunks is None and answer.end is not None and self.build_snapshot is not None:
            chunks = replace_text(followed.run, self.build_snapshot(), answer.end)
        if chunks is not None:
            self._send_chunks(fan_out, connection, chunks, waits=answer.end is not None)
        if answer.end is not None and (chunks is None or followed.closes):
            self._close(fan_out, connection)

    def _get_position(self, fan_out: FanOut, connection: Connection, followed: FollowedRun) -> str | None:
        """Return the position of a connection; None if it is not this sender's."""
        connection_id = connection.connection_id
        if connection_id not in self._positions:
            if followed.sender == self.sender:
                # An earlier attempt has sent some of it, and only the client knows how much.
                # safeguard: run-position-unknown
                self._close(fan_out, connection)
            elif followed.sender is None and fan_out.connections.take_run(
                connection.owner, connection_id, followed.run.run_id, self.sender
            ):
                self._positions[connection_id] = followed.position
        return self._positions.get(connection_id)

    def _send_chunks(self, fan_out: FanOut, connection: Connection, chunks: Sequence[Chunk], *, waits: bool) -> None:
        # safeguard: run-expired
        if connection.expires_at <= fan_out.now():
            self._positions[connection.connection_id] = None
            with suppress(UnavailableError):
                fan_out.close_with_error(connection, UnauthorizedError("The token has expired."))
            return
        try:
            for chunk in chunks:
                self._send_chunk(fan_out, connection, chunk, waits=waits)
                self._positions[connection.connection_id] = chunk.id
        except UnavailableError:
            # Perhaps it has arrived.
            # safeguard: run-chunk-in-doubt
            self._disconnect(fan_out, connection)
        except ConnectionGoneError:
            with suppress(UnavailableError):
                fan_out.remove_gone(connection)

    @staticmethod
    def _send_chunk(fan_out: FanOut, connection: Connection, chunk: Chunk, *, waits: bool) -> None:
        """Send a chunk; at the end of the answer wait for a connection that is still opening."""
        for seconds in (*(OPENING_BACKOFF_SECONDS if waits and fan_out.is_opening(connection) else ()), None):
            try:
                fan_out.gateway.send(connection.connection_id, chunk.to_json())
            except ConnectionGoneError:
                if seconds is None:
                    raise
                fan_out.pause(seconds)
            else:
                return

    def _fail(self, fan_out: FanOut, connection: Connection, code: str, message: str) -> None:
        followed = get_followed(connection)
        if followed is None:
            return
        chunk = Chunk(build_error(code, message, followed.run.run_id))
        try:
            self._send_chunk(fan_out, connection, chunk, waits=True)
        except ConnectionGoneError:
            self._close(fan_out, connection)
            return
        except UnavailableError:
            self._disconnect(fan_out, connection)
            return
        if followed.closes:
            self._close(fan_out, connection)

    def _disconnect(self, fan_out: FanOut, connection: Connection) -> None:
        self._positions[connection.connection_id] = None
        fan_out.disconnect(connection)

    def _close(self, fan_out: FanOut, connection: Connection) -> None:
        self._positions[connection.connection_id] = None
        fan_out.close(connection.owner, connection.connection_id)


def get_followed(connection: Connection) -> FollowedRun | None:
    """Return the run that a connection follows, if there is one."""
    return None if connection.agent is None else connection.agent.followed

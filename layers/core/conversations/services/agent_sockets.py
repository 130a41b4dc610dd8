"""Runs over connections in the format of AG-UI: begin, resume and stop."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from conversations.contract.ag_ui.chunks import STARTED, Chunk, build_started_chunk
from conversations.contract.ag_ui.events import NamedRun, build_empty_run
from conversations.data_classes import dataclass
from conversations.domain.agent_link import AgentLink, FollowedRun, RunReference
from conversations.domain.agent_run import AgentInput
from conversations.domain.connection import Connection
from conversations.domain.errors import NotFoundError
from conversations.domain.principal import Principal
from conversations.ports.agent_runs import RunStore
from conversations.ports.clock import Clock
from conversations.ports.websocket import ConnectionStore
from conversations.services.agent_replays import AgentReplayService
from conversations.services.agent_runs import AgentRun, AgentRunService
from conversations.services.fan_out import FanOut

RUN_LIFETIME = timedelta(days=1)
"""How long a run can be resumed: longer than a connection, and than a browser tab is usually asleep."""


@dataclass(frozen=True, slots=True)
class AgentSocketService:
    """Begins runs on connections."""

    begins: AgentRunService
    runs: RunStore
    connections: ConnectionStore
    replays: AgentReplayService
    fan_out: FanOut
    now: Clock

    def run(self, principal: Principal, connection: Connection, named: NamedRun, sent: AgentInput) -> AgentRun | None:
        """Send what is new in the thread, and let the connection receive the events of the answer.

        The client has the first event before anyone else can send the connection one, so it can resume from there.

        Returns
        -------
        AgentRun | None
            The run; None if there is nothing new to send.

        Raises
        ------
        ConnectionGoneError
            If the connection has closed meanwhile. The message is sent, and the run can be resumed.
        NotFoundError, ForbiddenError, InvalidRequestError, ConflictError, UnavailableError
            As ``AgentRunService.begin`` does.
        """
        begun = self.begins.begin(principal, sent)
        if begun is None:
            self.fan_out.send_to_connection(connection.connection_id, [*map(Chunk, build_empty_run(named))])
            return None
        run = RunReference(named.run_id, named.thread_id, begun.conversation_id, begun.message_id)
        # safeguard: run-stored
        self.runs.put(principal.owner, run, self.now() + RUN_LIFETIME)
        self.fan_out.send_to_connection(connection.connection_id, [build_started_chunk(run)])
        followed = FollowedRun(run, STARTED)
        self.connections.follow_run(principal.owner, connection.connection_id, followed)
        # safeguard: run-ended-meanwhile
        self.replays.replay(replace(connection, agent=AgentLink(sent.bot_id, followed)))
        return begun


@dataclass(frozen=True, slots=True)
class AgentRunLookup:
    """Finds the runs that clients resume and stop.

    ``pause`` sleeps for some seconds.
    """

    runs: RunStore
    now: Clock
    pause: Callable[[float], None]

    def follow(self, principal: Principal, bot_id: str, run_id: str | None, position: str | None) -> AgentLink:
        """Return the AG-UI side of a new connection, which resumes a run if it names a position.

        Raises
        ------
        NotFoundError
            If the caller has no such run, or had it more than a day ago.
        UnavailableError
            If the store does not answer.
        """
        if position is None or run_id is None:
            return AgentLink(bot_id)
        # safeguard: run-resumed-by-owner
        run = self._get(principal, run_id)
        return AgentLink(bot_id, FollowedRun(run, position, closes=True, sender="welcome"))

    def find(self, principal: Principal, run_id: str) -> RunReference:
        """Return a run of the caller that may have begun just now.

        Raises
        ------
        NotFoundError
            If the caller has no such run.
        UnavailableError
            If the store does not answer.
        """
        for seconds in _PAUSES:
            run = self.runs.get(principal.owner, run_id, self.now())
            if run is not None:
                return run
            self.pause(seconds)
        return self._get(principal, run_id)

    def _get(self, principal: Principal, run_id: str) -> RunReference:
        run = self.runs.get(principal.owner, run_id, self.now())
        if run is None:
            raise NotFoundError("The run does not exist.")
        return run


_PAUSES = (0.2, 0.5)
"""Seconds between looks for a run that is to be stopped: the frame that begins it is handled at the same time."""

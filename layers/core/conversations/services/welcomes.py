"""The first frames of a connection: its conversation, and what has happened to that conversation meanwhile."""

from contextlib import suppress
from dataclasses import replace
from typing import TypeGuard

from conversations.contract.ag_ui.chunks import NOTHING, STARTED, Chunk, build_started_chunk
from conversations.contract.ag_ui.events import build_session
from conversations.contract.server_frames import (
    ArchivedFrame,
    ClaimedFrame,
    ConnectedFrame,
    ExpiredFrame,
    ServerFrame,
)
from conversations.data_classes import dataclass
from conversations.domain import ids, visitor_token
from conversations.domain.agent_link import AgentLink
from conversations.domain.connection import Connection
from conversations.domain.conversation import GREETING_SEQ, Conversation, ConversationStatus
from conversations.domain.errors import ConnectionGoneError
from conversations.domain.jobs import GreetJob, WelcomeJob
from conversations.domain.principal import visitor_principal
from conversations.domain.secrets import hash_secret
from conversations.ports.clock import Clock
from conversations.ports.conversations import VisitorTokenStore
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import TurnStore
from conversations.ports.websocket import ConnectionStore
from conversations.services.agent_replays import AgentReplayService
from conversations.services.fan_out import FanOut
from conversations.services.statuses import build_status_frame


@dataclass(frozen=True, slots=True)
class WelcomeService:
    """Sends the first frames to new connections."""

    turns: TurnStore
    visitors: VisitorTokenStore
    connections: ConnectionStore
    replays: AgentReplayService
    fan_out: FanOut
    queue: TurnQueue
    now: Clock

    def welcome(self, job: WelcomeJob) -> None:
        """Send ``connected`` to a new connection, or what has happened to its conversation since ``$connect``.

        While a connection opens, it cannot receive what is sent to all connections of its owner. So the conversation
        is read again after ``connected``, and the connection receives what has changed.

        Raises
        ------
        UnavailableError
            If a service does not respond.
        """
        if job.agent:
            self._welcome_agent(job)
            return
        conversation = self._load(job)
        owner = job.owner or (None if conversation is None else conversation.owner)
        if owner is None:
            return
        if self._has_access(conversation, owner):
            self._connect(conversation, owner, job)
            sent, conversation = conversation, self._load(job)
            # safeguard: welcome-current
            if self._has_access(conversation, owner) and conversation.status is sent.status:
                return
        self._send_change(conversation, owner, job)

    def _load(self, job: WelcomeJob) -> Conversation | None:
        dialog = self.turns.load(job.conversation_id)
        return None if dialog is None else dialog.conversation

    def _has_access(self, conversation: Conversation | None, owner: str) -> TypeGuard[Conversation]:
        # safeguard: welcome-owner
        return conversation is not None and not conversation.is_gone(self.now()) and conversation.owner == owner

    def _welcome_agent(self, job: WelcomeJob) -> None:
        """Send a new connection in the format of AG-UI its visitor's token, and the answer that it resumes.

        An answer that is not stored yet is sent by its turn. A change of the conversation is reported by the replay.
        """
        connection = None if job.owner is None else self.connections.get(job.owner, job.connection_id)
        if connection is None or connection.agent is None:
            return
        conversation = self._load(job)
        if self._has_access(conversation, connection.owner) and conversation.anonymous:
            self._queue_greeting(conversation)
            connected = Chunk(build_session(self._build_connected(conversation, job)))
            self.fan_out.send_to_opening_connection(connection.owner, connection.connection_id, [connected])
        self._resume_run(connection, connection.agent)

    def _resume_run(self, connection: Connection, agent: AgentLink) -> None:
        """Let a connection receive the events of the run that it resumes, now that it is open.

        The first event is sent before the turn can send others: clients leave a run that has none for 2 seconds.
        """
        followed = agent.followed
        if followed is None:
            return
        if followed.sender == "welcome":
            position = followed.position
            if position == NOTHING:
                started = build_started_chunk(followed.run)
                self.fan_out.send_to_opening_connection(connection.owner, connection.connection_id, [started])
                position = STARTED
            open_run = replace(followed, position=position, sender=None)
            with suppress(ConnectionGoneError):
                self.connections.follow_run(connection.owner, connection.connection_id, open_run)
                self.replays.replay(replace(connection, agent=replace(agent, followed=open_run)))
        elif followed.sender == "replay":
            # An earlier delivery of this job has sent some of it.
            self.fan_out.close(connection.owner, connection.connection_id)

    def _queue_greeting(self, conversation: Conversation) -> None:
        """Queue the greeting as a separate job, so that a bot that fails to greet does not delay ``connected``."""
        if conversation.is_pending(GREETING_SEQ):
            self.queue.put(GreetJob(conversation_id=conversation.id), waits=conversation.waits)

    def _build_connected(self, conversation: Conversation, job: WelcomeJob) -> ConnectedFrame:
        token = expires_in = None
        if conversation.expires_at is not None:
            # Created here and not at $connect, so that only its hash is ever stored.
            token = visitor_token.make(conversation.id)
            # safeguard: token-hashed
            self.visitors.add_token(conversation.id, hash_secret(token), current_hash=job.token_hash)
            expires_in = int((conversation.expires_at - self.now()).total_seconds())
        return ConnectedFrame.from_conversation(conversation, session_token=token, expires_in=expires_in)

    def _connect(self, conversation: Conversation, owner: str, job: WelcomeJob) -> None:
        # The greeting is queued before the client can send a message, and runs after this job. In the queue of turns
        # that wait it would not be behind this job, and might come before ``connected``, which is the first frame.
        # safeguard: welcome-before-greeting
        if not conversation.waits:
            self._queue_greeting(conversation)
        frames: list[ServerFrame] = [self._build_connected(conversation, job)]
        if conversation.status is ConversationStatus.ARCHIVED:
            frames.append(ArchivedFrame.from_id(conversation.id))
        self.fan_out.send_to_opening_connection(owner, job.connection_id, frames)
        if conversation.waits:
            self._queue_greeting(conversation)

    def _send_change(self, conversation: Conversation | None, owner: str, job: WelcomeJob) -> None:
        """Send the connection its conversation's status, or the reason why the connection has none any more."""
        session_id = ids.format_session_id(job.conversation_id)
        if owner != visitor_principal(job.conversation_id).owner:
            frame = build_status_frame(job.conversation_id, conversation)
            self.fan_out.send_to_opening_connection(owner, job.connection_id, [frame])
        elif conversation is None or conversation.owner == owner:
            self.fan_out.send_to_opening_connection(owner, job.connection_id, [ExpiredFrame(session_id=session_id)])
        else:
            self.fan_out.send_to_opening_connection(owner, job.connection_id, [ClaimedFrame(session_id=session_id)])
            self.fan_out.close(owner, job.connection_id)

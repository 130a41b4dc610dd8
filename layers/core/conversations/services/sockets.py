"""Opening and closing WebSocket connections."""

from contextlib import AbstractContextManager
from dataclasses import replace

from conversations.data_classes import dataclass
from conversations.domain.agent_link import AgentLink
from conversations.domain.authorization import require_access, require_bot, require_visitor_bot
from conversations.domain.bot import Bot
from conversations.domain.connection import Connection
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ConflictError, ForbiddenError, NotFoundError
from conversations.domain.jobs import WelcomeJob
from conversations.domain.limits import ACTIONS, Policy
from conversations.domain.principal import Principal
from conversations.domain.timestamps import add_seconds
from conversations.ports.bots import BotCatalogue
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.counting import CountedRequest, count_request
from conversations.ports.limits import RateLimiter
from conversations.ports.queues import ExpiryQueue, TurnQueue
from conversations.ports.websocket import ConnectionStore
from conversations.services.conversations import new_conversation
from conversations.services.expiry import schedule_expiry_check
from conversations.services.fan_out import FanOut

SOCKET_LIFETIME_SECONDS = 2 * 60 * 60
"""API Gateway closes every connection after two hours (AWS quota, not adjustable)."""

MAX_CONNECTIONS = 20
"""Connections of one owner: every frame of an answer is sent to each. No person has as many devices and tabs in use."""


@dataclass(frozen=True, slots=True)
class SocketService:
    """Handles ``$connect`` and ``$disconnect``.

    Attributes
    ----------
    visitor_bots
        The bots that anonymous visitors may choose beside the default one.
    """

    conversations: ConversationStore
    connections: ConnectionStore
    bots: BotCatalogue
    queue: TurnQueue
    expiries: ExpiryQueue
    fan_out: FanOut
    limiter: RateLimiter
    connect_policy: Policy
    default_bot_id: str
    visitor_bots: frozenset[str]
    now: Clock

    def connect(  # noqa: PLR0913 - the parts of one handshake
        self,
        principal: Principal,
        connection_id: str,
        *,
        bot_id: str | None,
        conversation_id: str | None,
        address: str,
        streams: bool = False,
        suggestions_in_messages: bool = False,
    ) -> Conversation:
        """Store a new connection with its default conversation, and queue its first frame.

        A new visitor gets a new conversation. A user gets the requested conversation, otherwise the most recent one
        with the bot, otherwise a new one. If the owner has more than ``MAX_CONNECTIONS``, the oldest is closed.

        Parameters
        ----------
        principal
            The owner of the connection.
        connection_id
            API Gateway's id of the connection.
        bot_id
            The bot, None for the default one.
        conversation_id
            Bare id of a conversation, None for the most recent one with the bot.
        address
            The client's IPv4 address or IPv6 network; anonymous connections have a rate limit per address, others one
            per user.
        streams, suggestions_in_messages
            What the connection has asked for, as in ``Connection``.

        Raises
        ------
        RateLimitedError
            If the address opens too many anonymous connections, or the user too many connections.
        NotFoundError
            If the bot or the conversation does not exist.
        ForbiddenError
            If the caller has no access to the conversation or the bot; visitors have access to their own conversation,
            to the default bot and to ``visitor_bots`` only.
        UnavailableError
            If a service does not respond.
        """
        if principal.anonymous:
            self._require_own_conversation(principal, bot_id, conversation_id)
        with self._count(principal, address):
            conversation = (
                self._open_for_visitor(principal, bot_id)
                if principal.anonymous
                else self._open_for_user(principal, bot_id=bot_id, conversation_id=conversation_id)
            )
        connection = replace(
            self._new_connection(principal, connection_id, conversation.id),
            streams=streams,
            suggestions_in_messages=suggestions_in_messages,
        )
        self._store(principal, connection, conversation.id)
        return conversation

    def connect_agent(self, principal: Principal, connection_id: str, agent: AgentLink, *, address: str) -> None:
        """Store a new connection in the format of AG-UI.

        A new visitor gets a new conversation, as in ``connect``. The conversations of a user are named by the threads
        of the runs. If the connection resumes a run, or is a visitor's, a job sends its first frames.

        Parameters
        ----------
        principal
            The owner of the connection.
        connection_id
            API Gateway's id of the connection.
        agent
            The bot, and the run that it resumes.
        address
            As in ``connect``.

        Raises
        ------
        RateLimitedError, NotFoundError, ForbiddenError, UnavailableError
            As ``connect`` does.
        """
        if principal.anonymous:
            self._require_own_conversation(principal, agent.bot_id, None)
        with self._count(principal, address):
            if principal.anonymous:
                self._open_for_visitor(principal, agent.bot_id)
            else:
                require_bot(self.bots.get(agent.bot_id), principal)
        connection = self._new_connection(principal, connection_id, principal.conversation_id)
        resumed_id = None if agent.followed is None else agent.followed.run.conversation_id
        self._store(principal, replace(connection, agent=agent), principal.conversation_id or resumed_id)

    def _count(self, principal: Principal, address: str) -> AbstractContextManager[CountedRequest]:
        policy, caller = ACTIONS, principal.owner
        if principal.anonymous:
            policy, caller = self.connect_policy, address
        return count_request(self.limiter, policy, caller, self.now)

    def _store(self, principal: Principal, connection: Connection, welcomed_id: str | None) -> None:
        """Store a connection, and queue its first frames if they are about a conversation."""
        self.connections.add(connection)
        # safeguard: connections-bounded
        self.fan_out.close_oldest(principal.owner, keep=MAX_CONNECTIONS)
        if welcomed_id is not None:
            # A connection cannot be written to before $connect has returned, so a queued job sends the first frame.
            self.queue.put(
                WelcomeJob(
                    conversation_id=welcomed_id,
                    connection_id=connection.connection_id,
                    owner=principal.owner,
                    token_hash=principal.token_hash,
                    agent=None if connection.agent is None else True,
                ),
                # No bot runs: the first frame of a connection that opens in mid-answer is not behind that answer.
                waits=False,
            )

    def disconnect(self, principal: Principal, connection_id: str) -> None:
        """Remove a connection."""
        self.connections.remove(principal.owner, connection_id)

    def get_default_conversation_id(self, principal: Principal, connection_id: str) -> str:
        """Return the bare id of the connection's default conversation.

        Raises
        ------
        NotFoundError
            If the connection is not stored any more.
        """
        if principal.conversation_id is not None:
            return principal.conversation_id
        connection = self.connections.get(principal.owner, connection_id)
        if connection is None or connection.conversation_id is None:
            raise NotFoundError("This connection has no conversation. Connect again.")
        return connection.conversation_id

    def _new_connection(self, principal: Principal, connection_id: str, conversation_id: str | None) -> Connection:
        opened_at = self.now()
        closed_at = add_seconds(opened_at, SOCKET_LIFETIME_SECONDS)
        return Connection(
            owner=principal.owner,
            connection_id=connection_id,
            conversation_id=conversation_id,
            opened_at=opened_at,
            # safeguard: connection-expires
            expires_at=min(closed_at, principal.expires_at or closed_at),
        )

    def _require_own_conversation(self, principal: Principal, bot_id: str | None, conversation_id: str | None) -> None:
        """Refuse what a visitor may not ask for, before anything is counted or read."""
        # safeguard: connect-visitor-session
        if conversation_id not in (None, principal.conversation_id):
            raise ForbiddenError("You do not have access to this conversation.")
        require_visitor_bot(bot_id, self.visitor_bots | {self.default_bot_id})

    def _open_for_visitor(self, principal: Principal, bot_id: str | None) -> Conversation:
        if principal.token_hash is not None:
            return self._return_to(principal, principal.conversation_id or "")
        bot = self.bots.get(bot_id or self.default_bot_id)
        require_bot(bot, principal)
        conversation = new_conversation(principal, bot, self.now())
        # Before the conversation is stored, so that none is without an expiry check.
        # safeguard: expiry-scheduled
        schedule_expiry_check(self.expiries, conversation, self.now())
        try:
            self.conversations.create(conversation)
        except ConflictError:
            return require_access(self.conversations.get(conversation.id), principal, self.now())
        return conversation

    def _open_for_user(self, principal: Principal, *, bot_id: str | None, conversation_id: str | None) -> Conversation:
        if conversation_id is None:
            bot = self.bots.get(bot_id or self.default_bot_id)
            require_bot(bot, principal)
            return self._find_active(principal, bot) or self.conversations.open_or_create(
                new_conversation(principal, bot, self.now())
            )
        return self._return_to(principal, conversation_id)

    def _return_to(self, principal: Principal, conversation_id: str) -> Conversation:
        """Return a conversation of the caller whose bot the caller may still talk to."""
        conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
        require_bot(self.bots.get(conversation.bot_id), principal)
        return conversation

    def _find_active(self, principal: Principal, bot: Bot) -> Conversation | None:
        """Return the user's most recently used conversation with the bot, None if none is found or it is not active."""
        conversation_id = self.conversations.get_newest_active_id(principal.owner, bot.id)
        conversation = None if conversation_id is None else self.conversations.get(conversation_id)
        # The list is eventually consistent.
        # safeguard: connect-active
        return conversation if conversation is not None and conversation.accepts_messages else None

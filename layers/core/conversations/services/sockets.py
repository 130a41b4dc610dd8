"""Opening and closing sockets."""

import secrets
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from conversations.domain.authorization import require_access, require_bot
from conversations.domain.connection import Connection
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ConflictError, ForbiddenError, NotFoundError
from conversations.domain.jobs import WelcomeJob
from conversations.domain.limits import Policy
from conversations.domain.principal import Principal
from conversations.domain.timestamps import add_seconds
from conversations.ports.bots import BotCatalogue
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.limits import RateLimiter
from conversations.ports.queues import ExpiryQueue, TurnQueue
from conversations.ports.websocket import ConnectionStore
from conversations.services.conversations import new_conversation
from conversations.services.expiry import schedule_expiry_check

SOCKET_LIFETIME_SECONDS = 2 * 60 * 60
"""API Gateway closes every socket after two hours (its quota, not raisable)."""

TOKEN_BYTES = 32
"""Randomness of a visitor's token: 256 bits."""


@dataclass(frozen=True, slots=True)
class SocketService:
    """What happens at ``$connect`` and ``$disconnect``."""

    conversations: ConversationStore
    connections: ConnectionStore
    bots: BotCatalogue
    queue: TurnQueue
    expiries: ExpiryQueue
    limiter: RateLimiter
    connect_policy: Policy
    default_bot_id: str
    now: Clock

    def connect(
        self,
        principal: Principal,
        connection_id: str,
        *,
        bot_id: str | None,
        session_id: str | None,
        address: str,
    ) -> Conversation:
        """Give a new socket its conversation and queue its welcome.

        A visitor has one conversation, which begins here. A user gets the one that is named; else the one last used
        with the bot; else a new one.

        Parameters
        ----------
        principal
            Who opens the socket.
        connection_id
            API Gateway's id of it.
        bot_id
            Which bot, None for the default one.
        session_id
            Bare id of a user's conversation, None for the one last used with the bot.
        address
            Where the socket comes from; anonymous ones are limited by it.

        Raises
        ------
        RateLimitedError
            If too many anonymous sockets come from the address.
        NotFoundError
            If there is no such bot or conversation.
        ForbiddenError
            If the conversation is somebody else's, or the bot not for the caller; visitors have the default bot only.
        UnavailableError
            If something we need does not answer.
        """
        if principal.anonymous:
            self.limiter.acquire(self.connect_policy, get_network(address), self.now())
        conversation = (
            self._of_visitor(principal, bot_id)
            if principal.anonymous
            else self._of_user(principal, bot_id=bot_id, session_id=session_id)
        )
        opened_at = self.now()
        closed_at = add_seconds(opened_at, SOCKET_LIFETIME_SECONDS)
        self.connections.add(
            Connection(
                owner=principal.owner,
                connection_id=connection_id,
                session_id=conversation.id,
                opened_at=opened_at,
                expires_at=min(closed_at, principal.expires_at or closed_at),
            )
        )
        # A socket cannot be written to before $connect has ended, so the welcome comes from the queue.
        self.queue.put(
            WelcomeJob(session_id=conversation.id, connection_id=connection_id, token_hash=principal.token_hash)
        )
        return conversation

    def disconnect(self, principal: Principal, connection_id: str) -> None:
        """Forget a socket."""
        self.connections.remove(principal.owner, connection_id)

    def get_default_conversation_id(self, principal: Principal, connection_id: str) -> str:
        """Return the bare id of the conversation the socket was opened for.

        Raises
        ------
        NotFoundError
            If the socket is not known any more.
        """
        if principal.session_id is not None:
            return principal.session_id
        connection = self.connections.get(principal.owner, connection_id)
        if connection is None:
            raise NotFoundError("This socket has no conversation. Connect again.")
        return connection.session_id

    def _of_visitor(self, principal: Principal, bot_id: str | None) -> Conversation:
        if bot_id not in (None, self.default_bot_id):
            raise ForbiddenError("Visitors talk to the default bot only.")
        bot = self.bots.get(self.default_bot_id)
        require_bot(bot, principal)
        if principal.token_hash is not None:
            return require_access(self.conversations.get(principal.session_id or ""), principal, self.now())
        conversation = new_conversation(principal, bot, self.now())
        # First, so that there is no conversation whose end nobody looks for.
        schedule_expiry_check(self.expiries, conversation, self.now())
        try:
            self.conversations.create(conversation)
        except ConflictError:
            return require_access(self.conversations.get(conversation.id), principal, self.now())
        return conversation

    def _of_user(self, principal: Principal, *, bot_id: str | None, session_id: str | None) -> Conversation:
        if session_id is None:
            bot = self.bots.get(bot_id or self.default_bot_id)
            require_bot(bot, principal)
            session_id = self.conversations.get_newest_active_id(principal.owner, bot.id)
            if session_id is None:
                conversation = new_conversation(principal, bot, self.now())
                self.conversations.create(conversation)
                return conversation
        conversation = require_access(self.conversations.get(session_id), principal, self.now())
        require_bot(self.bots.get(conversation.bot_id), principal)
        return conversation


def get_network(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 network of an IPv6 one, which one host has whole.

    Raises
    ------
    ValueError
        If it is no address.
    """
    parsed = ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))  # noqa: PLR2004 - IPv4


def new_visitor_token(session_id: str) -> str:
    """Return a token that only this session knows: its bare id and 256 random bits."""
    return f"{session_id}.{secrets.token_urlsafe(TOKEN_BYTES)}"

"""From credentials to a principal."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain.errors import InvalidRequestError, UnauthorizedError
from conversations.domain.principal import Principal, visitor_principal
from conversations.domain.secrets import hash_secret
from conversations.ports.clock import Clock
from conversations.ports.conversations import VisitorTokenStore
from conversations.ports.identity import TicketStore, TokenVerifier

_SUBPROTOCOL = "bearer"


@dataclass(frozen=True, slots=True)
class IdentityService:
    """Says who is calling, or that nobody is. The stores are loaded only when one is needed."""

    tokens: TokenVerifier
    visitors: Callable[[], VisitorTokenStore]
    tickets: Callable[[], TicketStore]
    now: Clock

    def authenticate_request(self, authorization: str | None) -> Principal:
        """Return the user of a REST request.

        Raises
        ------
        UnauthorizedError
            If the header is not ``Bearer`` and a good token.
        """
        token = _bearer_token(authorization)
        if token is None:
            raise UnauthorizedError("A bearer token is required.")
        return self.tokens.verify(token)

    def authenticate_socket(
        self,
        *,
        ticket: str | None,
        authorization: str | None,
        subprotocols: str | None,
        session_token: str | None,
    ) -> Principal:
        """Return who opens a socket; somebody without credentials is a new visitor.

        Parameters
        ----------
        ticket
            What ``POST /api/tickets`` gave; it is used up by this.
        authorization
            The ``Authorization`` header.
        subprotocols
            The ``Sec-WebSocket-Protocol`` header; ``bearer, <token>`` is how a browser sends a token.
        session_token
            What a returning visitor was given.

        Raises
        ------
        UnauthorizedError
            If there is a credential and it is bad.
        """
        if ticket is not None:
            return self._of_ticket(ticket)
        token = _bearer_token(authorization) if authorization else _subprotocol_token(subprotocols)
        if token is not None:
            return self.tokens.verify(token)
        if session_token is not None:
            return self._returning(session_token)
        return visitor_principal(ids.new_session_id(self.now()))

    def _of_ticket(self, ticket: str) -> Principal:
        principal = self.tickets().redeem(hash_secret(ticket), self.now())
        if principal is None:
            raise UnauthorizedError("The ticket opens nothing.")
        principal.require_valid(self.now())
        return principal

    def _returning(self, session_token: str) -> Principal:
        session_id = session_token.partition(".")[0]
        try:
            ids.parse_session_id(ids.format_session_id(session_id))
        except InvalidRequestError:
            raise UnauthorizedError("The session token is not one.") from None
        token_hash = hash_secret(session_token)
        if not self.visitors().is_token_valid(session_id, token_hash, self.now()):
            raise UnauthorizedError("The session token opens nothing.")
        return visitor_principal(session_id, token_hash)


def _bearer_token(authorization: str | None) -> str | None:
    """Return the token of ``Bearer <token>`` (RFC 6750, 2.1), None if there is no header.

    Raises
    ------
    UnauthorizedError
        If the header has another scheme or no token.
    """
    if not authorization:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthorizedError("Only bearer tokens are understood.")
    return token.strip()


def _subprotocol_token(subprotocols: str | None) -> str | None:
    """Return the token of the pair ``bearer, <token>``, None if ``bearer`` is not offered."""
    offered = [offer.strip() for offer in (subprotocols or "").split(",")]
    if _SUBPROTOCOL not in offered:
        return None
    place = offered.index(_SUBPROTOCOL) + 1
    if place >= len(offered) or not offered[place]:
        raise UnauthorizedError("The bearer subprotocol comes with no token.")
    return offered[place]

"""Authentication: from credentials to a principal."""

from collections.abc import Callable

from conversations.data_classes import dataclass
from conversations.domain import ids, visitor_token
from conversations.domain.connection import BEARER_SUBPROTOCOL, SESSION_SUBPROTOCOL
from conversations.domain.errors import InvalidRequestError, UnauthorizedError
from conversations.domain.principal import Principal, visitor_principal
from conversations.domain.secrets import hash_secret, is_ticket
from conversations.ports.clock import Clock
from conversations.ports.conversations import VisitorTokenStore
from conversations.ports.identity import TicketStore, TokenVerifier


@dataclass(frozen=True, slots=True)
class IdentityService:
    """Authenticates requests and connections. Each store is created only if it is needed."""

    tokens: TokenVerifier
    visitors: Callable[[], VisitorTokenStore]
    tickets: Callable[[], TicketStore]
    now: Clock

    def authenticate_request(self, authorization: str | None) -> Principal:
        """Return the user of a REST request.

        Raises
        ------
        UnauthorizedError
            If the header is not ``Bearer`` and a valid token.
        """
        token = _parse_bearer_token(authorization)
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
        """Return the principal that opens a connection; without credentials that is a new visitor.

        Parameters
        ----------
        ticket
            A ticket from ``POST /api/tickets``; it is consumed.
        authorization
            The ``Authorization`` header.
        subprotocols
            The ``Sec-WebSocket-Protocol`` header; a browser sends its token as ``bearer, <token>``, and a reconnecting
            visitor the visitor token as ``session_token, <token>``.
        session_token
            The visitor token of a reconnecting visitor that does not send it as a subprotocol.

        Raises
        ------
        UnauthorizedError
            If a credential is present and invalid.
        """
        if ticket is not None:
            return self._redeem_ticket(ticket)
        token = (
            _parse_bearer_token(authorization)
            if authorization
            else _parse_subprotocol(subprotocols, BEARER_SUBPROTOCOL)
        )
        if token is not None:
            return self.tokens.verify(token)
        offered_token = _parse_subprotocol(subprotocols, SESSION_SUBPROTOCOL)
        visitor = session_token if offered_token is None else offered_token
        if visitor is not None:
            return self._authenticate_visitor(visitor)
        return visitor_principal(ids.new_conversation_id(self.now()))

    def _redeem_ticket(self, ticket: str) -> Principal:
        # A client without a ticket must not cost a write.
        # safeguard: ticket-form
        principal = self.tickets().redeem(hash_secret(ticket), self.now()) if is_ticket(ticket) else None
        if principal is None:
            raise UnauthorizedError("The ticket is invalid, used or expired.")
        principal.require_valid(self.now())
        return principal

    def _authenticate_visitor(self, session_token: str) -> Principal:
        try:
            conversation_id = visitor_token.parse(session_token)
        except InvalidRequestError as error:
            raise UnauthorizedError(str(error)) from None
        token_hash = hash_secret(session_token)
        if not self.visitors().is_token_valid(conversation_id, token_hash, self.now()):
            raise UnauthorizedError("The session_token is invalid or expired.")
        return visitor_principal(conversation_id, token_hash)


def _parse_bearer_token(authorization: str | None) -> str | None:
    """Return the token of ``Bearer <token>`` (RFC 6750, 2.1), None if the header is missing.

    Raises
    ------
    UnauthorizedError
        If the header has another scheme or no token.
    """
    if not authorization:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthorizedError("The Authorization header must be a bearer token.")
    return token.strip()


def _parse_subprotocol(subprotocols: str | None, name: str) -> str | None:
    """Return the credential that follows a subprotocol, None if no subprotocol begins with its name.

    Raises
    ------
    UnauthorizedError
        If one begins with the name and no credential follows it as the next subprotocol: its client must not become an
        anonymous visitor unnoticed.
    """
    offered = [offer.strip() for offer in (subprotocols or "").split(",")]
    index = next((place for place, offer in enumerate(offered) if offer.lower().startswith(name)), None)
    if index is None:
        return None
    if offered[index].lower() != name or index + 1 == len(offered) or not offered[index + 1]:
        raise UnauthorizedError(f"The subprotocol {name} must be followed by a token.")
    return offered[index + 1]

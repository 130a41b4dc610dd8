"""Verification of tokens and tickets."""

from datetime import datetime
from typing import Protocol

from conversations.domain.principal import Principal


class TicketStore(Protocol):
    """One-use tickets for opening a WebSocket; only hashes are stored."""

    def issue(self, ticket_hash: str, principal: Principal, expires_at: datetime) -> None:
        """Store a ticket that opens one connection as ``principal``."""
        ...

    def redeem(self, ticket_hash: str, now: datetime) -> Principal | None:
        """Consume a ticket atomically and return its principal. Return None if it is unknown, used or expired."""
        ...


class TokenVerifier(Protocol):
    """Verifies access tokens."""

    def verify(self, token: str) -> Principal:
        """Return the user that a token was issued to.

        Raises
        ------
        UnauthorizedError
            If the token is invalid, now and later.
        UnavailableError
            If the issuer's keys cannot be fetched, or if the token may become valid.
        """
        ...

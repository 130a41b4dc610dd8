"""Tokens and tickets."""

from datetime import datetime
from typing import Protocol

from conversations.domain.principal import Principal


class TicketStore(Protocol):
    """One-use tickets for opening a socket; only hashes are kept."""

    def issue(self, ticket_hash: str, principal: Principal, expires_at: datetime) -> None:
        """Let the bearer of the ticket open one socket as ``principal``."""
        ...

    def redeem(self, ticket_hash: str, now: datetime) -> Principal | None:
        """Return whose ticket it is and make it useless, in one step; None if it is unknown, used or too old."""
        ...


class TokenVerifier(Protocol):
    """Whoever can tell a good token from a bad one."""

    def verify(self, token: str) -> Principal:
        """Return the user of a token.

        Raises
        ------
        UnauthorizedError
            If it does not verify.
        UnavailableError
            If the issuer's keys cannot be had.
        """
        ...

"""One-use tickets: how a browser opens a socket without showing its token to an address bar or a log."""

import secrets
from dataclasses import dataclass

from conversations.domain.moments import after_seconds
from conversations.domain.ports import Clock, TicketStore
from conversations.domain.principal import Principal
from conversations.domain.secrets import TICKET_SECONDS, hash_of

_TICKET_BYTES = 32


@dataclass(frozen=True, slots=True)
class TicketService:
    """Issues tickets."""

    store: TicketStore
    now: Clock

    def issue(self, principal: Principal) -> str:
        """Return a new ticket of the caller; only its hash is kept.

        Raises
        ------
        UnavailableError
            If it could not be stored.
        """
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        self.store.issue(hash_of(ticket), principal, after_seconds(self.now(), TICKET_SECONDS))
        return ticket

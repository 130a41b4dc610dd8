"""One-use tickets: how a browser opens a socket without showing its token to an address bar or a log."""

import secrets
from dataclasses import dataclass

from conversations.domain.principal import Principal
from conversations.domain.secrets import TICKET_LIFETIME_SECONDS, hash_secret
from conversations.domain.timestamps import add_seconds
from conversations.ports.clock import Clock
from conversations.ports.identity import TicketStore

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
        self.store.issue(hash_secret(ticket), principal, add_seconds(self.now(), TICKET_LIFETIME_SECONDS))
        return ticket

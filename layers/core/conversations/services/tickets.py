"""One-time tickets: a browser opens a WebSocket without its token appearing in an address bar or a log."""

from conversations.data_classes import dataclass
from conversations.domain.principal import Principal
from conversations.domain.secrets import TICKET_LIFETIME_SECONDS, hash_secret, make_ticket
from conversations.domain.timestamps import add_seconds
from conversations.ports.clock import Clock
from conversations.ports.identity import TicketStore


@dataclass(frozen=True, slots=True)
class TicketService:
    """Issues tickets."""

    store: TicketStore
    now: Clock

    def issue(self, principal: Principal) -> str:
        """Return a new ticket for the caller. Only its hash is stored.

        Raises
        ------
        UnavailableError
            If it could not be stored.
        """
        ticket = make_ticket()
        self.store.issue(hash_secret(ticket), principal, add_seconds(self.now(), TICKET_LIFETIME_SECONDS))
        return ticket

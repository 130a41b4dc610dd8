"""``POST /api/tickets``: create a ticket for opening a WebSocket from a browser."""

from conversations.bootstrap.stores import rate_limiter
from conversations.bootstrap.tickets import ticket_service
from conversations.config import settings
from conversations.contract.operations import CREATE_TICKET
from conversations.contract.requests import EmptyRequest
from conversations.contract.responses import Ticket
from conversations.domain.secrets import TICKET_LIFETIME_SECONDS
from conversations.entrypoints import rest


def create_ticket(call: rest.Call[EmptyRequest]) -> Ticket:
    """Return a ticket of the caller. It opens one connection, once, within a minute."""
    ticket = ticket_service().issue(call.principal)
    return Ticket(ticket=ticket, expires_in=TICKET_LIFETIME_SECONDS, ws_url=settings().websocket_url)


handler = rest.handler(CREATE_TICKET, create_ticket, rate_limiter)

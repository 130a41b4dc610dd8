"""``POST /api/tickets``: a ticket for opening a socket from a browser."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.config import settings
from conversations.contract.rest_schemas import EmptyRequest, Ticket
from conversations.domain.secrets import TICKET_LIFETIME_SECONDS
from conversations.entrypoints import rest

app = rest.resolver()


@app.post("/tickets")
def create_ticket() -> Response[str]:
    """Issue a ticket to the caller: good once, for a minute."""
    rest.optional_body(app, EmptyRequest)
    ticket = bootstrap.ticket_service().issue(rest.caller(app))
    return rest.ok(app, Ticket(ticket=ticket, expires_in=TICKET_LIFETIME_SECONDS, ws_url=settings().websocket_url))


handler = rest.entry_point(app)

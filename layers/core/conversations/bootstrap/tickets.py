"""The store and the use case of tickets."""

from conversations.adapters.dynamodb.ticket_store import DynamoDBTicketStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.tickets import TicketService


@once
def ticket_store() -> DynamoDBTicketStore:
    """Return the store of tickets."""
    return DynamoDBTicketStore(dynamodb(), settings().tickets_table)


@once
def ticket_service() -> TicketService:
    """Return the use case of tickets."""
    return TicketService(store=ticket_store(), now=timestamps.now)

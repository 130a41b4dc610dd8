"""The store and the use case of tickets."""

from functools import cache

from conversations.adapters.dynamodb.ticket_store import DynamoDBTicketStore
from conversations.bootstrap.clients import dynamodb
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.tickets import TicketService


@cache
def ticket_store() -> DynamoDBTicketStore:
    """Return the store of tickets."""
    return DynamoDBTicketStore(dynamodb(), settings().tickets_table)


@cache
def ticket_service() -> TicketService:
    """Return the use case of tickets."""
    return TicketService(store=ticket_store(), now=timestamps.now)

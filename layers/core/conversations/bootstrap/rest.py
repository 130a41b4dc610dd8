"""The use cases of REST."""

from functools import cache

from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.queues import turn_queue
from conversations.bootstrap.stores import bot_catalogue, conversation_store, message_store, ticket_store
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.conversations import ConversationService
from conversations.services.export import ExportService
from conversations.services.messages import HistoryService, MessageService
from conversations.services.tickets import TicketService


@cache
def conversation_service() -> ConversationService:
    """Return the use cases of conversations."""
    return ConversationService(
        store=conversation_store(),
        bots=bot_catalogue(),
        queue=turn_queue(),
        default_bot_id=settings().default_bot_id,
        now=timestamps.now,
    )


@cache
def message_service() -> MessageService:
    """Return the use case of sending messages."""
    return MessageService(messages=message_store(), bots=bot_catalogue(), queue=turn_queue(), now=timestamps.now)


@cache
def history_service() -> HistoryService:
    """Return the use case of reading messages."""
    return HistoryService(conversations=conversation_store(), messages=message_store(), now=timestamps.now)


@cache
def ticket_service() -> TicketService:
    """Return the use case of tickets."""
    return TicketService(store=ticket_store(), now=timestamps.now)


@cache
def export_service() -> ExportService:
    """Return the use case of the export."""
    memories = DynamoDBMemoryStore(dynamodb(), settings().bot_data_table)
    return ExportService(conversations=conversation_store(), messages=message_store(), memories=memories)

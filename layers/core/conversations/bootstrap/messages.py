"""The use cases of messages."""

from functools import cache

from conversations.bootstrap.queues import turn_queue
from conversations.bootstrap.stores import bot_catalogue, conversation_store, message_store
from conversations.domain import timestamps
from conversations.services.messages import HistoryService, MessageService


@cache
def message_service() -> MessageService:
    """Return the use case of sending messages."""
    return MessageService(messages=message_store(), bots=bot_catalogue(), queue=turn_queue(), now=timestamps.now)


@cache
def history_service() -> HistoryService:
    """Return the use case of reading messages."""
    return HistoryService(conversations=conversation_store(), messages=message_store(), now=timestamps.now)

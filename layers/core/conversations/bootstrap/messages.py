"""The use cases of messages."""

from conversations.bootstrap.once import once
from conversations.bootstrap.queues import turn_queue
from conversations.bootstrap.stores import bot_catalogue, conversation_store, message_store
from conversations.bootstrap.uploads import upload_service
from conversations.domain import timestamps
from conversations.services.messages import HistoryService, MessageService


@once
def message_service() -> MessageService:
    """Return the use case of sending messages."""
    return MessageService(
        messages=message_store(),
        bots=bot_catalogue(),
        queue=turn_queue(),
        uploads=upload_service(),
        now=timestamps.now,
    )


@once
def history_service() -> HistoryService:
    """Return the use case of reading messages."""
    return HistoryService(conversations=conversation_store(), messages=message_store(), now=timestamps.now)

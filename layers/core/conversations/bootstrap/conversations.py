"""The use cases of conversations."""

from conversations.bootstrap.once import once
from conversations.bootstrap.queues import turn_queue
from conversations.bootstrap.stores import bot_catalogue, conversation_store
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.conversations import ConversationService


@once
def conversation_service() -> ConversationService:
    """Return the use cases of conversations."""
    return ConversationService(
        store=conversation_store(),
        bots=bot_catalogue(),
        queue=turn_queue(),
        default_bot_id=settings().default_bot_id,
        now=timestamps.now,
    )

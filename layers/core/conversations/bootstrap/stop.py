"""The use case of stopping an answer."""

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import conversation_store
from conversations.domain import timestamps
from conversations.services.stop import StopService


@once
def stop_service() -> StopService:
    """Return the use case of stopping an answer."""
    return StopService(conversations=conversation_store(), connections=connection_store(), now=timestamps.now)

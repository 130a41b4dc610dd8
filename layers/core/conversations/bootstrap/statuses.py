"""The use case of archiving and reopening conversations."""

from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import conversation_store
from conversations.domain import timestamps
from conversations.services.statuses import StatusService


@once
def status_service() -> StatusService:
    """Return the use case of archiving and reopening conversations."""
    return StatusService(conversations=conversation_store(), fan_out=fan_out(), now=timestamps.now)

"""The use case of archiving and reopening conversations."""

from functools import cache

from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.stores import conversation_store
from conversations.domain import timestamps
from conversations.services.statuses import StatusService


@cache
def status_service() -> StatusService:
    """Return the use case of archiving and reopening conversations."""
    return StatusService(conversations=conversation_store(), fan_out=fan_out(), now=timestamps.now)

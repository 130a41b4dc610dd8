"""The broadcast to all connections of an owner."""

import time

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.gateway import announcing_gateway, gateway
from conversations.bootstrap.once import once
from conversations.domain import timestamps
from conversations.services.fan_out import FanOut


@once
def fan_out() -> FanOut:
    """Return the broadcast to all connections of an owner."""
    return FanOut(connections=connection_store(), gateway=gateway(), now=timestamps.now, pause=time.sleep)


@once
def announcements() -> FanOut:
    """Return the broadcast of what is sent before the bot runs."""
    return FanOut(connections=connection_store(), gateway=announcing_gateway(), now=timestamps.now, pause=time.sleep)

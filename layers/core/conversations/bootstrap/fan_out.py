"""The broadcast to all connections of an owner."""

import time
from functools import cache

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.gateway import announcing_gateway, gateway
from conversations.domain import timestamps
from conversations.services.fan_out import FanOut


@cache
def fan_out() -> FanOut:
    """Return the broadcast to all connections of an owner."""
    return FanOut(connections=connection_store(), gateway=gateway(), now=timestamps.now, pause=time.sleep)


@cache
def announcements() -> FanOut:
    """Return the broadcast of what is sent before the bot runs."""
    return FanOut(connections=connection_store(), gateway=announcing_gateway(), now=timestamps.now, pause=time.sleep)

"""The broadcast to all connections of an owner."""

import time

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.gateway import announcing_gateway, gateway
from conversations.bootstrap.once import once
from conversations.domain import timestamps
from conversations.ports.websocket import Gateway
from conversations.services.fan_out import FanOut


@once
def fan_out() -> FanOut:
    """Return the broadcast to all connections of an owner."""
    return _build(gateway())


@once
def announcements() -> FanOut:
    """Return the broadcast of what is sent before the bot runs."""
    return _build(announcing_gateway())


def _build(way: Gateway) -> FanOut:
    return FanOut(
        connections=connection_store(),
        gateway=way,
        get_closer=announcing_gateway,
        now=timestamps.now,
        pause=time.sleep,
    )

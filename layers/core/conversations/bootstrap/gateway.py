"""The way to open connections. Routes that only reply need nothing else, so this module imports nothing else."""

from functools import cache

from conversations.adapters.websocket import ApiGatewayConnections
from conversations.bootstrap import clients


@cache
def gateway() -> ApiGatewayConnections:
    """Return the way to open connections."""
    return ApiGatewayConnections(clients.connections())

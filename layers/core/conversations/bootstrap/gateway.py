"""The way to open connections. Routes that only reply need nothing else, so this module imports nothing else."""

from functools import cache

import boto3

from conversations.adapters.websocket import CLIENT_CONFIG, ApiGatewayConnections
from conversations.config import settings


@cache
def gateway() -> ApiGatewayConnections:
    """Return the way to open connections."""
    endpoint = settings().websocket_endpoint
    return ApiGatewayConnections(boto3.client("apigatewaymanagementapi", endpoint_url=endpoint, config=CLIENT_CONFIG))

"""The way to open connections. Routes that only reply need nothing else, so this module imports nothing else."""

import boto3
from botocore.config import Config

from conversations.adapters.websocket import ANNOUNCING_CONFIG, CLIENT_CONFIG, ApiGatewayConnections
from conversations.bootstrap.once import once
from conversations.config import settings


@once
def gateway() -> ApiGatewayConnections:
    """Return the way to open connections."""
    return _build_gateway(CLIENT_CONFIG)


@once
def announcing_gateway() -> ApiGatewayConnections:
    """Return the way to open connections, with one try: for what must not take long."""
    return _build_gateway(ANNOUNCING_CONFIG)


def _build_gateway(config: Config) -> ApiGatewayConnections:
    endpoint = settings().websocket_endpoint
    return ApiGatewayConnections(boto3.client("apigatewaymanagementapi", config=config, endpoint_url=endpoint))

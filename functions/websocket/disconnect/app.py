"""``$disconnect`` of ``/ws``: remove a connection. API Gateway calls it on a best-effort basis."""

from typing import Any

from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.websocket import socket_service
from conversations.domain.principal import Principal
from conversations.entrypoints import websocket


def disconnect(principal: Principal, event: dict[str, Any]) -> None:
    """Remove the connection."""
    socket_service().disconnect(principal, event["requestContext"]["connectionId"])


handler = websocket.disconnect_handler(disconnect, gateway)

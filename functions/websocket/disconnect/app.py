"""``$disconnect`` of ``/ws``: forget the socket. API Gateway calls it when it can, not always."""

from typing import Any

from conversations import bootstrap
from conversations.domain.principal import Principal
from conversations.entrypoints import websocket


def disconnect(principal: Principal, event: dict[str, Any]) -> None:
    """Forget the socket."""
    bootstrap.socket_service().disconnect(principal, event["requestContext"]["connectionId"])


handler = websocket.disconnect_handler(disconnect, bootstrap.gateway)

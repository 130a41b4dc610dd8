"""``$connect`` of ``/ws``: give the socket its conversation."""

from typing import Any

from conversations import bootstrap
from conversations.contract.rest_schemas import ConnectQuery
from conversations.domain import ids
from conversations.domain.principal import Principal
from conversations.entrypoints import websocket


def connect(principal: Principal, event: dict[str, Any]) -> None:
    """Remember the socket and queue its welcome."""
    query = websocket.parse_query(event, ConnectQuery)
    bootstrap.socket_service().connect(
        principal,
        event["requestContext"]["connectionId"],
        bot_id=query.bot_id,
        session_id=None if query.session_id is None else ids.parse_session_id(query.session_id),
        address=event["requestContext"]["identity"]["sourceIp"],
    )


handler = websocket.connect_handler(connect, bootstrap.gateway)

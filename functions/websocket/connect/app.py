"""``$connect`` of ``/ws``: open a connection."""

from typing import Any

from conversations.bootstrap.agent_sockets import agent_run_lookup
from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.websocket import socket_service
from conversations.config import connect_settings, settings
from conversations.contract.requests import ConnectQuery
from conversations.domain import ids
from conversations.domain.principal import Principal
from conversations.entrypoints import origins, websocket
from conversations.entrypoints.addresses import read_address
from conversations.entrypoints.client_input import parse_query


def connect(principal: Principal, event: dict[str, Any]) -> None:
    """Store the connection and queue its welcome."""
    origins.require_allowed_origin(event, principal, settings().list_allowed_origins())
    query = parse_query(event, ConnectQuery)
    connection_id = event["requestContext"]["connectionId"]
    address = read_address(event, connect_settings().distribution_secret)
    if query.format is not None:
        bot_id = query.bot_id or settings().default_bot_id
        agent = agent_run_lookup().follow(principal, bot_id, query.run_id, query.offset)
        socket_service().connect_agent(principal, connection_id, agent, address=address)
        return
    socket_service().connect(
        principal,
        connection_id,
        bot_id=query.bot_id,
        conversation_id=None if query.session_id is None else ids.parse_conversation_id(query.session_id),
        address=address,
        streams=query.stream is not None,
        suggestions_in_messages=query.suggestions is not None,
    )


handler = websocket.connect_handler(connect, gateway)

"""``$default`` of ``/ws``: begin a run on a connection in the format of AG-UI, or refuse a frame of an unknown type."""

from contextlib import suppress
from typing import Any

from conversations.bootstrap.agent_sockets import agent_socket_service
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.ag_ui.requests import RunAgentInput
from conversations.contract.client_frames import UNKNOWN, UnknownFrame
from conversations.contract.server_frames import Frame
from conversations.domain import limits, timestamps
from conversations.domain.connection import Connection
from conversations.domain.errors import ConversationsError
from conversations.domain.principal import Principal
from conversations.entrypoints import callers, websocket
from conversations.entrypoints.agent_errors import build_error_chunk
from conversations.entrypoints.client_input import validate
from conversations.ports.counting import count_request


def default(call: websocket.Call[UnknownFrame]) -> None:
    """Begin a run: AG-UI's input of one has no ``type``, so no other route can be selected for it."""
    connection = _find_connection(call.principal, call.connection_id)
    if connection is None or connection.agent is None:
        raise websocket.build_unknown_type_error()
    run = validate(call.frame.model_dump(), RunAgentInput, "frame")
    with count_request(rate_limiter(), limits.MESSAGES, call.principal.owner, timestamps.now) as counted:
        sent = run.to_agent_input(connection.agent.bot_id)
        begun = agent_socket_service().run(call.principal, connection, run, sent)
        if begun is not None:
            counted.refund_retry(begun.sent_at)


def describe_error(event: dict[str, Any], error: Exception) -> Frame:
    """Report an error in the format of the connection; in that of this API if the connection cannot be read."""
    with suppress(ConversationsError):
        principal = callers.principal_from_context(event)
        connection = _find_connection(principal, event["requestContext"]["connectionId"])
        if connection is not None and connection.agent is not None:
            return build_error_chunk(event, error)
    return websocket.build_error_frame(event, error)


def _find_connection(principal: Principal, connection_id: str) -> Connection | None:
    return connection_store().get(principal.owner, connection_id)


handler = websocket.frame_handler(UNKNOWN, default, gateway, describe_error=describe_error)

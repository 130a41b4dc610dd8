"""``stop`` on ``/ws``: end an answer that the bot is generating."""

from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.stop import stop_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.client_frames import STOP, StopFrame
from conversations.contract.server_frames import IdleFrame, StoppingFrame
from conversations.domain import ids
from conversations.entrypoints import websocket


def stop(call: websocket.Call[StopFrame]) -> StoppingFrame | IdleFrame:
    """Request that the answer ends, and report whether there is one."""
    message_id = None if call.frame.id is None else ids.parse_message_id(call.frame.id, field="id")
    conversation_id = ids.parse_conversation_id(call.frame.session_id)
    return stop_service().stop(call.principal, conversation_id, message_id)


handler = websocket.frame_handler(STOP, stop, gateway, rate_limiter)

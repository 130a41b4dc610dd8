"""``resume`` on ``/ws``: send the messages that a client missed while it was disconnected."""

from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.stores import rate_limiter
from conversations.bootstrap.websocket import resume_service
from conversations.contract.client_frames import RESUME, ResumeFrame
from conversations.contract.server_frames import ResumedFrame
from conversations.domain import ids
from conversations.entrypoints import websocket


def resume(call: websocket.Call[ResumeFrame]) -> ResumedFrame:
    """Send the missed messages, and then report that these were all."""
    conversation_id = ids.parse_conversation_id(call.frame.session_id)
    return resume_service().resume(
        call.principal, call.connection_id, conversation_id=conversation_id, after=call.frame.after
    )


handler = websocket.frame_handler(RESUME, resume, gateway, rate_limiter)

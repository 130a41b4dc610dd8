"""``message`` on ``/ws``: send a message, and run the bot if it uses no service."""

from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.socket_messages import socket_message_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.client_frames import SEND_MESSAGE, ClientMessageFrame
from conversations.contract.server_frames import DeliveredFrame, ServerFrame
from conversations.domain import ids
from conversations.entrypoints import websocket


def message(call: websocket.Call[ClientMessageFrame]) -> ServerFrame:
    """Store the message, let the bot answer or queue it for the bot, and acknowledge it; then deliver the answer."""
    reference = call.frame.session_id
    conversation_id = None if reference is None else ids.parse_conversation_id(reference)
    reply = socket_message_service().send(call.principal, call.connection_id, conversation_id, call.frame.to_draft())
    if reply.deliver is not None:
        call.after_reply.callback(reply.deliver)
    if call.counted is not None and isinstance(reply.frame, DeliveredFrame):
        call.counted.refund_retry(reply.frame.timestamp)
    return reply.frame


handler = websocket.frame_handler(SEND_MESSAGE, message, gateway, rate_limiter)

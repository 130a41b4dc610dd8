"""``rate`` on ``/ws``: rate a message of the bot."""

from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.ratings import rating_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.client_frames import RATE, RateFrame
from conversations.domain import ids
from conversations.entrypoints import websocket


def rate(call: websocket.Call[RateFrame]) -> None:
    """Store the rating, and notify all devices, this one included."""
    message_id = ids.parse_message_id(call.frame.id, field="id")
    conversation_id = ids.parse_conversation_id(call.frame.session_id)
    rating_service().rate(call.principal, conversation_id, message_id, call.frame.rating)


handler = websocket.frame_handler(RATE, rate, gateway, rate_limiter)

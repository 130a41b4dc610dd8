"""``message`` on ``/ws``: say something."""

from conversations import bootstrap
from conversations.contract.client_frames import ClientMessageFrame
from conversations.contract.server_frames import ClaimedFrame, DeliveredFrame, ExpiredFrame
from conversations.domain import ids, limits, timestamps
from conversations.domain.errors import ForbiddenError, NotFoundError
from conversations.entrypoints import websocket


def message(call: websocket.Call[ClientMessageFrame]) -> DeliveredFrame | ExpiredFrame | ClaimedFrame:
    """Store the message, queue it for the bot, and acknowledge it."""
    bootstrap.rate_limiter().acquire(limits.MESSAGES, call.principal.owner, timestamps.now())
    named = call.frame.session_id
    session_id = (
        bootstrap.socket_service().get_default_conversation_id(call.principal, call.connection_id)
        if named is None
        else ids.parse_session_id(named)
    )
    try:
        stored = bootstrap.message_service().send(
            call.principal, session_id, call.frame.draft(), connection_id=call.connection_id
        )
    except (NotFoundError, ForbiddenError) as error:
        if session_id != call.principal.session_id:
            raise
        # A visitor is their session: it is either over, or a user's by now.
        ended = ExpiredFrame if isinstance(error, NotFoundError) else ClaimedFrame
        return ended(session_id=ids.format_session_id(session_id))
    return DeliveredFrame.of(stored)


handler = websocket.frame_handler(ClientMessageFrame, message, bootstrap.gateway)

"""``message`` on ``/ws``: say something."""

from conversations import bootstrap
from conversations.api import socket
from conversations.api.frames import ClientMessageFrame
from conversations.domain import ids, limits, moments
from conversations.domain.errors import ForbiddenError, NotFoundError
from conversations.domain.frames import ClaimedFrame, DeliveredFrame, ExpiredFrame


def message(call: socket.Call[ClientMessageFrame]) -> DeliveredFrame | ExpiredFrame | ClaimedFrame:
    """Store the message, queue it for the bot, and acknowledge it."""
    bootstrap.limiter().admit(limits.MESSAGES, call.principal.owner, moments.now())
    named = call.frame.session_id
    session_id = (
        bootstrap.socket_service().own_session(call.principal, call.connection_id)
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
        return ended(session_id=ids.public_session_id(session_id))
    return DeliveredFrame.of(stored)


handler = socket.frames(ClientMessageFrame, message, bootstrap.gateway)

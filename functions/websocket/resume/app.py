"""``resume`` on ``/ws``: send again what was missed."""

from conversations import bootstrap
from conversations.api import socket
from conversations.api.frames import ResumeFrame
from conversations.domain import ids, limits, moments
from conversations.domain.frames import ResumedFrame


def resume(call: socket.Call[ResumeFrame]) -> ResumedFrame:
    """Write what was missed to the socket, and say that this was all; it counts as a reading of history."""
    bootstrap.limiter().admit(limits.HISTORY, call.principal.owner, moments.now())
    return bootstrap.resume_service().resume(
        call.principal,
        call.connection_id,
        session_id=ids.parse_session_id(call.frame.session_id),
        after=call.frame.after,
    )


handler = socket.frames(ResumeFrame, resume, bootstrap.gateway)

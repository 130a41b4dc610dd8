"""``resume`` on ``/ws``: send again what was missed."""

from conversations import bootstrap
from conversations.contract.client_frames import ResumeFrame
from conversations.contract.server_frames import ResumedFrame
from conversations.domain import ids, limits, timestamps
from conversations.entrypoints import websocket


def resume(call: websocket.Call[ResumeFrame]) -> ResumedFrame:
    """Write what was missed to the socket, and say that this was all; it counts as a reading of history."""
    bootstrap.rate_limiter().acquire(limits.HISTORY, call.principal.owner, timestamps.now())
    return bootstrap.resume_service().resume(
        call.principal,
        call.connection_id,
        session_id=ids.parse_session_id(call.frame.session_id),
        after=call.frame.after,
    )


handler = websocket.frame_handler(ResumeFrame, resume, bootstrap.gateway)

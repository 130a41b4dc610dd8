"""Frames of this API that concern a connection in the format of AG-UI, as chunks of that format."""

from conversations.contract.ag_ui.chunks import Chunk
from conversations.contract.ag_ui.events import build_error
from conversations.contract.server_frames import ClaimedFrame, DeletedFrame, ErrorFrame, ExpiredFrame, ServerFrame
from conversations.domain import errors, ids
from conversations.domain.agent_link import AgentLink


def translate_frame(agent: AgentLink, frame: ServerFrame) -> Chunk | None:
    """Return the chunk that reports what a frame reports; None if it does not concern the connection's run.

    The answers of runs are sent as chunks of their own.
    """
    match frame:
        case ErrorFrame(message_id=None):
            return _build_error(agent, frame.error, frame.message)
        case DeletedFrame() if _follows(agent, frame.session_id):
            return _build_error(agent, errors.NotFoundError.code, "The conversation has been deleted.")
        case ExpiredFrame():
            return _build_error(agent, errors.NotFoundError.code, "The conversation has expired.")
        case ClaimedFrame():
            return _build_error(agent, errors.ForbiddenError.code, "The conversation belongs to a user now.")
        case _:
            return None


def _follows(agent: AgentLink, session_id: str) -> bool:
    return agent.followed is not None and ids.format_session_id(agent.followed.run.conversation_id) == session_id


def _build_error(agent: AgentLink, code: str, message: str) -> Chunk:
    return Chunk(build_error(code, message, None if agent.followed is None else agent.followed.run.run_id))

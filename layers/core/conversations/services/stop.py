"""Stopping an answer that is being generated: a request that the running turn reads (``services/answer_stream.py``)."""

from conversations.contract.server_frames import IdleFrame, StoppingFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.agent_link import RunReference
from conversations.domain.answer_control import SIGNAL_LIFETIME, StopRequest
from conversations.domain.authorization import require_access
from conversations.domain.conversation import GREETING_SEQ, Conversation
from conversations.domain.principal import Principal
from conversations.domain.turn import get_turn_id
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.websocket import ConnectionStore


@dataclass(frozen=True, slots=True)
class StopService:
    """Requests that answers end."""

    conversations: ConversationStore
    connections: ConnectionStore
    now: Clock

    def stop(self, principal: Principal, conversation_id: str, message_id: str | None) -> StoppingFrame | IdleFrame:
        """Request that the answer in progress ends, and return the frame that reports whether there is one.

        A turn that has just ended, or that does not generate its answer in pieces, ignores the request.

        Parameters
        ----------
        principal
            The caller.
        conversation_id
            Bare id of the conversation.
        message_id
            Bare id of the bot's message to stop; None for whichever is being generated.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        UnavailableError
            If a service does not respond; a retry is safe.
        """
        # safeguard: stop-owner
        conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
        session_id = ids.format_session_id(conversation_id)
        if not conversation.is_answering:
            return IdleFrame(session_id=session_id)
        answered_id = conversation.answering_message_id
        # Messages of an answer are later than the message that they answer.
        if message_id is not None and answered_id is not None and message_id < answered_id:
            return IdleFrame(session_id=session_id)
        self._request(conversation, get_turn_id(conversation_id, answered_id), message_id)
        return StoppingFrame(
            session_id=session_id, id=None if message_id is None else ids.format_message_id(message_id)
        )

    def stop_run(self, principal: Principal, run: RunReference) -> None:
        """Request that the answer to a run ends, also if its turn has not begun; do nothing if it has ended.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        UnavailableError
            If a service does not respond; a retry is safe.
        """
        conversation = require_access(self.conversations.get(run.conversation_id), principal, self.now())
        if conversation.is_pending(GREETING_SEQ if run.message_id is None else ids.get_seq(run.message_id)):
            self._request(conversation, run.turn_id, None)

    def _request(self, conversation: Conversation, turn_id: str, message_id: str | None) -> None:
        request = StopRequest(turn_id, message_id, self.now() + SIGNAL_LIFETIME)
        # safeguard: stop-stored
        self.connections.add_stop_request(conversation.owner, request)

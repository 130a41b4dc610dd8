"""Coming back after a cut: everything that was said meanwhile, once, in order."""

from dataclasses import dataclass

from conversations.contract.server_frames import MessageFrame, ResumedFrame
from conversations.domain import ids
from conversations.domain.authorization import require_access
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.messages import MessageStore
from conversations.services.fan_out import FanOut

MAX_REPLAYED_MESSAGES = 100
"""How many messages are sent again at most (contract, section 3)."""


@dataclass(frozen=True, slots=True)
class ResumeService:
    """Sends again what a socket has missed."""

    conversations: ConversationStore
    messages: MessageStore
    fan_out: FanOut
    now: Clock

    def resume(self, principal: Principal, connection_id: str, *, session_id: str, after: str | None) -> ResumedFrame:
        """Write every message behind ``after`` to the socket, and return what to close with.

        The socket is told of new messages since its ``$connect``, so what is stored before this reads is read, and what
        is stored later comes by itself: nothing falls between. What comes both ways has the same id.

        Parameters
        ----------
        principal
            Who asks.
        connection_id
            The socket.
        session_id
            Bare id of the conversation.
        after
            Public id of the last message the client has; None if it has none.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        InvalidRequestError
            If ``after`` is no message id.
        ConnectionGoneError
            If the socket is closed meanwhile.
        UnavailableError
            If something does not answer; the client asks again.
        """
        first = ids.FIRST_ID if after is None else ids.get_next_id(ids.parse_message_id(after, field="after"))
        conversation = require_access(self.conversations.get(session_id), principal, self.now())
        missed = self.messages.get_page(
            conversation, first=first, last=ids.LAST_ID, newest=True, limit=MAX_REPLAYED_MESSAGES
        )
        self.fan_out.send_to_connection(connection_id, [MessageFrame.of(message) for message in missed.items])
        return ResumedFrame(
            session_id=ids.format_session_id(session_id),
            last_seq=max([conversation.last_seq, *(message.seq for message in missed.items)]),
            limited=True if missed.has_more else None,
        )

"""Reconnect: replays the messages a client missed while it was disconnected, once and in order."""

from collections.abc import Sequence

from conversations.contract.server_frames import MessageFrame, ResumedFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.authorization import require_access
from conversations.domain.conversation import Conversation
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.messages import MessageStore
from conversations.services.fan_out import FanOut

MAX_REPLAYED_MESSAGES = 100
"""How many messages are replayed at most (contract, section 3)."""


@dataclass(frozen=True, slots=True)
class ResumeService:
    """Replays missed messages to a connection."""

    conversations: ConversationStore
    messages: MessageStore
    fan_out: FanOut
    now: Clock

    def resume(
        self, principal: Principal, connection_id: str, *, conversation_id: str, after: str | None
    ) -> ResumedFrame:
        """Send all messages after ``after`` to the connection, and return the frame that ends the replay.

        The connection receives new messages since its ``$connect``, so every message is either replayed or broadcast.
        A message that arrives both ways has the same id.

        Parameters
        ----------
        principal
            The caller.
        connection_id
            The connection.
        conversation_id
            Bare id of the conversation.
        after
            Public id of the last message the client has; None if it has none.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        InvalidRequestError
            If ``after`` is not a message id.
        ConnectionGoneError
            If the connection has closed meanwhile.
        UnavailableError
            If a service does not respond; the client retries.
        """
        # safeguard: resume-after
        first = ids.FIRST_ID if after is None else ids.get_next_id(ids.parse_message_id(after, field="after"))
        # safeguard: resume-owner
        conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
        # safeguard: resume-newest
        missed = self.messages.read_messages(
            conversation, first=first, last=ids.LAST_ID, newest=True, limit=MAX_REPLAYED_MESSAGES
        )
        if conversation.anonymous:
            # A claim moves the messages: what was read may be incomplete.
            # safeguard: resume-claimed
            require_access(self.conversations.get(conversation_id), principal, self.now())
        self.fan_out.send_to_connection(connection_id, [MessageFrame.from_message(message) for message in missed.items])
        return ResumedFrame(
            session_id=ids.format_session_id(conversation_id),
            last_seq=max([conversation.last_seq, *(message.seq for message in missed.items)]),
            # safeguard: resume-limited
            limited=True if missed.has_more else None,
            answering=True if _is_answering(conversation, missed.items) else None,
        )


def _is_answering(conversation: Conversation, missed: Sequence[Message]) -> bool:
    """Return whether a message waits for an answer that was not stored between the two reads either."""
    answered = {message.answers for message in missed}
    return any(ids.get_seq(message_id) not in answered for message_id in conversation.pending_message_ids)

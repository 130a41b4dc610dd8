"""Sending messages that arrive over a WebSocket connection."""

from collections.abc import Callable

from conversations.contract.server_frames import ClaimedFrame, DeliveredFrame, ExpiredFrame, ServerFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.errors import ForbiddenError, NotFoundError
from conversations.domain.message import Draft
from conversations.domain.principal import Principal
from conversations.services.sending_messages import MessageSender
from conversations.services.sockets import SocketService


@dataclass(frozen=True, slots=True)
class SocketReply:
    """The frame that answers a ``message`` frame, and what is sent after it: see ``SentMessage.deliver``."""

    frame: ServerFrame
    deliver: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class SocketMessageService:
    """Sends messages that arrive over WebSocket."""

    sockets: SocketService
    sender: MessageSender

    def send(self, principal: Principal, connection_id: str, conversation_id: str | None, draft: Draft) -> SocketReply:
        """Send a message, and return the frame that acknowledges it.

        A visitor has only one conversation. If it is gone, the frame reports whether it has expired or been claimed.

        Parameters
        ----------
        principal
            The caller.
        connection_id
            The connection it came from.
        conversation_id
            Bare id of the conversation, None for the connection's default conversation.
        draft
            The message.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation, or may no longer talk to its bot.
        ConflictError, UnavailableError
            As ``MessageService.send`` does.
        """
        target_id = conversation_id
        if target_id is None:
            target_id = self.sockets.get_default_conversation_id(principal, connection_id)
        try:
            sent = self.sender.send(principal, target_id, draft, connection_id=connection_id)
        except (NotFoundError, ForbiddenError) as error:
            if target_id != principal.conversation_id:
                raise
            return SocketReply(build_end_frame(target_id, error))
        return SocketReply(DeliveredFrame.from_message(sent.message), sent.deliver)


def build_end_frame(conversation_id: str, error: NotFoundError | ForbiddenError) -> ServerFrame:
    """Build the frame that says to a visitor why the visitor's own conversation refuses a frame."""
    frame = ExpiredFrame if isinstance(error, NotFoundError) else ClaimedFrame
    return frame(session_id=ids.format_session_id(conversation_id))

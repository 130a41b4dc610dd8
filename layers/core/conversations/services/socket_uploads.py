"""Uploads that are begun over a WebSocket connection."""

from conversations.contract.client_frames import ClientUploadFrame
from conversations.contract.server_frames import ServerFrame, UploadFrame
from conversations.data_classes import dataclass
from conversations.domain.errors import ForbiddenError, NotFoundError
from conversations.domain.principal import Principal
from conversations.services.socket_messages import build_end_frame
from conversations.services.sockets import SocketService
from conversations.services.uploads import UploadService


@dataclass(frozen=True, slots=True)
class SocketUploadService:
    """Begins uploads for clients of a WebSocket."""

    sockets: SocketService
    uploads: UploadService

    def start(
        self, principal: Principal, connection_id: str, conversation_id: str | None, frame: ClientUploadFrame
    ) -> ServerFrame:
        """Return the frame with the form of an upload.

        A visitor has only one conversation. If it is gone, the frame reports whether it has expired or been claimed.

        Parameters
        ----------
        principal
            The caller.
        connection_id
            The connection that asks.
        conversation_id
            Bare id of the conversation, None for the connection's default conversation.
        frame
            The file.

        Raises
        ------
        NotFoundError, ForbiddenError, ConflictError, DailyLimitError, UnavailableError
            As ``UploadService.start`` does.
        """
        target_id = conversation_id or self.sockets.get_default_conversation_id(principal, connection_id)
        try:
            started = self.uploads.start(principal, target_id, frame.name, frame.content_type, frame.size)
        except (NotFoundError, ForbiddenError) as error:
            if target_id != principal.conversation_id:
                raise
            return build_end_frame(target_id, error)
        return UploadFrame.from_upload(started, frame.client_upload_id)

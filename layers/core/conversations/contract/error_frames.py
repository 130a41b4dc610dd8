"""Errors on a WebSocket: ``error`` frames with the codes of the problems over REST."""

from conversations.contract.problems import get_client_detail, get_error_type, get_retry_after
from conversations.contract.server_frames import ErrorFrame


def build_error_frame(
    error: Exception,
    *,
    session_id: str | None = None,
    client_message_id: str | None = None,
    client_upload_id: str | None = None,
) -> ErrorFrame:
    """Build the frame that reports the error on a WebSocket."""
    return ErrorFrame(
        error=get_error_type(error).code,
        message=get_client_detail(error),
        session_id=session_id,
        client_message_id=client_message_id,
        client_upload_id=client_upload_id,
        retry_after=get_retry_after(error),
    )

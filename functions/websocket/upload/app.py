"""``upload`` on ``/ws``: begin to upload a file."""

from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.stores import rate_limiter
from conversations.bootstrap.websocket import socket_upload_service
from conversations.contract.client_frames import UPLOAD, ClientUploadFrame
from conversations.contract.server_frames import ServerFrame
from conversations.domain import ids
from conversations.entrypoints import websocket


def upload(call: websocket.Call[ClientUploadFrame]) -> ServerFrame:
    """Sign a form for one file of a conversation of the caller."""
    reference = call.frame.session_id
    conversation_id = None if reference is None else ids.parse_conversation_id(reference)
    return socket_upload_service().start(call.principal, call.connection_id, conversation_id, call.frame)


handler = websocket.frame_handler(UPLOAD, upload, gateway, rate_limiter)

"""``$default`` of ``/ws``: refuse a frame of an unknown type."""

from conversations.bootstrap.gateway import gateway
from conversations.contract.client_frames import UNKNOWN, UnknownFrame
from conversations.contract.server_frames import ServerFrame
from conversations.entrypoints import websocket


def default(_call: websocket.Call[UnknownFrame]) -> ServerFrame:
    """Refuse the frame and list the known types."""
    raise websocket.build_unknown_type_error()


handler = websocket.frame_handler(UNKNOWN, default, gateway)

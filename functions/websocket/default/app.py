"""``$default`` on ``/ws``: every frame that is none of ours."""

from conversations import bootstrap
from conversations.contract.client_frames import UnknownFrame
from conversations.contract.server_frames import ServerFrame
from conversations.entrypoints import websocket


def default(_call: websocket.Call[UnknownFrame]) -> ServerFrame:
    """Say what would have been understood."""
    raise websocket.build_unknown_type_error()


handler = websocket.frame_handler(UnknownFrame, default, bootstrap.gateway)

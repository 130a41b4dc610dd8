"""``ping`` on ``/ws``: keeps a socket past API Gateway's ten minutes of idleness."""

from conversations import bootstrap
from conversations.contract.client_frames import PingFrame
from conversations.contract.server_frames import PongFrame
from conversations.entrypoints import websocket


def ping(_call: websocket.Call[PingFrame]) -> PongFrame:
    """Answer."""
    return PongFrame()


handler = websocket.frame_handler(PingFrame, ping, bootstrap.gateway)

"""``ping`` on ``/ws``: keep a connection open past API Gateway's idle timeout of ten minutes."""

from conversations.bootstrap.gateway import gateway
from conversations.contract.client_frames import PING, PingFrame
from conversations.contract.server_frames import PongFrame
from conversations.entrypoints import websocket


def ping(_call: websocket.Call[PingFrame]) -> PongFrame:
    """Answer."""
    return PongFrame()


handler = websocket.frame_handler(PING, ping, gateway)

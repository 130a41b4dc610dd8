"""``ping`` on ``/ws``: keeps a socket past API Gateway's ten minutes of idleness."""

from conversations import bootstrap
from conversations.api import socket
from conversations.api.frames import PingFrame
from conversations.domain.frames import PongFrame


def ping(_call: socket.Call[PingFrame]) -> PongFrame:
    """Answer."""
    return PongFrame()


handler = socket.frames(PingFrame, ping, bootstrap.gateway)

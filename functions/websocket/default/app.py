"""``$default`` on ``/ws``: every frame that is none of ours."""

from conversations import bootstrap
from conversations.api import socket
from conversations.api.frames import UnknownFrame
from conversations.domain.frames import ServerFrame


def default(_call: socket.Call[UnknownFrame]) -> ServerFrame:
    """Say what would have been understood."""
    raise socket.unknown_type()


handler = socket.frames(UnknownFrame, default, bootstrap.gateway)

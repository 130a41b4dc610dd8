"""``$default`` on ``/ws``: every frame that is none of ours."""

from conversations import bootstrap
from conversations.api import socket
from conversations.api.frames import UnknownFrame
from conversations.domain.errors import InvalidRequestError
from conversations.domain.frames import ServerFrame


def default(_call: socket.Call[UnknownFrame]) -> ServerFrame:
    """Say what would have been understood."""
    raise InvalidRequestError("type must be one of: message, ping.", field="type")


handler = socket.frames(UnknownFrame, default, bootstrap.gateway)

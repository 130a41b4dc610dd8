"""The use case of sending messages over a connection."""

from conversations.bootstrap.once import once
from conversations.bootstrap.sending_messages import message_sender
from conversations.bootstrap.websocket import socket_service
from conversations.services.socket_messages import SocketMessageService


@once
def socket_message_service() -> SocketMessageService:
    """Return the use case of sending messages over a connection."""
    return SocketMessageService(sockets=socket_service(), sender=message_sender())

"""The use cases of the WebSocket routes."""

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.once import once
from conversations.bootstrap.queues import expiry_queue, turn_queue
from conversations.bootstrap.stores import bot_catalogue, conversation_store, message_store, rate_limiter
from conversations.bootstrap.uploads import upload_service
from conversations.config import settings
from conversations.domain import limits, timestamps
from conversations.services.resume import ResumeService
from conversations.services.socket_uploads import SocketUploadService
from conversations.services.sockets import SocketService


@once
def socket_service() -> SocketService:
    """Return the use cases of opening and closing connections."""
    return SocketService(
        conversations=conversation_store(),
        connections=connection_store(),
        bots=bot_catalogue(),
        queue=turn_queue(),
        expiries=expiry_queue(),
        fan_out=fan_out(),
        limiter=rate_limiter(),
        connect_policy=limits.connect_policy(settings().anonymous_connect_limit),
        default_bot_id=settings().default_bot_id,
        visitor_bots=frozenset(settings().list_visitor_bots()),
        now=timestamps.now,
    )


@once
def socket_upload_service() -> SocketUploadService:
    """Return the use case of beginning uploads over a connection."""
    return SocketUploadService(sockets=socket_service(), uploads=upload_service())


@once
def resume_service() -> ResumeService:
    """Return the use case of resuming after a reconnect."""
    return ResumeService(
        conversations=conversation_store(), messages=message_store(), fan_out=fan_out(), now=timestamps.now
    )

"""The use case of checking a handshake."""

from conversations.bootstrap.once import once
from conversations.bootstrap.stores import bot_catalogue, rate_limiter
from conversations.config import settings
from conversations.domain import limits, timestamps
from conversations.services.connection_checks import ConnectionCheckService


@once
def connection_check_service() -> ConnectionCheckService:
    """Return the use case of checking a handshake."""
    return ConnectionCheckService(
        bots=bot_catalogue(),
        limiter=rate_limiter(),
        connect_policy=limits.connect_policy(settings().anonymous_connect_limit),
        default_bot_id=settings().default_bot_id,
        visitor_bots=frozenset(settings().list_visitor_bots()),
        now=timestamps.now,
    )

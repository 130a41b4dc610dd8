"""``GET /api/bots``: list the bots that the caller may talk to."""

from conversations.bootstrap.conversations import conversation_service
from conversations.bootstrap.stores import rate_limiter
from conversations.config import settings
from conversations.contract.base import RequestModel
from conversations.contract.operations import LIST_BOTS
from conversations.contract.responses import BotList
from conversations.entrypoints import rest


def list_bots(call: rest.Call[RequestModel]) -> BotList:
    """Return the bots that the caller may talk to."""
    return BotList.from_bots(conversation_service().list_bots(call.principal), settings().default_bot_id)


handler = rest.handler(LIST_BOTS, list_bots, rate_limiter)

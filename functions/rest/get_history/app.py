"""``GET /api/conversations/{conversation_id}/history``: get the messages of a conversation."""

from conversations.bootstrap.messages import history_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import GET_HISTORY
from conversations.contract.requests import HistoryQuery
from conversations.contract.responses import History
from conversations.entrypoints import rest


def get_history(call: rest.Call[HistoryQuery]) -> History:
    """Return a page of one of the caller's conversations."""
    query = call.input
    page = history_service().page(
        call.principal, call.conversation_id, limit=query.limit, before=query.before, after=query.after
    )
    return History.from_page(page)


handler = rest.handler(GET_HISTORY, get_history, rate_limiter)

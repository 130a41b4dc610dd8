"""``GET /api/conversations``: list the caller's conversations, latest activity first."""

from conversations.bootstrap.conversations import conversation_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import LIST_CONVERSATIONS
from conversations.contract.requests import ListQuery
from conversations.contract.responses import ConversationList
from conversations.entrypoints import cursors, rest


def list_conversations(call: rest.Call[ListQuery]) -> ConversationList:
    """Return a page of the list, and how many conversations match in total."""
    query = call.input
    result = conversation_service().list_by_owner(
        call.principal,
        query.to_filter(),
        limit=query.limit,
        offset=query.offset,
        after=cursors.decode_list_position(query, call.principal),
    )
    page = result.conversations
    next_cursor = (
        cursors.encode_list_position(page.items[-1].position, query, call.principal) if page.has_more else None
    )
    return ConversationList.from_summaries(page.items, result.total, next_cursor)


handler = rest.handler(LIST_CONVERSATIONS, list_conversations, rate_limiter)

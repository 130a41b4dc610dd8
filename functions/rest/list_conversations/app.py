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
        after=cursors.decode_list_cursor(query, call.principal),
    )
    next_cursor = None if result.next is None else cursors.encode_list_cursor(result.next, query, call.principal)
    return ConversationList.from_summaries(result.conversations, result.total, next_cursor)


handler = rest.handler(LIST_CONVERSATIONS, list_conversations, rate_limiter)

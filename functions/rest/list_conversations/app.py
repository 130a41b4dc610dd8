"""``GET /api/conversations``: the caller's conversations, last used first."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import ConversationList, ListQuery
from conversations.domain import limits
from conversations.domain.conversation import ListPosition
from conversations.domain.principal import Principal
from conversations.entrypoints import cursors, rest

app = rest.resolver()


@app.get("/conversations")
def list_conversations() -> Response[str]:
    """Return a page of the list, and how many there are in all."""
    principal = rest.limited(app, limits.LIST, bootstrap.rate_limiter())
    query = rest.query(app, ListQuery)
    listed = bootstrap.conversation_service().list_by_owner(
        principal, query.matching(), limit=query.limit, offset=query.offset, after=_place(principal, query)
    )
    page = listed.conversations
    following = _cursor(principal, query, page.items[-1].position) if page.has_more else None
    return rest.ok(app, ConversationList.of(page.items, listed.total, following))


def _purpose(query: ListQuery) -> str:
    return f"list {query.bot_id or ''} {query.status or ''}"


def _cursor(principal: Principal, query: ListQuery, position: ListPosition) -> str:
    return cursors.encode(position, owner=principal.owner, purpose=_purpose(query))


def _place(principal: Principal, query: ListQuery) -> ListPosition | None:
    if query.cursor is None:
        return None
    parts = cursors.decode(query.cursor, owner=principal.owner, purpose=_purpose(query), length=2)
    return ListPosition(*map(str, parts))


handler = rest.entry_point(app)

"""``GET /api/conversations``: the caller's conversations, last used first."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.api import rest
from conversations.api.schemas import ConversationList, ListQuery

app = rest.resolver()


@app.get("/conversations")
def list_conversations() -> Response[str]:
    """Return a page of the list, and how many there are in all."""
    query = rest.query(app, ListQuery)
    page = bootstrap.conversation_service().list_of(
        rest.caller(app), query.matching(), limit=query.limit, offset=query.offset
    )
    return rest.ok(ConversationList.of(page.conversations, page.total))


handler = rest.entry_point(app)

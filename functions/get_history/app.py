"""``GET /api/conversations/{conversation_id}/history``: read what was said."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.api import rest
from conversations.api.schemas import History, HistoryQuery
from conversations.domain import ids

app = rest.resolver()


@app.get("/conversations/<conversation_id>/history")
def get_history(conversation_id: str) -> Response[str]:
    """Return a page of one of the caller's conversations."""
    query = rest.query(app, HistoryQuery)
    page = bootstrap.history_service().page(
        rest.caller(app),
        ids.parse_session_id(conversation_id, field="conversation_id"),
        limit=query.limit,
        before=query.before,
        after=query.after,
    )
    return rest.ok(History.of(page))


handler = rest.entry_point(app)

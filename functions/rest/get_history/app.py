"""``GET /api/conversations/{conversation_id}/history``: read what was said."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import History, HistoryQuery
from conversations.domain import limits
from conversations.entrypoints import rest

app = rest.resolver()


@app.get(f"/conversations/{rest.ANY_ID}/history")
def get_history() -> Response[str]:
    """Return a page of one of the caller's conversations."""
    principal = rest.limited(app, limits.HISTORY, bootstrap.rate_limiter())
    query = rest.query(app, HistoryQuery)
    page = bootstrap.history_service().page(
        principal,
        rest.conversation_id(app),
        limit=query.limit,
        before=query.before,
        after=query.after,
    )
    return rest.ok(app, History.of(page))


handler = rest.entry_point(app)

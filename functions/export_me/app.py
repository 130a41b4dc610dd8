"""``GET /api/me/export``: everything that is stored about the caller."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.api import cursors, rest
from conversations.api.schemas import Export, ExportQuery
from conversations.domain.conversation import Place, Position
from conversations.domain.principal import Principal

app = rest.resolver()

_PURPOSE = "export"


@app.get("/me/export")
def export_me() -> Response[str]:
    """Return a page of everything."""
    principal = rest.caller(app)
    query = rest.query(app, ExportQuery)
    page = bootstrap.export_service().page(principal, _place(principal, query.cursor))
    following = None if page.next is None else _cursor(principal, page.next)
    return rest.ok(app, Export.of(page.conversation, page.messages, following))


def _cursor(principal: Principal, place: Place) -> str:
    return cursors.encode([*place.position, place.message_id], owner=principal.owner, purpose=_PURPOSE)


def _place(principal: Principal, cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    activity, session_id, message_id = cursors.decode(cursor, owner=principal.owner, purpose=_PURPOSE, length=3)
    return Place(Position(str(activity), str(session_id)), message_id)


handler = rest.entry_point(app)

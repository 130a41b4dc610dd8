"""``GET /api/me/export``: everything that is stored about the caller."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import Export, ExportQuery
from conversations.domain.conversation import ExportCursor, ListPosition
from conversations.domain.memory import MemoryCursor, MemoryKey
from conversations.domain.principal import Principal
from conversations.entrypoints import cursors, rest

app = rest.resolver()

_PURPOSE = "export"
_CONVERSATION, _MEMORY = "conversation", "memory"


@app.get("/me/export")
def export_me() -> Response[str]:
    """Return a page of everything."""
    principal = rest.caller(app)
    query = rest.query(app, ExportQuery)
    page = bootstrap.export_service().page(principal, _place(principal, query.cursor))
    following = None if page.next is None else _cursor(principal, page.next)
    return rest.ok(app, Export.of(page.conversation, page.messages, page.memories, following))


def _cursor(principal: Principal, place: ExportCursor | MemoryCursor) -> str:
    match place:
        case ExportCursor():
            parts = [_CONVERSATION, *place.position, place.message_id]
        case MemoryCursor(after=MemoryKey(bot_id=bot_id, name=name)):
            parts = [_MEMORY, bot_id, name, None]
        case _:
            parts = [_MEMORY, None, None, None]
    return cursors.encode(parts, owner=principal.owner, purpose=_PURPOSE)


def _place(principal: Principal, cursor: str | None) -> ExportCursor | MemoryCursor | None:
    if cursor is None:
        return None
    match cursors.decode(cursor, owner=principal.owner, purpose=_PURPOSE, length=4):
        case [kind, str(activity), str(session_id), message_id] if kind == _CONVERSATION:
            return ExportCursor(ListPosition(activity, session_id), message_id)
        case [_, str(bot_id), str(name), _]:
            return MemoryCursor(MemoryKey(bot_id, name, principal.owner))
        case _:
            return MemoryCursor(None)


handler = rest.entry_point(app)

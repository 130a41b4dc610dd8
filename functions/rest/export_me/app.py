"""``GET /api/me/export``: export everything that is stored about the caller."""

from conversations.bootstrap.export import export_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.me.operations import EXPORT_ME
from conversations.contract.me.requests import ExportQuery
from conversations.contract.me.responses import Export
from conversations.entrypoints import cursors, rest


def export_me(call: rest.Call[ExportQuery]) -> Export:
    """Return a page of the export."""
    page = export_service().page(call.principal, cursors.decode_export_cursor(call.input.cursor, call.principal))
    next_cursor = None if page.next is None else cursors.encode_export_cursor(page.next, call.principal)
    return Export.from_page(page.conversation, page.messages, page.memories, page.files, page.rows, next_cursor)


handler = rest.handler(EXPORT_ME, export_me, rate_limiter)

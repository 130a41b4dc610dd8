"""The query of an export."""

from pydantic import Field

from conversations.contract.base import Cursor, RequestModel


class ExportQuery(RequestModel):
    """Query string of ``GET /me/export``."""

    cursor: Cursor | None = Field(default=None, description="`next_cursor` of the page before")

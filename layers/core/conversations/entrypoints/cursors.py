"""Pagination cursors: opaque positions in a list or in an export.

A cursor carries a checksum over itself, its owner and its purpose, so a cursor that was changed, or that belongs to
another user or to a list with other filters, is refused. The checksum is no signature and protects no secret: only rows
of the caller are looked up with a cursor, regardless of its contents.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from conversations.contract.requests import ListQuery
from conversations.domain import timestamps
from conversations.domain.conversation import LIST_WINDOW, ExportCursor, ListCursor, ListPosition
from conversations.domain.drive import FileCursor
from conversations.domain.errors import InvalidRequestError
from conversations.domain.memory import MemoryCursor, MemoryKey
from conversations.domain.owned_rows import RowCursor, RowKey
from conversations.domain.principal import Principal

_CHECKSUM_BYTES = 9
_EXPORT = "export"
_CONVERSATION, _MEMORY, _FILE, _ROW = "oldest first", "memory", "file", "row"
_NEWEST_FIRST = "conversation"
"""The kind of the cursors of earlier versions, whose export walked in the other direction."""

_UPWARD = "up"


def encode_list_cursor(cursor: ListCursor, query: ListQuery, principal: Principal) -> str:
    """Return the cursor of a position in the caller's list of conversations."""
    parts = [*cursor.position, cursor.since, _UPWARD if cursor.is_upward else None]
    return encode(parts, owner=principal.owner, purpose=_get_list_purpose(query))


def decode_list_cursor(query: ListQuery, principal: Principal) -> ListCursor | None:
    """Return the position of a query's cursor, None if it has no cursor.

    Raises
    ------
    InvalidRequestError
        If the cursor is invalid for this list.
    """
    if query.cursor is None:
        return None
    match decode(query.cursor, owner=principal.owner, purpose=_get_list_purpose(query)):
        case [str(activity), str(conversation_id)] | [str(activity), str(conversation_id), None, _]:
            # Earlier versions: the walk ends at the bottom.
            return ListCursor(_build_position(activity, conversation_id), since=None)
        case [str(activity), str(conversation_id), str(since), direction]:
            _build_position(since, "")
            return ListCursor(_build_position(activity, conversation_id), since, is_upward=direction == _UPWARD)
    raise _build_error()


def encode_export_cursor(cursor: ExportCursor | MemoryCursor | FileCursor | RowCursor, principal: Principal) -> str:
    """Return the cursor of a position in the caller's export."""
    match cursor:
        case ExportCursor():
            parts = [_CONVERSATION, *cursor.position, cursor.message_id]
        case MemoryCursor(after=MemoryKey(bot_id=bot_id, name=name)):
            parts = [_MEMORY, bot_id, name, None]
        case FileCursor(after=after):
            parts = [_FILE, *(after or (None, None)), None]
        case RowCursor(after=RowKey(bot_id=bot_id, table=table, row_id=row_id)):
            parts = [_ROW, bot_id, table, row_id]
        case RowCursor():
            parts = [_ROW, None, None, None]
        case _:
            parts = [_MEMORY, None, None, None]
    return encode(parts, owner=principal.owner, purpose=_EXPORT)


def decode_export_cursor(  # noqa: PLR0911 - one case per kind
    cursor: str | None, principal: Principal
) -> ExportCursor | MemoryCursor | FileCursor | RowCursor | None:
    """Return the position of a cursor in the caller's export, None if there is no cursor.

    Raises
    ------
    InvalidRequestError
        If the cursor is invalid for this export.
    """
    if cursor is None:
        return None
    match decode(cursor, owner=principal.owner, purpose=_EXPORT):
        case [kind, str(activity), str(conversation_id), message_id] if kind == _CONVERSATION:
            return ExportCursor(_build_position(activity, conversation_id), message_id)
        case [kind, str(bot_id), str(name), _] if kind == _MEMORY:
            return MemoryCursor(MemoryKey(bot_id, name, principal.owner))
        case [kind, None, None, None] if kind == _MEMORY:
            return MemoryCursor(None)
        case [kind, str(bot_id), str(path), _] if kind == _FILE:
            return FileCursor((bot_id, path))
        case [kind, None, None, None] if kind == _FILE:
            return FileCursor(None)
        case [kind, str(bot_id), str(table), str(row_id)] if kind == _ROW:
            return RowCursor(RowKey(bot_id, table, row_id))
        case [kind, None, None, None] if kind == _ROW:
            return RowCursor(None)
        case [kind, *_] if kind == _NEWEST_FIRST:
            raise InvalidRequestError("cursor: begin the export again, its order has changed.", field="cursor")
    raise _build_error()


def encode(parts: Sequence[str | None], *, owner: str, purpose: str) -> str:
    """Return a cursor of URL-safe characters.

    Parameters
    ----------
    parts
        The position.
    owner
        ``Principal.owner`` of the caller.
    purpose
        The list that it is a position in, with its filters.
    """
    text = json.dumps(list(parts), separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_compute_checksum(text, owner, purpose) + text).decode().rstrip("=")


def decode(cursor: str, *, owner: str, purpose: str) -> list[str | None]:
    """Return the parts of a cursor.

    Raises
    ------
    InvalidRequestError
        If it was not made for this owner and purpose.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    checksum, text = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
    if not text or checksum != _compute_checksum(text, owner, purpose):
        raise _build_error()
    parts: list[str | None] = json.loads(text)
    return parts


def _build_error() -> InvalidRequestError:
    return InvalidRequestError("Invalid cursor for this list.", field="cursor")


def _build_position(activity: str, conversation_id: str) -> ListPosition:
    """Return a position in a list.

    Raises
    ------
    InvalidRequestError
        If no list begins a window before this time.
    """
    try:
        timestamps.parse_timestamp(activity) - LIST_WINDOW
    except (ValueError, OverflowError):
        raise _build_error() from None
    return ListPosition(activity, conversation_id)


def _get_list_purpose(query: ListQuery) -> str:
    return f"list {query.bot_id or ''} {query.status or ''}"


def _compute_checksum(text: bytes, owner: str, purpose: str) -> bytes:
    return hashlib.sha256(b"\0".join([text, owner.encode(), purpose.encode()])).digest()[:_CHECKSUM_BYTES]

"""The frames of the server: which fields they must have. Unknown fields and frames are ignored."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from general_bots_conversations.models import Attachment, Json, Suggestion, UploadedFile

Frame: TypeAlias = Json

_SESSION = {"session_id": str}
_REQUIRED: Mapping[str, Mapping[str, type]] = {
    "message": _SESSION | {"id": str, "seq": int, "sender": str, "content": str, "timestamp": str},
    "delta": _SESSION | {"id": str, "offset": int, "content": str, "attempt": int},
    "typing": _SESSION,
    "suggestion": _SESSION | {"suggestions": list},
    "error": {"error": str, "message": str},
    "connected": _SESSION | {"bot_id": str, "bot_name": str, "anonymous": bool},
    "delivered": _SESSION | {"message_id": str, "seq": int, "timestamp": str},
    "upload": _SESSION | {"file_id": str, "attachment": dict, "upload": dict},
    "resumed": _SESSION | {"last_seq": int},
    "stopping": _SESSION,
    "stopped": _SESSION,
    "idle": _SESSION,
    "pong": {},
    "expired": _SESSION,
    "claimed": _SESSION,
    "archived": _SESSION,
    "reopened": _SESSION,
    "deleted": _SESSION,
    "renamed": _SESSION,
    "rated": _SESSION | {"id": str},
}
"""Required fields of each frame, by its status or else by its type."""


def parse_frame(text: str | bytes) -> tuple[str, Frame] | None:
    """Return a frame with its name: its status, or else its type. None if it is invalid or unknown."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(frame, dict):
        return None
    name = frame.get("status") if frame.get("type") == "status" else frame.get("type")
    fields = _REQUIRED.get(name) if isinstance(name, str) else None
    if fields is None or not all(isinstance(frame.get(field), kind) for field, kind in fields.items()):
        return None
    return str(name), frame


def read_suggestions(value: object) -> tuple[Suggestion, ...]:
    """Return the valid ones of a list of quick replies."""
    items = value if isinstance(value, list) else []
    return tuple(Suggestion(*texts) for item in items if (texts := _read_texts(item, "text", "value")))


def read_attachments(value: object) -> tuple[Attachment, ...]:
    """Return the valid ones of a list of files."""
    items = value if isinstance(value, list) else []
    return tuple(Attachment(*texts) for item in items if (texts := _read_texts(item, "name", "content_type", "url")))


def read_files(value: object) -> tuple[UploadedFile, ...]:
    """Return the valid ones of a list of uploaded files, as the storage has them."""
    items = [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
    return tuple(
        UploadedFile(item["file_id"], attachment)
        for item in items
        for attachment in read_attachments([item.get("attachment")])
        if isinstance(item.get("file_id"), str)
    )


def read_input(value: object) -> str | None:
    """Return the type of the answer that a message asks for."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    return kind if isinstance(kind, str) else None


def _read_texts(item: Any, *names: str) -> list[str] | None:  # noqa: ANN401 - JSON
    if not isinstance(item, Mapping):
        return None
    texts = [item.get(name) for name in names]
    return [str(text) for text in texts] if all(isinstance(text, str) for text in texts) else None

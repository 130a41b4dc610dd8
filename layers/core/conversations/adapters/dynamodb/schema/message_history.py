"""The tables ``message_history`` and ``visitor_messages``: their keys and items.

=======  ==============  ============================================================
Item     ``session_id``  ``id``
=======  ==============  ============================================================
Message  session's UUID  message's UUIDv7: sorts by time and seq
Marker   session's UUID  ``sent#<client_message_id>``: sorts behind every message
Journal  session's UUID  ``turn#<message id, or open>``: sorts behind every marker
=======  ==============  ============================================================

Both are alike. What is said in a visitor's conversation lies in the one whose items all end by themselves: nothing of a
visitor's is ever in ``message_history``, and yet it can be sent again after a cut and be handed over to a user.
"""

from typing import Any

from conversations.adapters.dynamodb.serialization import Item
from conversations.domain import timestamps
from conversations.domain.message import Attachment, Message, Sender, Suggestion


def message_key(session_id: str, message_id: str) -> Item:
    """Key of a message."""
    return {"session_id": session_id, "id": message_id}


def marker_key(session_id: str, client_message_id: str) -> Item:
    """Key of the marker of a sent message."""
    return {"session_id": session_id, "id": f"sent#{client_message_id}"}


JOURNALS = "turn#"
"""What sorts before every journal and behind all else."""


def journal_key(session_id: str, message_id: str | None) -> Item:
    """Key of the journal of the turn that answers a message, or in which the bot speaks first."""
    return {"session_id": session_id, "id": f"{JOURNALS}{message_id or 'open'}"}


VISITOR_SECONDS = 24 * 60 * 60
"""How long a visitor's message is kept at most. Its conversation, without which nobody can read it, ends before."""


def message_item(message: Message, *, anonymous: bool) -> Item:
    """Write a message; a visitor's has an end."""
    end = timestamps.add_seconds(message.timestamp, VISITOR_SECONDS)
    return {
        **message_key(message.session_id, message.id),
        "seq": message.seq,
        "sender": message.sender.value,
        "content": message.content,
        "created_at": timestamps.format_timestamp(message.timestamp),
        "metadata": _metadata(message) or None,
        "groups": sorted(message.groups) or None,
        "expires_at": timestamps.to_epoch_seconds(end) if anonymous else None,
    }


def read_message(item: Item) -> Message:
    """Read a message."""
    metadata = item.get("metadata", {})
    answers = metadata.get("answers")
    return Message(
        id=item["id"],
        session_id=item["session_id"],
        seq=int(item["seq"]),
        sender=Sender(item["sender"]),
        content=item["content"],
        timestamp=timestamps.parse_timestamp(item["created_at"]),
        attachments=tuple(Attachment.model_construct(**each) for each in metadata.get("attachments", ())),
        suggestions=tuple(Suggestion(**each) for each in metadata.get("suggestions", ())),
        client_message_id=metadata.get("client_message_id"),
        answers=None if answers is None else int(answers),
        groups=frozenset(item.get("groups", ())),
    )


def _metadata(message: Message) -> dict[str, Any]:
    extras = {
        "attachments": [each.model_dump() for each in message.attachments],
        "suggestions": [each.model_dump() for each in message.suggestions],
        "client_message_id": message.client_message_id,
        "answers": message.answers,
    }
    return {name: value for name, value in extras.items() if value not in (None, [])}

"""The tables ``message_history`` and ``visitor_messages``: their keys and items.

===================  ==============  =======================================================================
Item                 ``session_id``  ``id``
===================  ==============  =======================================================================
Message              session's UUID  message's UUIDv7: sorts by time and seq
Inline turn          session's UUID  id of the user's message; ``replies`` has the bot's, in order
Idempotency record   session's UUID  ``sent#<client_message_id>``: sorts after every message
Replay journal       session's UUID  ``turn#<message id, or open>``: sorts after every idempotency record
Record of a start    owner           ``started#<client_message_id>``
Asked question       owner           ``asked#<hash of the request>``
Thread               owner           ``thread#<bot>#<hash of the client's name of it>``
Open transcript      owner           ``open#<hash of the bot's answers>#<session's UUID>``
===================  ==============  =======================================================================

Both tables have the same schema. A visitor's conversation has its messages in ``visitor_messages``, all items of which
expire: nothing of a visitor is ever in ``message_history``, and yet a client can fetch missed messages after a
reconnect, and a user can claim the conversation.
"""

from collections.abc import Sequence
from typing import Any

from conversations.adapters.dynamodb.serialization import Item
from conversations.domain import ids, timestamps
from conversations.domain.knowledge import Source
from conversations.domain.message import AnswerInput, Attachment, Message, Sender, Suggestion
from conversations.domain.texts import MAX_CONTENT_LENGTH

JOURNAL_PREFIX = "turn#"
"""Sorts before every replay journal and after all other items."""

MAX_TURN_MILLISECONDS = 8
"""How much later than the user's message the replies may be that are stored in its item. So a reader who looks for a
reply knows where its item is. Each reply is one millisecond later than the message before it."""

_REPLY_NAMES = frozenset({"id", "seq", "sender", "content", "created_at", "metadata", "rating"})
"""What is stored of a reply in the item of its turn."""

VISITOR_SECONDS = 24 * 60 * 60
"""How long a visitor's message is stored at most. The conversation, without which it cannot be read, ends earlier."""


def build_message_key(conversation_id: str, message_id: str) -> Item:
    """Build the key of a message."""
    return {"session_id": conversation_id, "id": message_id}


def build_idempotency_key(conversation_id: str, client_message_id: str) -> Item:
    """Build the key of an idempotency record."""
    return {"session_id": conversation_id, "id": f"sent#{client_message_id}"}


def build_start_key(owner: str, client_message_id: str) -> Item:
    """Build the key of the record of a start, in the owner's own partition."""
    return {"session_id": owner, "id": f"started#{client_message_id}"}


def build_asked_key(owner: str, request_hash: str) -> Item:
    """Build the key of the record of a stateless client's question, in the owner's own partition."""
    return {"session_id": owner, "id": f"asked#{request_hash}"}


def build_open_key(owner: str, answers_hash: str, conversation_id: str) -> Item:
    """Build the key of a transcript that may be continued; the later a conversation began, the later it sorts."""
    return {"session_id": owner, "id": f"open#{answers_hash}#{conversation_id}"}


def build_thread_key(owner: str, bot_id: str, thread_hash: str) -> Item:
    """Build the key of a client's thread."""
    return {"session_id": owner, "id": f"thread#{bot_id}#{thread_hash}"}


def build_journal_key(conversation_id: str, message_id: str | None) -> Item:
    """Build the key of the replay journal of the turn that answers a message; with None, of the greeting."""
    return {"session_id": conversation_id, "id": f"{JOURNAL_PREFIX}{message_id or 'open'}"}


def build_message_item(message: Message, *, anonymous: bool) -> Item:
    """Build the item of a message; a visitor's expires."""
    expires_at = timestamps.add_seconds(message.timestamp, VISITOR_SECONDS)
    return {
        **build_message_key(message.conversation_id, message.id),
        "seq": message.seq,
        "sender": message.sender.value,
        "content": message.content,
        "created_at": timestamps.format_timestamp(message.timestamp),
        "metadata": _build_metadata(message) or None,
        "groups": sorted(message.groups) or None,
        "rating": message.rating,
        "expires_at": timestamps.to_epoch_seconds(expires_at) if anonymous else None,
    }


def fits_one_item(message: Message, replies: Sequence[Message]) -> bool:
    """Return whether an inline turn is stored as one item; its size is limited because each reader reads all of it."""
    if not replies or len(replies) > MAX_TURN_MILLISECONDS:
        return False
    milliseconds = ids.get_milliseconds(replies[-1].id) - ids.get_milliseconds(message.id)
    # safeguard: turn-span
    return (
        milliseconds <= MAX_TURN_MILLISECONDS
        and len(message.content) + sum(len(reply.content) for reply in replies) <= MAX_CONTENT_LENGTH
    )


def build_turn_item(message: Message, replies: Sequence[Message], *, anonymous: bool) -> Item:
    """Build the item of a user's message with the bot's replies; see ``fits_one_item``."""
    nested = [
        {name: value for name, value in build_message_item(reply, anonymous=False).items() if name in _REPLY_NAMES}
        for reply in replies
    ]
    return build_message_item(message, anonymous=anonymous) | {"replies": nested}


def parse_messages(item: Item) -> list[Message]:
    """Parse all messages of an item: one, or those of an inline turn."""
    session = {"session_id": item["session_id"]}
    return [parse_message(item), *(parse_message(session | reply) for reply in item.get("replies", ()))]


def parse_message(item: Item) -> Message:
    """Parse a message; of an inline turn, the user's."""
    metadata = item.get("metadata", {})
    replies_to = metadata.get("answers")
    return Message(
        id=item["id"],
        conversation_id=item["session_id"],
        seq=int(item["seq"]),
        sender=Sender(item["sender"]),
        content=item["content"],
        timestamp=timestamps.parse_timestamp(item["created_at"]),
        attachments=tuple(Attachment.model_construct(**fields) for fields in metadata.get("attachments", ())),
        suggestions=tuple(Suggestion(**fields) for fields in metadata.get("suggestions", ())),
        client_message_id=metadata.get("client_message_id"),
        answers=None if replies_to is None else int(replies_to),
        finish_reason=metadata.get("finish_reason"),
        input=None if "input" not in metadata else AnswerInput(type=metadata["input"]),
        groups=frozenset(item.get("groups", ())),
        sources=tuple(_parse_source(fields) for fields in metadata.get("sources", ())),
        rating=item.get("rating"),
    )


def _parse_source(fields: dict[str, Any]) -> Source:
    page = fields.get("page")
    return Source.model_validate({**fields, "page": None if page is None else int(page)})


def _build_metadata(message: Message) -> dict[str, Any]:
    metadata = {
        "attachments": [attachment.model_dump() for attachment in message.attachments],
        "suggestions": [suggestion.model_dump() for suggestion in message.suggestions],
        "client_message_id": message.client_message_id,
        "answers": message.answers,
        "finish_reason": message.finish_reason,
        "input": None if message.input is None else message.input.type,
        "sources": [source.model_dump(exclude_none=True) for source in message.sources],
    }
    return {name: value for name, value in metadata.items() if value not in (None, [])}

"""The table ``sessions``: its keys and items.

===================  ==============================  =====================================================
Item                 ``id``                          what it holds
===================  ==============================  =====================================================
Conversation         ``<session id>``                one row of the product's ``sessions``
Dialog               ``<session id>#dialog``         what the bot remembers, and what it has yet to tell
Counts               ``<owner>#counts``              how many conversations an owner has, by status and bot
===================  ==============================  =====================================================

The indexes ``by_owner`` and ``by_owner_and_bot`` hold users' conversations only. Their range key is
``<status>#<last activity>#<session id>``, so a page of one status is one query, and one of any status is two, merged.
"""

import json
from datetime import UTC, datetime
from typing import Any

from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import timestamps
from conversations.domain.bot import DialogState
from conversations.domain.conversation import Conversation, ConversationStatus, ListPosition

BY_OWNER = "by_owner"
BY_OWNER_AND_BOT = "by_owner_and_bot"

_DIALOG_MARGIN_SECONDS = 24 * 60 * 60


def conversation_key(session_id: str) -> Item:
    """Key of a conversation."""
    return {"id": session_id}


def dialog_key(session_id: str) -> Item:
    """Key of what the bot remembers."""
    return {"id": f"{session_id}#dialog"}


def counts_key(owner: str) -> Item:
    """Key of an owner's counters."""
    return {"id": f"{owner}#counts"}


def count_name(status: ConversationStatus, bot_id: str | None) -> str:
    """Name of the attribute that counts the conversations of a status, with one bot or with all."""
    return f"{status}" if bot_id is None else f"{status}#{bot_id}"


def list_owner_and_bot(owner: str, bot_id: str) -> str:
    """Hash key of ``by_owner_and_bot``."""
    return f"{owner}#{bot_id}"


def list_position(status: ConversationStatus, last_activity: datetime, session_id: str) -> str:
    """Range key of both indexes."""
    return f"{status}#{timestamps.format_timestamp(last_activity)}#{session_id}"


def first_position(status: ConversationStatus) -> str:
    """Return what no range key of the status sorts before."""
    return f"{status}#"


def last_position(status: ConversationStatus) -> str:
    """Return what no range key of the status sorts behind."""
    return f"{status}$"


def position_of(status: ConversationStatus, position: ListPosition) -> str:
    """Return the range key a conversation of the status has at this place of a list."""
    return f"{status}#{position.last_activity}#{position.session_id}"


def conversation_item(conversation: Conversation) -> Item:
    """Write a conversation; a visitor's is in no index."""
    item: Item = {
        **conversation_key(conversation.id),
        "owner": conversation.owner,
        "bot_id": conversation.bot_id,
        "bot_name": conversation.bot_name,
        "status": conversation.status.value,
        "created_at": timestamps.format_timestamp(conversation.created_at),
        "updated_at": timestamps.format_timestamp(conversation.updated_at),
        "last_activity": timestamps.format_timestamp(conversation.last_activity),
        "last_message": conversation.last_message,
        "last_seq": conversation.last_seq,
        "answered_seq": conversation.answered_seq,
        "unanswered": list(conversation.pending_message_ids),
        "groups": sorted(conversation.groups) or None,
    }
    if conversation.expires_at is not None:
        return item | {"expires_at": timestamps.to_epoch_seconds(conversation.expires_at)}
    return item | list_keys(conversation)


def list_keys(conversation: Conversation) -> Item:
    """Return what puts a user's conversation into both indexes."""
    return {
        "list_owner": conversation.owner,
        "list_owner_and_bot": list_owner_and_bot(conversation.owner, conversation.bot_id),
        "list_position": list_position(conversation.status, conversation.last_activity, conversation.id),
    }


def count(table: str, *steps: tuple[Conversation, int]) -> dict[str, Any]:
    """Return the update that counts conversations of one owner more (1) or less (-1)."""
    changes: dict[str, int] = {}
    for conversation, step in steps:
        changes[count_name(conversation.status, None)] = step
        changes[count_name(conversation.status, conversation.bot_id)] = step
    owner = steps[0][0].owner
    return {
        "TableName": table,
        "Key": serialize(counts_key(owner)),
        "UpdateExpression": "ADD " + ", ".join(f"#{place} :{place}" for place in range(len(changes))),
        "ExpressionAttributeNames": {f"#{place}": name for place, name in enumerate(changes)},
        "ExpressionAttributeValues": serialize({f":{place}": step for place, step in enumerate(changes.values())}),
    }


def read_conversation(item: Item) -> Conversation:
    """Read a conversation."""
    expires_at = item.get("expires_at")
    return Conversation(
        id=item["id"],
        owner=item["owner"],
        bot_id=item["bot_id"],
        bot_name=item["bot_name"],
        status=ConversationStatus(item["status"]),
        created_at=timestamps.parse_timestamp(item["created_at"]),
        updated_at=timestamps.parse_timestamp(item["updated_at"]),
        last_activity=timestamps.parse_timestamp(item["last_activity"]),
        last_message=item["last_message"],
        last_seq=int(item["last_seq"]),
        answered_seq=int(item["answered_seq"]),
        pending_message_ids=tuple(item.get("unanswered", ())),
        failed_message_ids=tuple(item.get("given_up", ())),
        expires_at=None if expires_at is None else datetime.fromtimestamp(int(expires_at), UTC),
        groups=frozenset(item.get("groups", ())),
        deleted="deleted_at" in item,
    )


def dialog_item(conversation: Conversation, state: DialogState, *, first_delayed_id: str | None = None) -> Item:
    """Write what the bot remembers, and which message of its turn is the first to be told later."""
    item: Item = {
        **dialog_key(conversation.id),
        "state": _json(state),
        "untold": untold,
    }
    if conversation.expires_at is None:
        return item
    end = timestamps.add_seconds(conversation.expires_at, _DIALOG_MARGIN_SECONDS)
    return item | {"expires_at": timestamps.to_epoch_seconds(end)}


def _json(state: DialogState) -> str:
    text = json.dumps(state, separators=(",", ":"), ensure_ascii=False)
    # A text of a script may hold half a pair of UTF-16, which has no UTF-8; escaped it has.
    return text if text.isascii() or _has_utf8(text) else json.dumps(state, separators=(",", ":"))


def _has_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def read_state(item: Item | None) -> dict[str, Any]:
    """Read what the bot remembers; nothing at first."""
    return {} if item is None else dict(json.loads(item["state"]))

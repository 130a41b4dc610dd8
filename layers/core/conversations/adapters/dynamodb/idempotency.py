"""Markers: which message a ``client_message_id`` stands for, for 24 hours.

They lie with the messages (``id`` = ``sent#<cmid>``, which sorts behind every message's id), so whoever erases or hands
over a conversation finds them.
"""

from typing import Any

from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import content_hash, timestamps
from conversations.domain.errors import ConflictError
from conversations.domain.message import Draft, Message

SECONDS = 24 * 60 * 60
"""How long a ``client_message_id`` is remembered (contract, section 4)."""


def put(table: str, message: Message, client_message_id: str) -> dict[str, Any]:
    """Return the action that marks the id in the messages' table, if it is not marked or no longer."""
    return {
        "TableName": table,
        "Item": serialize(_marker(message, client_message_id, content_hash.compute(message))),
        "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now",
        "ExpressionAttributeValues": serialize({":now": int(message.timestamp.timestamp())}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def redacted(table: str, message: Message, client_message_id: str, fingerprint: str) -> dict[str, Any]:
    """Return the action that marks the id anew, by a fingerprint from which a message cannot be guessed."""
    return {"TableName": table, "Item": serialize(_marker(message, client_message_id, fingerprint))}


def message_of(marker: Item, session_id: str, draft: Draft) -> Message:
    """Return the message the marker stands for, which says, or said before it was redacted, what the draft says.

    Raises
    ------
    ConflictError
        If it says something else.
    """
    if not content_hash.matches(marker["fingerprint"], draft):
        raise ConflictError("This client_message_id was used for another message.")
    sent_at = timestamps.parse_timestamp(marker["sent_at"])
    return draft.to_message(marker["message_id"], session_id, int(marker["seq"]), sent_at)


def _marker(message: Message, client_message_id: str, fingerprint: str) -> Item:
    return {
        **message_history.marker_key(message.session_id, client_message_id),
        "fingerprint": fingerprint,
        "message_id": message.id,
        "seq": message.seq,
        "sent_at": timestamps.format_timestamp(message.timestamp),
        "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(message.timestamp, SECONDS)),
    }

"""Idempotency records: the message that a ``client_message_id`` stands for, for 24 hours.

They are in the table of the messages (``id`` = ``sent#<client_message_id>``), so that erasing or claiming a
conversation includes them. A record of a redacted message has no ``fingerprint``; one of an earlier version may have a
scrypt hash, which is not compared (``content_hash``).

Inline turns have no record, as long as the row of the conversation has room for their ids (``domain.recent_sends``).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import content_hash, ids, timestamps
from conversations.domain.errors import ConflictError, NotFoundError
from conversations.domain.message import Draft, Message
from conversations.domain.recent_sends import IDEMPOTENCY_PERIOD

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RECORD_SECONDS = int(IDEMPOTENCY_PERIOD.total_seconds())
_UNUSED = "attribute_not_exists(id) OR expires_at <= :now"


def build_put(table: str, message: Message, client_message_id: str, *, is_redacted: bool = False) -> dict[str, Any]:
    """Build the action that stores the record of a new message, unless the id is in use."""
    fingerprint = None if is_redacted else content_hash.compute(message)
    return {
        "TableName": table,
        "Item": serialize(_build_record(message, client_message_id, fingerprint)),
        # safeguard: idempotency-unique
        "ConditionExpression": _UNUSED,
        "ExpressionAttributeValues": serialize({":now": int(message.timestamp.timestamp())}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def build_check(table: str, message: Message, client_message_id: str) -> dict[str, Any]:
    """Build the action that lets a transaction store a new message only if its id has no record."""
    key = message_history.build_idempotency_key(message.conversation_id, client_message_id)
    return {
        "TableName": table,
        "Key": serialize(key),
        # safeguard: inline-record-checked
        "ConditionExpression": _UNUSED,
        "ExpressionAttributeValues": serialize({":now": int(message.timestamp.timestamp())}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def build_redacted_put(table: str, message: Message, client_message_id: str) -> dict[str, Any]:
    """Build the action that replaces the record of a message with one that reveals nothing about its content."""
    return {"TableName": table, "Item": serialize(_build_record(message, client_message_id, None))}


def build_original_message(record: Item, conversation_id: str, draft: Draft) -> Message:
    """Build the message that was stored for the record, with the content of the draft that was sent again.

    Raises
    ------
    ConflictError
        If the draft has different content.
    """
    # safeguard: idempotency-content
    if not content_hash.matches(record.get("fingerprint"), draft):
        raise _build_conflict()
    sent_at = timestamps.parse_timestamp(record["sent_at"])
    return draft.to_message(record["message_id"], conversation_id, int(record["seq"]), sent_at)


def read_original(
    client: "DynamoDBClient", table: str, sent_at: datetime, conversation_id: str, draft: Draft
) -> Message:
    """Return the message of a timestamp, which has the same ``client_message_id`` as a draft. It is not redacted.

    Raises
    ------
    ConflictError
        If the draft has different content.
    NotFoundError
        If the message has been erased.
    UnavailableError
        If the table does not answer.
    """
    first, last = ids.get_first_id_at(sent_at), ids.get_last_id_at(sent_at)
    found, _ = items.query_messages(client, table, conversation_id, first=first, last=last)
    if not found:
        raise NotFoundError("The conversation does not exist.")
    original = message_history.parse_message(found[0])
    # safeguard: sends-content
    if not content_hash.matches(content_hash.compute(original), draft):
        raise _build_conflict()
    return original


def _build_conflict() -> ConflictError:
    return ConflictError("This client_message_id was used for another message.")


def _build_record(message: Message, client_message_id: str, fingerprint: str | None) -> Item:
    return {
        **message_history.build_idempotency_key(message.conversation_id, client_message_id),
        "fingerprint": fingerprint,
        "message_id": message.id,
        "seq": message.seq,
        "sent_at": timestamps.format_timestamp(message.timestamp),
        "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(message.timestamp, RECORD_SECONDS)),
    }

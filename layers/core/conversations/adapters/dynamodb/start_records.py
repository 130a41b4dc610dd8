"""Records of starts: the conversation that a ``client_message_id`` of an owner started, for 24 hours.

They are in the table ``message_history``, in a partition of the owner that the erasure of the owner's data includes.
The first message has an idempotency record of its own in its conversation. Only that one has a hash of the content, so
that a redacted message has one record to replace, like any other.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import idempotency, items
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import content_hash, timestamps
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ConflictError
from conversations.domain.message import Message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def build_puts(
    tables: Tables, conversation: Conversation, first_message: Message | None, client_message_id: str
) -> Iterable[dict[str, Any]]:
    """Build the actions that store the records of a start; the last one is refused if the id is in use."""
    table = tables.message_history
    if first_message is not None:
        yield {"Put": idempotency.build_put(table, first_message, client_message_id)}
    at = conversation.created_at
    record = {
        **message_history.build_start_key(conversation.owner, client_message_id),
        "conversation_id": conversation.id,
        "bot_id": conversation.bot_id,
        "message_id": None if first_message is None else first_message.id,
        "created_at": timestamps.format_timestamp(at),
        "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(at, idempotency.RECORD_SECONDS)),
    }
    yield {
        "Put": {
            "TableName": table,
            "Item": serialize(record),
            # safeguard: start-record-unique
            "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now",
            "ExpressionAttributeValues": serialize({":now": int(at.timestamp())}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def get_original(
    client: "DynamoDBClient", tables: Tables, record: Item, again: Conversation, first_message: Message | None
) -> Conversation:
    """Return the conversation that was started for the record, as it was when it was new.

    Parameters
    ----------
    client
        The client.
    tables
        The tables.
    record
        The record of the first start.
    again, first_message
        What would have been stored now.

    Raises
    ------
    ConflictError
        If it was started with another bot or first message.
    UnavailableError
        If the table does not answer.
    """
    conversation_id, message_id = record["conversation_id"], record.get("message_id")
    is_same = record["bot_id"] == again.bot_id and (message_id is None) == (first_message is None)
    if is_same and first_message is not None and first_message.client_message_id is not None:
        key = message_history.build_idempotency_key(conversation_id, first_message.client_message_id)
        sent = items.read_item(client, tables.message_history, key)
        # Without its record, the conversation has been deleted, and nothing is left to compare with.
        is_same = sent is None or content_hash.matches(sent.get("fingerprint"), first_message)
    # safeguard: start-content
    if not is_same:
        raise ConflictError("This client_message_id was used for another start.")
    pending = () if message_id is None else (message_id,)
    created_at = timestamps.parse_timestamp(record["created_at"])
    return again.model_copy(update={"id": conversation_id, "pending_message_ids": pending, "created_at": created_at})

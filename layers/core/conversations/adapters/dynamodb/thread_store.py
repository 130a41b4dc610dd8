"""Threads, in the owner's partition of ``message_history``."""

from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.agent_run import Thread
from conversations.ports.threads import ThreadStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBThreadStore(ThreadStore):
    """``ThreadStore`` on the table ``message_history``."""

    client: "DynamoDBClient"
    table: str

    def get(self, owner: str, bot_id: str, thread_hash: str) -> Thread | None:
        """Return a thread; see ``ThreadStore.get``."""
        item = items.read_item(self.client, self.table, message_history.build_thread_key(owner, bot_id, thread_hash))
        return None if item is None else _parse_thread(item)

    def put(self, owner: str, bot_id: str, thread_hash: str, thread: Thread, *, before: Thread | None) -> Thread:
        """Store a thread; see ``ThreadStore.put``."""
        item = {
            **message_history.build_thread_key(owner, bot_id, thread_hash),
            "conversation_id": thread.conversation_id,
            "began_at": timestamps.format_timestamp(thread.began_at),
        }
        # safeguard: thread-once
        condition = "attribute_not_exists(id)" if before is None else "conversation_id = :before"
        values: dict[str, Any] = (
            {} if before is None else {"ExpressionAttributeValues": serialize({":before": before.conversation_id})}
        )
        try:
            with conditional_write():
                self.client.put_item(
                    TableName=self.table,
                    Item=serialize(item),
                    ConditionExpression=condition,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **values,
                )
        except ConditionsFailedError as conflict:
            current = conflict.current_items[0]
            if current is None:
                raise
            return _parse_thread(current)
        return thread


def _parse_thread(item: Item) -> Thread:
    return Thread(item["conversation_id"], timestamps.parse_timestamp(item["began_at"]))

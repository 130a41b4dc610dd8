"""Conversations in the table ``sessions``."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, retry_on_conflict
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import timestamps
from conversations.domain.conversation import (
    Conversation,
    ConversationStatus,
    ConversationSummary,
    ListFilter,
    ListPosition,
)
from conversations.domain.errors import ConflictError, NotFoundError
from conversations.domain.message import Message
from conversations.domain.page import Page
from conversations.ports.conversations import ConversationStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONVERSATION = 0
"""Index of the conversation's update in each transaction."""


@dataclass(frozen=True, slots=True)
class DynamoDBConversationStore(ConversationStore):
    """``ConversationStore`` on the table ``sessions``."""

    client: "DynamoDBClient"
    tables: Tables

    def create(self, conversation: Conversation, first_message: Message | None = None) -> None:
        """Store a new conversation; see ``ConversationStore.create``."""
        actions: list[dict[str, Any]] = [
            {
                "Put": {
                    "TableName": self.tables.sessions,
                    "Item": serialize(sessions.build_conversation_item(conversation)),
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            }
        ]
        if not conversation.anonymous:
            actions.append({"Update": sessions.build_counter_update(self.tables.sessions, (conversation, 1))})
        if first_message is not None:
            anonymous = conversation.anonymous
            item = serialize(message_history.build_message_item(first_message, anonymous=anonymous))
            actions.append({"Put": {"TableName": self.tables.messages(anonymous=anonymous), "Item": item}})
        try:
            transactions.write(self.client, actions)
        except ConditionsFailedError:
            raise ConflictError("The conversation exists already.") from None

    def get(self, conversation_id: str) -> Conversation | None:
        """Return a conversation; see ``ConversationStore.get``."""
        item = items.read_item(self.client, self.tables.sessions, sessions.build_conversation_key(conversation_id))
        return None if item is None else sessions.parse_conversation(item)

    def get_newest_active_id(self, owner: str, bot_id: str) -> str | None:
        """Return the most recently used conversation; see ``ConversationStore.get_newest_active_id``."""
        matching = ListFilter(bot_id=bot_id, status=ConversationStatus.ACTIVE)
        newest = self.list_by_owner(owner, matching, limit=1).items
        return newest[0].id if newest else None

    def list_by_owner(
        self, owner: str, matching: ListFilter, *, limit: int, offset: int = 0, after: ListPosition | None = None
    ) -> Page[ConversationSummary]:
        """Return a page of the list; see ``ConversationStore.list_by_owner``."""
        # One more than asked for shows whether there are more.
        end = offset + limit + 1
        summaries = [
            summary
            for status in _list_statuses(matching)
            for summary in self._query_newest(owner, matching.bot_id, status, end, after)
        ]
        summaries.sort(key=lambda summary: summary.position, reverse=True)
        return Page(items=tuple(summaries[offset : offset + limit]), has_more=len(summaries) > offset + limit)

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        """Change the status; see ``ConversationStore.set_status``."""

        def attempt(current: Conversation) -> Conversation:
            if current.status is status:
                return current
            changed = current.model_copy(update={"status": status, "updated_at": now})
            count = sessions.build_counter_update(self.tables.sessions, (current, -1), (changed, 1))
            transactions.write(
                self.client, [{"Update": self._build_status_update(current, changed)}, {"Update": count}]
            )
            return changed

        return retry_on_conflict(conversation, attempt, _get_current)

    def mark_deleted(self, conversation: Conversation, now: datetime) -> None:
        """Soft-delete a conversation; see ``ConversationStore.mark_deleted``."""

        def attempt(current: Conversation) -> None:
            actions = [{"Update": self._build_deletion(current, now)}]
            if not current.anonymous:
                actions.append({"Update": sessions.build_counter_update(self.tables.sessions, (current, -1))})
            transactions.write(self.client, actions)

        try:
            retry_on_conflict(conversation, attempt, _get_current)
        except NotFoundError:
            return

    def count_by_owner(self, owner: str, matching: ListFilter) -> int:
        """Return a total; see ``ConversationStore.count_by_owner``."""
        counters = items.read_item(self.client, self.tables.sessions, sessions.build_counters_key(owner)) or {}
        names = [sessions.build_counter_name(status, matching.bot_id) for status in _list_statuses(matching)]
        return sum(int(counters.get(name, 0)) for name in names)

    def _build_status_update(self, before: Conversation, after: Conversation) -> dict[str, Any]:
        return self._build_update(
            before,
            "SET #status = :status, list_position = :position, updated_at = :at",
            {
                ":status": after.status.value,
                ":position": sessions.build_list_position(after.status, after.last_activity, after.id),
                ":at": timestamps.format_timestamp(after.updated_at),
            },
        )

    def _build_deletion(self, conversation: Conversation, now: datetime) -> dict[str, Any]:
        """Build the update that removes a conversation from all lists; the eraser still finds it by its id."""
        return self._build_update(
            conversation,
            "SET deleted_at = :at, last_message = :none REMOVE list_owner, list_owner_and_bot, list_position",
            {":at": timestamps.format_timestamp(now), ":none": ""},
        )

    def _build_update(self, before: Conversation, update: str, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_conversation_key(before.id)),
            "UpdateExpression": update,
            # The list position consists of status and time, so neither may have changed.
            "ConditionExpression": (
                "attribute_not_exists(deleted_at) AND #status = :before AND last_activity = :activity"
            ),
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": serialize(
                {
                    ":before": before.status.value,
                    ":activity": timestamps.format_timestamp(before.last_activity),
                    **values,
                }
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _query_newest(
        self, owner: str, bot_id: str | None, status: ConversationStatus, limit: int, after: ListPosition | None
    ) -> list[ConversationSummary]:
        """Return up to ``limit`` conversations of one status, most recently used first."""
        hash_name, hash_value, index = (
            ("list_owner", owner, sessions.BY_OWNER)
            if bot_id is None
            else ("list_owner_and_bot", sessions.build_owner_and_bot(owner, bot_id), sessions.BY_OWNER_AND_BOT)
        )
        last = (
            sessions.get_last_list_position(status) if after is None else sessions.format_list_position(status, after)
        )
        values = {":owner": hash_value, ":first": sessions.get_first_list_position(status), ":last": last}
        summaries: list[ConversationSummary] = []
        start: dict[str, Any] = {}
        while len(summaries) < limit:
            with service_errors():
                response = self.client.query(
                    TableName=self.tables.sessions,
                    IndexName=index,
                    KeyConditionExpression=f"{hash_name} = :owner AND list_position BETWEEN :first AND :last",
                    ExpressionAttributeValues=serialize(values),
                    ScanIndexForward=False,
                    # The range includes the position ``after``, which is removed below.
                    Limit=limit - len(summaries) + (after is not None),
                    **start,
                )
            page = (_parse_summary(deserialize(item)) for item in response["Items"])
            summaries.extend(summary for summary in page if summary.position != after)
            if "LastEvaluatedKey" not in response:
                break
            # A page of DynamoDB has at most 1 MB; only a deep offset needs several.
            start = {"ExclusiveStartKey": response["LastEvaluatedKey"]}
        return summaries


def _get_current(conflict: ConditionsFailedError) -> Conversation:
    return sessions.parse_existing_conversation(conflict.current_items[_CONVERSATION])


def _list_statuses(matching: ListFilter) -> tuple[ConversationStatus, ...]:
    return tuple(ConversationStatus) if matching.status is None else (matching.status,)


def _parse_summary(item: Item) -> ConversationSummary:
    """Parse what the indexes project."""
    return ConversationSummary(
        id=item["id"],
        bot_id=item["bot_id"],
        bot_name=item["bot_name"],
        status=ConversationStatus(item["status"]),
        last_message=item["last_message"],
        last_activity=timestamps.parse_timestamp(item["last_activity"]),
    )

"""Conversations in the table ``sessions``."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import items, start_records, transactions
from conversations.adapters.dynamodb.list_reader import ListReader
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write, retry_on_conflict
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
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

_COUNTERS = 1
"""Index of the counters' update in the transaction that creates a conversation."""


@dataclass(frozen=True, slots=True)
class DynamoDBConversationStore(ConversationStore):
    """``ConversationStore`` on the table ``sessions``."""

    client: "DynamoDBClient"
    tables: Tables

    def create(
        self, conversation: Conversation, first_message: Message | None = None, *, client_message_id: str | None = None
    ) -> Conversation:
        """Store a new conversation; see ``ConversationStore.create``."""
        actions = [*self._build_creation(conversation, first_message)]
        if client_message_id is not None:
            actions += start_records.build_puts(self.tables, conversation, first_message, client_message_id)
        try:
            transactions.write(self.client, actions)
        except ConditionsFailedError as conflict:
            record = conflict.current_items.get(len(actions) - 1)
            # safeguard: start-once
            if client_message_id is not None and record is not None:
                return start_records.get_original(self.client, self.tables, record, conversation, first_message)
            raise ConflictError("The conversation exists already.") from None
        return conversation

    def _build_creation(self, conversation: Conversation, first_message: Message | None) -> Iterable[dict[str, Any]]:
        yield self._build_put(conversation)
        if not conversation.anonymous:
            yield {"Update": self._build_count(conversation)}
        if first_message is not None:
            anonymous = conversation.anonymous
            item = serialize(message_history.build_message_item(first_message, anonymous=anonymous))
            yield {"Put": {"TableName": self.tables.messages(anonymous=anonymous), "Item": item}}

    def open_or_create(self, conversation: Conversation) -> Conversation:
        """Return the conversation started last, or create one; see ``ConversationStore.open_or_create``.

        The creation is conditional on the id of the conversation that was started last, which is stored with the
        counters: of concurrent calls one creates a conversation, and the others find it in their conflict.
        """
        name = sessions.build_started_name(conversation.bot_id)

        def attempt(started_id: str | None) -> Conversation:
            started = None if started_id is None else self.get(started_id)
            if started is not None and started.owner == conversation.owner and started.accepts_messages:
                return started
            count = _add_started_condition(self._build_count(conversation), started_id)
            transactions.write(self.client, [self._build_put(conversation), {"Update": count}])
            return conversation

        def refresh(conflict: ConditionsFailedError) -> str | None:
            if _COUNTERS not in conflict.current_items:
                raise ConflictError("The conversation exists already.") from None
            return _get_started_id(conflict.current_items[_COUNTERS], name)

        counters = self._read_counters(conversation.owner)
        return retry_on_conflict(_get_started_id(counters, name), attempt, refresh)

    def get(self, conversation_id: str) -> Conversation | None:
        """Return a conversation; see ``ConversationStore.get``."""
        item = items.read_item(self.client, self.tables.sessions, sessions.build_conversation_key(conversation_id))
        return None if item is None else sessions.parse_conversation(item)

    def get_newest_active_id(self, owner: str, bot_id: str) -> str | None:
        """Return the most recently used conversation; see ``ConversationStore.get_newest_active_id``."""
        matching = ListFilter(bot_id=bot_id, status=ConversationStatus.ACTIVE)
        return self._walk_list(owner, matching).find_first_id()

    def list_by_owner(  # noqa: PLR0913 - the parts of one query
        self,
        owner: str,
        matching: ListFilter,
        *,
        limit: int,
        offset: int = 0,
        after: ListPosition | None = None,
        oldest_first: bool = False,
    ) -> Page[ConversationSummary]:
        """Return a page of the list; see ``ConversationStore.list_by_owner``."""
        return self._walk_list(owner, matching, after, oldest_first=oldest_first).read_page(offset, limit)

    def _walk_list(
        self, owner: str, matching: ListFilter, after: ListPosition | None = None, *, oldest_first: bool = False
    ) -> ListReader:
        return ListReader(self.client, self.tables.sessions, owner, matching, after, oldest_first)

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        """Change the status; see ``ConversationStore.set_status``."""

        def attempt(current: Conversation) -> Conversation:
            if current.status is status:
                # The position was wrong after a turn of an earlier version that met an archive.
                transactions.write(self.client, [{"Update": self._build_position_update(current)}])
                return current
            changed = current.model_copy(update={"status": status, "updated_at": now})
            count = sessions.build_counter_update(self.tables.sessions, (current, -1), (changed, 1))
            transactions.write(
                self.client, [{"Update": self._build_status_update(current, changed)}, {"Update": count}]
            )
            return changed

        return retry_on_conflict(conversation, attempt, _get_current)

    def set_title(self, conversation: Conversation, title: str) -> Conversation:
        """Change the title with one update, which returns the row; see ``ConversationStore.set_title``."""
        try:
            with conditional_write():
                response = self.client.update_item(
                    TableName=self.tables.sessions,
                    Key=serialize(sessions.build_conversation_key(conversation.id)),
                    UpdateExpression="SET bot_name = :names",
                    # safeguard: title-owner
                    # safeguard: title-deleted
                    ConditionExpression="#owner = :owner AND attribute_not_exists(deleted_at)",
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues=serialize(
                        {":owner": conversation.owner, ":names": sessions.build_names(conversation.bot_name, title)}
                    ),
                    ReturnValues="ALL_NEW",
                )
        except ConditionsFailedError:
            # A user's conversation never gets another owner, so it is deleted.
            raise NotFoundError("The conversation does not exist.") from None
        return sessions.parse_conversation(deserialize(response["Attributes"]))

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
        counters = self._read_counters(owner) or {}
        names = [sessions.build_counter_name(status, matching.bot_id) for status in matching.list_statuses()]
        return sum(int(counters.get(name, 0)) for name in names)

    def _read_counters(self, owner: str) -> Item | None:
        return items.read_item(self.client, self.tables.sessions, sessions.build_counters_key(owner))

    def _build_put(self, conversation: Conversation) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self.tables.sessions,
                "Item": serialize(sessions.build_conversation_item(conversation)),
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }

    def _build_count(self, conversation: Conversation) -> dict[str, Any]:
        return sessions.build_counter_update(self.tables.sessions, (conversation, 1), started=conversation)

    def _build_position_update(self, conversation: Conversation) -> dict[str, Any]:
        position = sessions.build_list_position(conversation.status, conversation.sorting_time, conversation.id)
        return self._build_update(conversation, "SET list_position = :position", {":position": position})

    def _build_status_update(self, before: Conversation, after: Conversation) -> dict[str, Any]:
        return self._build_update(
            before,
            "SET #status = :status, list_position = :position, updated_at = :at",
            {
                ":status": after.status.value,
                ":position": sessions.build_list_position(after.status, after.sorting_time, after.id),
                ":at": timestamps.format_timestamp(after.updated_at),
            },
        )

    def _build_deletion(self, conversation: Conversation, now: datetime) -> dict[str, Any]:
        """Build the update that removes a conversation from all lists; the eraser still finds it by its id."""
        return self._build_update(
            conversation,
            "SET deleted_at = :at, last_message = :none, bot_name = :name"
            " REMOVE list_owner, list_owner_and_bot, list_position",
            {":at": timestamps.format_timestamp(now), ":none": "", ":name": conversation.bot_name},
        )

    def _build_update(self, before: Conversation, update: str, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_conversation_key(before.id)),
            "UpdateExpression": update,
            # The list position consists of status and time, so neither may have changed; and the caller gets the
            # conversation as it is stored.
            "ConditionExpression": (
                "attribute_not_exists(deleted_at) AND #owner = :owner AND #status = :before"
                " AND last_activity = :activity AND last_seq = :seq AND updated_at = :updated"
            ),
            "ExpressionAttributeNames": {"#status": "status", "#owner": "owner"},
            "ExpressionAttributeValues": serialize(
                {
                    ":owner": before.owner,
                    ":before": before.status.value,
                    ":activity": timestamps.format_timestamp(before.last_activity),
                    ":seq": before.last_seq,
                    ":updated": timestamps.format_timestamp(before.updated_at),
                    **values,
                }
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _get_current(conflict: ConditionsFailedError) -> Conversation:
    return sessions.parse_existing_conversation(conflict.current_items[_CONVERSATION])


def _add_started_condition(update: dict[str, Any], started_id: str | None) -> dict[str, Any]:
    """Add the condition that no other conversation has been started since ``started_id``, None for none."""
    # safeguard: connect-once
    condition = "attribute_not_exists(#started)" if started_id is None else "#started = :before"
    values = {} if started_id is None else serialize({":before": started_id})
    return update | {
        "ConditionExpression": condition,
        "ExpressionAttributeValues": update["ExpressionAttributeValues"] | values,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _get_started_id(counters: Item | None, name: str) -> str | None:
    return None if counters is None else counters.get(name)

"""Conversations and visitors' secrets on the table ``sessions``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb import transactions
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
from conversations.domain.errors import ConflictError, NotFoundError, UnavailableError
from conversations.domain.message import Message
from conversations.domain.page import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SESSION = 0

MAX_VISITOR_TOKENS = 16
"""How many tokens of one visitor are good at once: a tab each."""


@dataclass(frozen=True, slots=True)
class DynamoDBConversationStore:
    """``ConversationStore`` and ``VisitorTokenStore``."""

    client: "DynamoDBClient"
    tables: Tables

    def create(self, conversation: Conversation, first_message: Message | None = None) -> None:
        """Store a new conversation; see ``ConversationStore.create``."""
        actions: list[dict[str, Any]] = [
            {
                "Put": {
                    "TableName": self.tables.sessions,
                    "Item": serialize(sessions.conversation_item(conversation)),
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            }
        ]
        if not conversation.anonymous:
            actions.append({"Update": sessions.count(self.tables.sessions, (conversation, 1))})
        if first_message is not None:
            anonymous = conversation.anonymous
            item = serialize(message_history.message_item(first_message, anonymous=anonymous))
            actions.append({"Put": {"TableName": self.tables.messages(anonymous=anonymous), "Item": item}})
        try:
            transactions.write(self.client, actions)
        except transactions.ConditionsFailedError:
            raise ConflictError("The conversation exists already.") from None

    def get(self, session_id: str) -> Conversation | None:
        """Return a conversation; see ``ConversationStore.get``."""
        item = self._item(sessions.conversation_key(session_id))
        return None if item is None else sessions.read_conversation(item)

    def newest_active(self, owner: str, bot_id: str) -> str | None:
        """Return the conversation used last; see ``ConversationStore.newest_active``."""
        matching = ListFilter(bot_id=bot_id, status=ConversationStatus.ACTIVE)
        newest = self.list_by_owner(owner, matching, limit=1).items
        return newest[0].id if newest else None

    def list_by_owner(
        self, owner: str, matching: ListFilter, *, limit: int, offset: int = 0, after: ListPosition | None = None
    ) -> Page[ConversationSummary]:
        """Return a page of the list; see ``ConversationStore.list_of``."""
        # One more than asked for tells whether there are more.
        wanted = offset + limit + 1
        rows = [
            row for status in _statuses(matching) for row in self._newest(owner, matching.bot_id, status, wanted, after)
        ]
        rows.sort(key=lambda row: row.position, reverse=True)
        return Page(items=tuple(rows[offset : offset + limit]), has_more=len(rows) > offset + limit)

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        """Change the status; see ``ConversationStore.set_status``."""
        for _ in range(transactions.MAX_ATTEMPTS):
            if conversation.status is status:
                return conversation
            changed = conversation.model_copy(update={"status": status, "updated_at": now})
            try:
                transactions.write(
                    self.client,
                    [
                        {"Update": self._move(conversation, changed)},
                        {"Update": sessions.count(self.tables.sessions, (conversation, -1), (changed, 1))},
                    ],
                )
            except transactions.ConditionsFailedError as refusal:
                conversation = _still_there(refusal)
            else:
                return changed
        raise UnavailableError

    def mark_deleted(self, conversation: Conversation, now: datetime) -> None:
        """Make a conversation unfindable; see ``ConversationStore.mark_deleted``."""
        for _ in range(transactions.MAX_ATTEMPTS):
            actions = [{"Update": self._hide(conversation, now)}]
            if not conversation.anonymous:
                actions.append({"Update": sessions.count(self.tables.sessions, (conversation, -1))})
            try:
                transactions.write(self.client, actions)
            except transactions.ConditionsFailedError as refusal:
                try:
                    conversation = _still_there(refusal)
                except NotFoundError:
                    return
            else:
                return
        raise UnavailableError

    def count_by_owner(self, owner: str, matching: ListFilter) -> int:
        """Return a total; see ``ConversationStore.count_of``."""
        counts = self._item(sessions.counts_key(owner)) or {}
        return sum(int(counts.get(sessions.count_name(status, matching.bot_id), 0)) for status in _statuses(matching))

    def add_token(self, session_id: str, token_hash: str, *, kept: str | None = None) -> None:
        """Add a visitor's token; see ``VisitorTokenStore.grant``."""
        for _ in range(transactions.MAX_ATTEMPTS):
            item = self._item(sessions.conversation_key(session_id))
            if item is None or not sessions.read_conversation(item).anonymous:
                return
            before = item.get("token_hashes", [])
            # The SDK asks a second time where the first answer was lost.
            if token_hash in before:
                return
            unchanged = "token_hashes = :before" if before else "attribute_not_exists(token_hashes)"
            values: dict[str, Any] = {":after": _with_token(before, token_hash, kept), ":owner": item["owner"]}
            update: dict[str, Any] = {
                "TableName": self.tables.sessions,
                "Key": serialize(sessions.conversation_key(session_id)),
                "UpdateExpression": "SET token_hashes = :after",
                # Not a user's by now, whose conversation no token opens.
                "ConditionExpression": f"#owner = :owner AND {unchanged}",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": serialize(values | ({":before": before} if before else {})),
            }
            if self._update(update):
                return
        raise UnavailableError

    def is_token_valid(self, session_id: str, token_hash: str, now: datetime) -> bool:
        """Check a visitor's token; see ``VisitorTokenStore.granted``."""
        item = self._item(sessions.conversation_key(session_id))
        if item is None or sessions.read_conversation(item).is_gone(now):
            return False
        # Handing over takes the tokens away, so a user's conversation has none.
        return token_hash in item.get("token_hashes", [])

    def _item(self, key: Item) -> Item | None:
        with service_errors():
            answer = self.client.get_item(TableName=self.tables.sessions, Key=serialize(key), ConsistentRead=True)
        return deserialize(answer["Item"]) if "Item" in answer else None

    def _update(self, update: dict[str, Any]) -> bool:
        try:
            with service_errors():
                self.client.update_item(**update)
        except ClientError as error:
            if get_error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _move(self, before: Conversation, after: Conversation) -> dict[str, Any]:
        """Return the update that gives a conversation another status and another place in the list."""
        return self._change(
            before,
            "SET #status = :status, list_position = :position, updated_at = :at",
            {
                ":status": after.status.value,
                ":position": sessions.list_position(after.status, after.last_activity, after.id),
                ":at": timestamps.format_timestamp(after.updated_at),
            },
        )

    def _hide(self, conversation: Conversation, now: datetime) -> dict[str, Any]:
        """Return the update that takes a conversation out of everything but the eraser's way."""
        return self._change(
            conversation,
            "SET deleted_at = :at, last_message = :none REMOVE list_owner, list_owner_and_bot, list_position",
            {":at": timestamps.format_timestamp(now), ":none": ""},
        )

    def _change(self, before: Conversation, update: str, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.conversation_key(before.id)),
            "UpdateExpression": update,
            # The place in the list is made of the status and the time, so neither may have changed meanwhile.
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

    def _newest(
        self, owner: str, bot_id: str | None, status: ConversationStatus, limit: int, after: ListPosition | None
    ) -> list[ConversationSummary]:
        hash_name, hash_value, index = (
            ("list_owner", owner, sessions.BY_OWNER)
            if bot_id is None
            else ("list_owner_and_bot", sessions.list_owner_and_bot(owner, bot_id), sessions.BY_OWNER_AND_BOT)
        )
        last = sessions.last_position(status) if after is None else sessions.position_of(status, after)
        values = {":owner": hash_value, ":first": sessions.first_position(status), ":last": last}
        rows: list[ConversationSummary] = []
        start: dict[str, Any] = {}
        while len(rows) < limit:
            with service_errors():
                answer = self.client.query(
                    TableName=self.tables.sessions,
                    IndexName=index,
                    KeyConditionExpression=f"{hash_name} = :owner AND list_position BETWEEN :first AND :last",
                    ExpressionAttributeValues=serialize(values),
                    ScanIndexForward=False,
                    # The place itself is in the range and is left out below.
                    Limit=limit - len(rows) + (after is not None),
                    **start,
                )
            found = (_read_summary(deserialize(item)) for item in answer["Items"])
            rows.extend(row for row in found if row.position != after)
            if "LastEvaluatedKey" not in answer:
                break
            # A page of DynamoDB is 1 MB; only a deep offset needs more than one.
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return rows


def _with_token(hashes: Sequence[str], token_hash: str, kept: str | None) -> list[str]:
    """Return the last tokens and the new one; the one that is kept goes last, so that others go before it."""
    others = [each for each in hashes if each != kept]
    return [*others, *(each for each in hashes if each == kept), token_hash][-MAX_VISITOR_TOKENS:]


def _still_there(refusal: transactions.ConditionsFailedError) -> Conversation:
    """Return the conversation as it stood in the way, if it still exists for its owner."""
    item = refusal.found[_SESSION]
    if item is None or "deleted_at" in item:
        raise NotFoundError("The conversation does not exist.") from None
    return sessions.read_conversation(item)


def _statuses(matching: ListFilter) -> tuple[ConversationStatus, ...]:
    return tuple(ConversationStatus) if matching.status is None else (matching.status,)


def _read_summary(item: Item) -> ConversationSummary:
    """Read what the indexes project."""
    return ConversationSummary(
        id=item["id"],
        bot_id=item["bot_id"],
        bot_name=item["bot_name"],
        status=ConversationStatus(item["status"]),
        last_message=item["last_message"],
        last_activity=timestamps.parse_timestamp(item["last_activity"]),
    )

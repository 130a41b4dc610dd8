"""Conversations and visitors' secrets on the table ``sessions``."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conversations.adapters.aws import code_of, service_errors
from conversations.adapters.dynamodb import message_history, sessions, transactions
from conversations.adapters.dynamodb.items import Item, plain, typed
from conversations.domain import moments
from conversations.domain.conversation import Conversation, ConversationStatus, ConversationSummary
from conversations.domain.errors import ConflictError
from conversations.domain.message import Message
from conversations.domain.ports import ListFilter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_VISITOR_TOKENS = 4
"""How many tokens of one visitor are good at once: a tab each."""


@dataclass(frozen=True, slots=True)
class DynamoDBConversations:
    """``ConversationStore`` and ``VisitorStore``."""

    client: "DynamoDBClient"
    sessions_table: str
    message_history_table: str

    def create(self, conversation: Conversation, first_message: Message | None = None) -> None:
        """Store a new conversation; see ``ConversationStore.create``."""
        actions: list[dict[str, Any]] = [
            {
                "Put": {
                    "TableName": self.sessions_table,
                    "Item": typed(sessions.conversation_item(conversation)),
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            }
        ]
        if not conversation.anonymous:
            actions.append({"Update": self._count_one_more(conversation)})
        if first_message is not None:
            item = typed(message_history.message_item(first_message))
            actions.append({"Put": {"TableName": self.message_history_table, "Item": item}})
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
        newest = self.list_of(owner, matching, limit=1, offset=0)
        return newest[0].id if newest else None

    def list_of(self, owner: str, matching: ListFilter, *, limit: int, offset: int) -> tuple[ConversationSummary, ...]:
        """Return a page of the list; see ``ConversationStore.list_of``."""
        wanted = offset + limit
        rows = [row for status in _statuses(matching) for row in self._newest(owner, matching.bot_id, status, wanted)]
        rows.sort(key=lambda row: row.last_activity, reverse=True)
        return tuple(rows[offset:wanted])

    def count_of(self, owner: str, matching: ListFilter) -> int:
        """Return a total; see ``ConversationStore.count_of``."""
        counts = self._item(sessions.counts_key(owner)) or {}
        return sum(int(counts.get(sessions.count_name(status, matching.bot_id), 0)) for status in _statuses(matching))

    def grant(self, session_id: str, token_hash: str) -> None:
        """Add a visitor's token; see ``VisitorStore.grant``."""
        update: dict[str, Any] = {
            "TableName": self.sessions_table,
            "Key": typed(sessions.conversation_key(session_id)),
            "UpdateExpression": "SET token_hashes = list_append(if_not_exists(token_hashes, :none), :new)",
            "ConditionExpression": (
                "attribute_exists(id) AND (attribute_not_exists(token_hashes) OR size(token_hashes) < :most)"
            ),
            "ExpressionAttributeValues": typed({":none": [], ":new": [token_hash], ":most": MAX_VISITOR_TOKENS}),
        }
        if self._update(update):
            return
        # An index behind the end appends. The whole list and a place in it may not be changed together.
        update["UpdateExpression"] = f"SET token_hashes[{MAX_VISITOR_TOKENS}] = :new REMOVE token_hashes[0]"
        update["ConditionExpression"] = "attribute_exists(token_hashes) AND size(token_hashes) >= :most"
        update["ExpressionAttributeValues"] = typed({":new": token_hash, ":most": MAX_VISITOR_TOKENS})
        self._update(update)

    def granted(self, session_id: str, token_hash: str, now: datetime) -> bool:
        """Check a visitor's token; see ``VisitorStore.granted``."""
        item = self._item(sessions.conversation_key(session_id))
        if item is None or sessions.read_conversation(item).expired(now):
            return False
        return token_hash in item.get("token_hashes", [])

    def _item(self, key: Item) -> Item | None:
        with service_errors():
            answer = self.client.get_item(TableName=self.sessions_table, Key=typed(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def _update(self, update: dict[str, Any]) -> bool:
        try:
            with service_errors():
                self.client.update_item(**update)
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _count_one_more(self, conversation: Conversation) -> dict[str, Any]:
        return {
            "TableName": self.sessions_table,
            "Key": typed(sessions.counts_key(conversation.owner)),
            "UpdateExpression": "ADD #all :one, #bot :one",
            "ExpressionAttributeNames": {
                "#all": sessions.count_name(conversation.status, None),
                "#bot": sessions.count_name(conversation.status, conversation.bot_id),
            },
            "ExpressionAttributeValues": typed({":one": 1}),
        }

    def _newest(
        self, owner: str, bot_id: str | None, status: ConversationStatus, limit: int
    ) -> list[ConversationSummary]:
        hash_name, hash_value, index = (
            ("list_owner", owner, sessions.BY_OWNER)
            if bot_id is None
            else ("list_owner_and_bot", sessions.list_owner_and_bot(owner, bot_id), sessions.BY_OWNER_AND_BOT)
        )
        rows: list[ConversationSummary] = []
        start: dict[str, Any] = {}
        while len(rows) < limit:
            with service_errors():
                answer = self.client.query(
                    TableName=self.sessions_table,
                    IndexName=index,
                    KeyConditionExpression=f"{hash_name} = :owner AND begins_with(list_position, :status)",
                    ExpressionAttributeValues=typed(
                        {":owner": hash_value, ":status": sessions.position_prefix(status)}
                    ),
                    ScanIndexForward=False,
                    Limit=limit - len(rows),
                    **start,
                )
            rows.extend(_read_summary(plain(item)) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                break
            # A page of DynamoDB is 1 MB; only a deep offset needs more than one.
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return rows


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
        last_activity=moments.from_text(item["last_activity"]),
    )

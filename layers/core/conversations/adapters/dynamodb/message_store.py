"""Messages: appending one, and pages of the history."""

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import idempotency, items, transactions
from conversations.adapters.dynamodb.head_cache import HeadCache, SequenceHead
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, retry_on_conflict
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain import ids, recent_sends, timestamps
from conversations.domain.authorization import require_access, require_open
from conversations.domain.conversation import (
    Conversation,
    ConversationStatus,
    TurnRoute,
    build_preview,
    get_visitor_expiry,
    leaves_window,
)
from conversations.domain.message import Draft, Message
from conversations.domain.page import Page
from conversations.domain.principal import Principal
from conversations.ports.messages import MessageStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Indexes of the actions of the transaction.
_CONVERSATION = 0
_IDEMPOTENCY_RECORD = 1


@dataclass(frozen=True, slots=True)
class DynamoDBMessageStore(MessageStore):
    """``MessageStore`` on ``message_history`` and ``visitor_messages``, with optimistic sequence numbers."""

    client: "DynamoDBClient"
    tables: Tables
    heads: HeadCache = field(default_factory=HeadCache)

    def get_route(self, principal: Principal, conversation_id: str, now: datetime) -> TurnRoute:
        """Return who answers the conversation; see ``MessageStore.get_route``."""
        return self._get_head(principal, conversation_id, now).route

    def append(self, principal: Principal, conversation_id: str, draft: Draft, now: datetime) -> Message:
        """Store a message once, with the next ``seq``; see ``MessageStore.append``.

        One transaction updates the conversation, puts the message, and puts the record of its ``client_message_id``.
        The ``seq`` is based on a guess of the conversation's head; a conflict returns the real one.
        """

        def attempt(head: SequenceHead) -> Message:
            return self._append_after(head, principal, conversation_id, draft, now)

        def refresh(conflict: ConditionsFailedError) -> SequenceHead:
            head = _parse_head(conflict.current_items[_CONVERSATION], principal, now)
            self.heads.on_conflict(conversation_id, head)
            # safeguard: send-conflict-head
            return head

        return retry_on_conflict(self._get_head(principal, conversation_id, now), attempt, refresh)

    def get_page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        """Return a page of the history: one query; see ``MessageStore.get_page``."""
        if first > last:
            return Page(items=(), has_more=False)
        bounds = _PageBounds(first, last)
        found, is_cut = items.query_messages(
            self.client,
            self.tables.messages(anonymous=conversation.anonymous),
            conversation.id,
            # safeguard: page-turns
            first=bounds.first_key,
            last=last,
            newest=newest,
            # One more than asked for shows whether there are more.
            limit=limit + 1 + bounds.earlier_items,
        )
        messages = bounds.select(found, newest=newest)
        # A page of DynamoDB has at most 1 MB, which very long messages may fill.
        has_more = len(messages) > limit or is_cut
        page = messages[:limit]
        return Page(items=tuple(reversed(page) if newest else page), has_more=has_more)

    def _get_head(self, principal: Principal, conversation_id: str, now: datetime) -> SequenceHead:
        head = self.heads.guess(conversation_id)
        if head is None:
            head = self._read_head(principal, conversation_id, now)
            self.heads.on_read(conversation_id, head)
        return head

    def _read_head(self, principal: Principal, conversation_id: str, now: datetime) -> SequenceHead:
        item = items.read_item(self.client, self.tables.sessions, sessions.build_conversation_key(conversation_id))
        return _build_head(_parse_accessible(item, principal, now))

    def _append_after(
        self, head: SequenceHead, principal: Principal, conversation_id: str, draft: Draft, now: datetime
    ) -> Message:
        """Store the draft if ``head`` is current; return the original message if it was stored before."""
        message = draft.number(conversation_id, head.last_seq, head.last_activity, principal.groups, now)
        try:
            transactions.write(self.client, self._build_actions(principal, message, head))
        except ConditionsFailedError as conflict:
            original = self._find_original(conflict, conversation_id, principal, draft, now)
            if original is None:
                raise
            return original
        # Another process may have moved the conversation since: then the next message moves it once more.
        sorted_at = message.timestamp if leaves_window(head.sorted_at, message.timestamp) else head.sorted_at
        self.heads.on_write(conversation_id, SequenceHead(head.route, message.seq, message.timestamp, sorted_at))
        return message

    def _find_original(
        self, conflict: ConditionsFailedError, conversation_id: str, principal: Principal, draft: Draft, now: datetime
    ) -> Message | None:
        """Return the message the draft's ``client_message_id`` was used for, None if it was not the reason.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation; it must not learn whether the id was used.
        ConflictError
            If the id was used for different content.
        """
        if _CONVERSATION in conflict.current_items:
            row = conflict.current_items[_CONVERSATION]
            conversation = _parse_accessible(row, principal, now)
            sent_at = None if draft.client_message_id is None else _find_recent(row, draft.client_message_id, now)
            if sent_at is not None:
                table = self.tables.messages(anonymous=conversation.anonymous)
                return idempotency.read_original(self.client, table, sent_at, conversation_id, draft)
        record = conflict.current_items.get(_IDEMPOTENCY_RECORD)
        return None if record is None else idempotency.build_original_message(record, conversation_id, draft)

    def _build_actions(self, principal: Principal, message: Message, head: SequenceHead) -> list[dict[str, Any]]:
        table = self.tables.messages(anonymous=principal.anonymous)
        actions: list[dict[str, Any]] = [{"Update": self._build_advance(principal, message, head)}]
        # safeguard: send-idempotency-record
        if message.client_message_id is not None:
            actions.append({"Put": idempotency.build_put(table, message, message.client_message_id)})
        item = serialize(message_history.build_message_item(message, anonymous=principal.anonymous))
        actions.append({"Put": {"TableName": table, "Item": item}})
        return actions

    def _build_advance(self, principal: Principal, message: Message, head: SequenceHead) -> dict[str, Any]:
        """Build the update that moves the conversation's head, if it is current and the caller may send messages."""
        condition, values = build_send_condition(principal, message)
        names = {"#owner": "owner", "#status": "status"}
        values |= {":seq": message.seq, ":preview": build_preview(message), ":none": [], ":waiting": [message.id]}
        # safeguard: send-pending
        update = (
            "SET last_seq = :seq, last_message = :preview, last_activity = :at, updated_at = :at,"
            " unanswered = list_append(if_not_exists(unanswered, :none), :waiting)"
        )
        if message.client_message_id is not None:
            # The message has an idempotency record, and inline turns look for it.
            # safeguard: send-recorded
            update += ", recorded_at = :at"
            # safeguard: send-recent
            condition += " AND (attribute_not_exists(sends.#sent) OR sends.#sent < :oldest)"
            names["#sent"] = recent_sends.compute_hash(message.client_message_id)
            values[":oldest"] = recent_sends.get_oldest_time(message.timestamp)
        if principal.anonymous:
            update += ", expires_at = :end"
            values[":end"] = timestamps.to_epoch_seconds(get_visitor_expiry(message.timestamp))
        elif leaves_window(head.sorted_at, message.timestamp):
            update += ", list_position = :position"
            values[":position"] = sessions.build_list_position(
                ConversationStatus.ACTIVE, message.timestamp, message.conversation_id
            )
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_conversation_key(message.conversation_id)),
            "ConditionExpression": condition,
            "UpdateExpression": update,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": serialize(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


@dataclass(frozen=True, slots=True)
class _PageBounds:
    """Which items of the table have the messages of a page, and which of their messages belong to it.

    The item of an inline turn has the key of the user's message, and also its replies, which are at most
    ``MAX_TURN_MILLISECONDS`` later. So the query begins that much earlier.
    """

    first: str
    last: str

    @property
    def first_key(self) -> str:
        """The key with which the query begins."""
        return ids.subtract_milliseconds(self.first, message_history.MAX_TURN_MILLISECONDS)

    @property
    def earlier_items(self) -> int:
        """How many items the query may find before those of the page: each message has a millisecond of its own."""
        return 0 if self.first_key == self.first else message_history.MAX_TURN_MILLISECONDS

    def select(self, stored: Iterable[Item], *, newest: bool) -> list[Message]:
        """Return the messages within the bounds, in the order of the items."""
        found = (message_history.parse_messages(item) for item in stored)
        # safeguard: page-bounds
        return [
            message
            for messages in found
            for message in (reversed(messages) if newest else messages)
            if self.first <= message.id <= self.last
        ]


def build_send_condition(principal: Principal, message: Message) -> tuple[str, dict[str, Any]]:
    """Return the condition on which a user's message is the next one of its conversation, and its values.

    Its names are ``#owner`` and ``#status``, and ``:at`` is the time of the message.
    """
    values: dict[str, Any] = {
        ":owner": principal.owner,
        ":active": ConversationStatus.ACTIVE.value,
        ":before": message.seq - 1,
        ":at": timestamps.format_timestamp(message.timestamp),
    }
    # safeguard: send-seq
    # safeguard: send-owner
    # safeguard: send-archived
    # safeguard: send-deleted
    condition = (
        "#owner = :owner AND #status = :active AND attribute_not_exists(deleted_at)"
        " AND last_seq = :before AND last_activity < :at"
    )
    if principal.anonymous:
        # safeguard: send-expired
        condition += " AND expires_at > :now"
        values[":now"] = int(message.timestamp.timestamp())
    return condition, values


def _find_recent(row: Item | None, client_message_id: str, now: datetime) -> datetime | None:
    return None if row is None else sessions.parse_recent_sends(row).find(client_message_id, now)


def _parse_head(item: Item | None, principal: Principal, now: datetime) -> SequenceHead:
    """Parse the head of a conversation to which the caller may send messages; raise if it may not."""
    conversation = _parse_accessible(item, principal, now)
    require_open(conversation)
    return _build_head(conversation)


def _build_head(conversation: Conversation) -> SequenceHead:
    route = TurnRoute(conversation.bot_id, conversation.waits)
    return SequenceHead(route, conversation.last_seq, conversation.last_activity, conversation.sorting_time)


def _parse_accessible(item: Item | None, principal: Principal, now: datetime) -> Conversation:
    return require_access(None if item is None else sessions.parse_conversation(item), principal, now)

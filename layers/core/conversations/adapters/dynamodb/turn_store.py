"""Bot turns in the tables ``sessions`` and those of the messages."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import idempotency, items, transactions, turn_items
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write, retry_on_conflict
from conversations.adapters.dynamodb.schema import memories, message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.data_classes import dataclass
from conversations.domain import ids, timestamps
from conversations.domain.bot import DialogState
from conversations.domain.conversation import GREETING_SEQ, MAX_FAILED_MESSAGES, Conversation, build_queued_mark
from conversations.domain.dialog import CommittedTurn, Dialog, TurnSideData
from conversations.domain.errors import NotFoundError
from conversations.domain.message import Message
from conversations.domain.turn import advance_conversation, follow_conversation
from conversations.ports.turns import TurnStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONVERSATION = 0
"""Index of the conversation's update in each transaction."""

_MAX_REPLY_MESSAGES = 100
"""How many messages after the user's may be searched for the replies."""

type _Action = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DynamoDBTurnStore(TurnStore):
    """``TurnStore``: one transaction per turn."""

    client: "DynamoDBClient"
    tables: Tables

    def load(self, conversation_id: str, message_id: str | None = None) -> Dialog | None:
        """Return conversation, dialog state and message in one request; see ``TurnStore.load``."""
        dialog_key = sessions.build_dialog_key(conversation_id)
        keys = {self.tables.sessions: [sessions.build_conversation_key(conversation_id), dialog_key]}
        if message_id is not None:
            # Only the response shows whether the conversation is a user's or a visitor's, so both tables are read.
            key = message_history.build_message_key(conversation_id, message_id)
            keys |= {self.tables.message_history: [key], self.tables.visitor_messages: [key]}
        stored = items.read_items(self.client, keys)
        by_id = {item["id"]: item for item in stored[self.tables.sessions]}
        if conversation_id not in by_id:
            return None
        # The message may be in both tables while the conversation is claimed.
        messages = [*stored.get(self.tables.message_history, []), *stored.get(self.tables.visitor_messages, [])]
        dialog = by_id.get(dialog_key["id"])
        return Dialog(
            sessions.parse_conversation(by_id[conversation_id]),
            sessions.parse_state(dialog),
            message_history.parse_message(messages[0]) if messages else None,
            None if dialog is None else dialog.get("untold"),
            sessions.parse_expects(dialog),
            sessions.format_dialog(dialog),
            sessions.parse_recent_sends(by_id[conversation_id]),
        )

    def list_conversations(self, conversation_ids: Sequence[str]) -> Sequence[Conversation]:
        """Return conversations with one request; see ``TurnStore.list_conversations``."""
        table = self.tables.sessions
        keys = [sessions.build_conversation_key(conversation_id) for conversation_id in conversation_ids]
        return [sessions.parse_conversation(item) for item in items.read_items(self.client, {table: keys})[table]]

    def set_waits(self, conversation_id: str) -> None:
        """Set the attribute; see ``TurnStore.set_waits``."""
        with suppress(ConditionsFailedError), conditional_write():
            # safeguard: waits-existing
            self.client.update_item(
                TableName=self.tables.sessions,
                Key=serialize(sessions.build_conversation_key(conversation_id)),
                UpdateExpression="SET waits = :true",
                # Without it, the update would create the row of a conversation that has been erased.
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues=serialize({":true": True}),
            )

    def commit(
        self,
        dialog: Dialog,
        messages: Sequence[Message],
        state: DialogState,
        now: datetime,
        side_data: TurnSideData | None = None,
    ) -> CommittedTurn:
        """Store a turn once; see ``TurnStore.commit``.

        A transaction has at most 100 actions (DynamoDB's quota). The conversation and its dialog are two of them, a
        redacted message and its idempotency record another two. DynamoDB refuses a larger turn on every try, so
        engines limit the number of messages and memories.
        """
        write = _TurnWrite(self.tables, side_data or TurnSideData(), state, now)

        def attempt(current: Dialog) -> CommittedTurn:
            # safeguard: turn-once
            if not current.conversation.is_pending(current.replies_to):
                return CommittedTurn(current.conversation, self.get_replies(current.conversation, current.message))
            turn = write.plan(current, messages)
            transactions.write(self.client, list(write.build_actions(current, turn)))
            # safeguard: turn-written
            return turn

        return retry_on_conflict(dialog, attempt, lambda conflict: _refresh_dialog(dialog, conflict))

    def end_delivery(self, conversation_id: str, mark: str) -> None:
        """Remove the mark; see ``TurnStore.end_delivery``."""
        with suppress(ConditionsFailedError), conditional_write():
            self.client.update_item(
                TableName=self.tables.sessions,
                Key=serialize(sessions.build_conversation_key(conversation_id)),
                UpdateExpression="REMOVE undelivered",
                # safeguard: delivery-ended-once
                ConditionExpression="undelivered = :mark",
                ExpressionAttributeValues=serialize({":mark": mark}),
            )

    def get_replies(self, conversation: Conversation, message: Message | None) -> tuple[Message, ...]:
        """Return the messages of a turn: one query, unless they are over 1 MB; see ``TurnStore.get_replies``."""
        replies_to, first = (
            (GREETING_SEQ, ids.FIRST_ID) if message is None else (message.seq, ids.get_next_id(message.id))
        )
        page = DynamoDBMessageStore(self.client, self.tables).read_messages(
            conversation, first=first, last=ids.LAST_ID, newest=False, limit=_MAX_REPLY_MESSAGES
        )
        return tuple(reply for reply in page.items if reply.answers == replies_to)

    def mark_failed(self, conversation_id: str, message_id: str) -> Dialog | None:
        """Move a message from the pending to the failed ones; see ``TurnStore.mark_failed``."""
        dialog = self.load(conversation_id, message_id)
        if dialog is None:
            return None

        def attempt(current: Dialog) -> Dialog | None:
            # safeguard: dead-letter-repeated
            if message_id in current.conversation.failed_message_ids:
                return current
            if message_id not in current.conversation.pending_message_ids:
                return None
            failed = _fail_message(current.conversation, message_id)
            transactions.write(self.client, [self._build_failure(current.conversation, failed, message_id)])
            return replace(current, conversation=failed)

        try:
            return retry_on_conflict(dialog, attempt, lambda conflict: _refresh_dialog(dialog, conflict))
        except NotFoundError:
            return None

    def _build_failure(self, before: Conversation, after: Conversation, message_id: str) -> _Action:
        """Build the update that moves a message to the failed ones, if nothing else has changed them."""
        path = f"unanswered[{before.pending_message_ids.index(message_id)}]"
        failed = list(before.failed_message_ids)
        unchanged = "given_up = :before" if failed else "(attribute_not_exists(given_up) OR given_up = :before)"
        return _build_conversation_update(
            self.tables.sessions,
            before,
            # The owner is notified of the failure.
            # safeguard: dead-letter-owner
            f"#owner = :owner AND {path} = :message AND {unchanged} AND attribute_not_exists(deleted_at)",
            f"SET given_up = :after REMOVE {path}",
            {
                ":owner": before.owner,
                ":message": message_id,
                ":before": failed,
                ":after": list(after.failed_message_ids),
            },
            names={"#owner": "owner"},
        )


@dataclass(frozen=True, slots=True)
class _TurnWrite:
    """Builds the transaction of a turn."""

    tables: Tables
    side_data: TurnSideData
    state: DialogState
    now: datetime

    def plan(self, dialog: Dialog, messages: Sequence[Message]) -> CommittedTurn:
        """Return what the turn leaves behind if ``dialog.conversation`` is current."""
        before = dialog.conversation
        minted = follow_conversation(before, messages, self.now)
        after = advance_conversation(before, dialog.replies_to, minted, self._redact(dialog.message), self.now)
        if not before.waits:
            mark = build_queued_mark(None if dialog.message is None else dialog.message.id)
            after = after.model_copy(update={"undelivered": mark})
        return CommittedTurn(after, minted)

    def build_actions(self, dialog: Dialog, turn: CommittedTurn) -> Iterable[_Action]:
        """Build the actions that store the turn on the condition that ``dialog.conversation`` is current."""
        conversation, redacted = dialog.conversation, self._redact(dialog.message)
        yield self._build_advance(dialog, turn)
        yield from turn_items.build_dialog_put(self.tables, dialog, self.state, turn.messages, self.side_data)
        for message in turn.messages:
            yield turn_items.build_message_put(self.tables, conversation, message)
        for key, value in self.side_data.memories.items():
            yield memories.build_memory_put(self.tables.bot_data, key, value)
        # safeguard: redact-stored
        if redacted is not None:
            yield from self._build_redaction(conversation, redacted)

    def _redact(self, message: Message | None) -> Message | None:
        content = self.side_data.redacted
        return None if message is None or content is None else message.model_copy(update={"content": content})

    def _build_redaction(self, conversation: Conversation, redacted: Message) -> Iterable[_Action]:
        """Build the actions that replace the user's message in its current table; it may have been claimed since."""
        yield turn_items.build_message_put(self.tables, conversation, redacted)
        # safeguard: redact-hash
        if redacted.client_message_id is not None:
            table = self.tables.messages(anonymous=conversation.anonymous)
            yield {"Put": idempotency.build_redacted_put(table, redacted, redacted.client_message_id)}

    def _build_advance(self, dialog: Dialog, turn: CommittedTurn) -> _Action:
        """Build the update that moves the conversation past the turn, if nothing else has changed it."""
        conversation, replies_to = dialog.conversation, dialog.replies_to
        values: dict[str, Any] = {
            ":owner": conversation.owner,
            ":status": conversation.status.value,
            ":before": conversation.last_seq,
            ":answered": conversation.answered_seq,
        }
        # The turn is sent to the owner, and the list position contains the status.
        # safeguard: turn-owner
        # safeguard: turn-status
        # safeguard: turn-seq
        # safeguard: turn-deleted
        condition = (
            "#owner = :owner AND #status = :status AND answered_seq = :answered AND last_seq = :before"
            " AND attribute_not_exists(deleted_at)"
        )
        changes = _build_changes(conversation, turn.conversation)
        update = "SET " + ", ".join(f"{name} = :new_{name}" for name in changes)
        values |= {f":new_{name}": value for name, value in changes.items()}
        if replies_to != GREETING_SEQ:
            path, message_id = _find_waiting(conversation, replies_to)
            # safeguard: turn-pending
            condition += f" AND {path} = :waiting"
            # safeguard: turn-pending-removed
            update += f" REMOVE {path}"
            values[":waiting"] = message_id
        return _build_conversation_update(
            self.tables.sessions,
            conversation,
            condition,
            update,
            values,
            names={"#owner": "owner", "#status": "status"},
        )


def _build_changes(before: Conversation, after: Conversation) -> dict[str, Any]:
    """Return the attributes that the turn sets; a message of the bot may also move the conversation in the indexes."""
    changes: dict[str, Any] = {
        "answered_seq": after.answered_seq,
        "updated_at": timestamps.format_timestamp(after.updated_at),
    }
    if after.last_message != before.last_message:
        changes["last_message"] = after.last_message
    if after.undelivered != before.undelivered:
        # safeguard: turn-marked
        changes["undelivered"] = after.undelivered
    if after.last_seq == before.last_seq:
        return changes
    changes |= {"last_seq": after.last_seq, "last_activity": timestamps.format_timestamp(after.last_activity)}
    if after.anonymous or after.sorted_at is not None:
        return changes
    return changes | {"list_position": sessions.build_list_position(after.status, after.last_activity, after.id)}


def _fail_message(conversation: Conversation, message_id: str) -> Conversation:
    """Return the conversation with a pending message moved to the failed ones, of which the newest are stored."""
    pending = tuple(pending_id for pending_id in conversation.pending_message_ids if pending_id != message_id)
    failed = (*conversation.failed_message_ids, message_id)[-MAX_FAILED_MESSAGES:]
    return conversation.model_copy(update={"pending_message_ids": pending, "failed_message_ids": failed})


def _refresh_dialog(dialog: Dialog, conflict: ConditionsFailedError) -> Dialog:
    """Return the dialog with the conversation that the conflict found.

    Raises
    ------
    NotFoundError
        If the conversation is gone.
    """
    conversation = sessions.parse_existing_conversation(conflict.current_items[_CONVERSATION])
    return replace(dialog, conversation=conversation)


def _find_waiting(conversation: Conversation, seq: int) -> tuple[str, str]:
    """Return the document path and the id of the pending or failed message with this ``seq``."""
    lists = {"unanswered": conversation.pending_message_ids, "given_up": conversation.failed_message_ids}
    return next(
        (f"{name}[{index}]", message_id)
        for name, message_ids in lists.items()
        for index, message_id in enumerate(message_ids)
        if ids.get_seq(message_id) == seq
    )


def _build_conversation_update(  # noqa: PLR0913 - the parts of one request
    table: str,
    conversation: Conversation,
    condition: str,
    update: str,
    values: dict[str, Any],
    *,
    names: dict[str, str] | None = None,
) -> _Action:
    request = {
        "TableName": table,
        "Key": serialize(sessions.build_conversation_key(conversation.id)),
        "ConditionExpression": condition,
        "UpdateExpression": update,
        "ExpressionAttributeValues": serialize(values),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **({"ExpressionAttributeNames": names} if names else {}),
    }
    return {"Update": request}

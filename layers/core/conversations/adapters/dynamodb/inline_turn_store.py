"""A user's message and the turn that answers it, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import idempotency, transactions, turn_items
from conversations.adapters.dynamodb.head_cache import HeadCache, SequenceHead
from conversations.adapters.dynamodb.message_store import build_send_condition
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import memories, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.bot import DialogState
from conversations.domain.conversation import Conversation, TurnRoute
from conversations.domain.dialog import Dialog, InlineTurn, TurnSideData
from conversations.domain.message import Draft, Message
from conversations.domain.principal import Principal
from conversations.domain.recent_sends import RecentSends
from conversations.domain.turn import advance_conversation, append_message
from conversations.ports.turns import InlineTurnStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Indexes of the actions of the transaction, if the message has a ``client_message_id``.
_CONVERSATION = 0
_IDEMPOTENCY_RECORD = 1


@dataclass(frozen=True, slots=True)
class DynamoDBInlineTurnStore(InlineTurnStore):
    """``InlineTurnStore``: one transaction.

    Attributes
    ----------
    heads
        The cache of ``DynamoDBMessageStore``.
    """

    client: "DynamoDBClient"
    tables: Tables
    heads: HeadCache

    def store(  # noqa: PLR0913 - the parts of a message and a turn
        self,
        principal: Principal,
        dialog: Dialog,
        message: Message,
        replies: Sequence[Message],
        *,
        state: DialogState,
        now: datetime,
        side_data: TurnSideData,
    ) -> InlineTurn | Message | None:
        """Store the message and the turn; see ``InlineTurnStore.store``."""
        if (sent_at := _find_recent(dialog, message)) is not None:
            if dialog.conversation.undelivered is not None:
                # The queue delivers the turn again.
                return None
            table = self.tables.messages(anonymous=principal.anonymous)
            return idempotency.read_original(self.client, table, sent_at, dialog.conversation.id, _to_draft(message))
        is_redacted = side_data.redacted is not None
        stored = message.model_copy(update={"content": side_data.redacted}) if is_redacted else message
        asked = append_message(dialog.conversation, message)
        after = advance_conversation(asked, message.seq, replies, stored if is_redacted else None, now)
        after = after.model_copy(update={"undelivered": message.id})
        turn = InlineTurn(after, message, stored, tuple(replies))
        try:
            transactions.write(self.client, list(self._build_actions(principal, dialog, turn, state, side_data)))
        except ConditionsFailedError as conflict:
            return _find_original(conflict, message)
        head = SequenceHead(
            TurnRoute(after.bot_id, after.waits), after.last_seq, after.last_activity, after.sorting_time
        )
        self.heads.on_read(after.id, head)
        return turn

    def _build_actions(
        self, principal: Principal, dialog: Dialog, turn: InlineTurn, state: DialogState, side_data: TurnSideData
    ) -> Iterable[dict[str, Any]]:
        is_redacted = side_data.redacted is not None
        sends, actions = self._register(principal, turn.message, dialog.recent_sends, is_redacted=is_redacted)
        yield {"Update": self._build_advance(principal, dialog.conversation, turn, sends)}
        # safeguard: inline-idempotency-record
        yield from actions
        yield from turn_items.build_turn_puts(self.tables, turn.conversation, turn.stored, turn.replies)
        current = replace(dialog, conversation=turn.conversation)
        yield from turn_items.build_dialog_put(self.tables, current, state, turn.replies, side_data)
        for key, value in side_data.memories.items():
            yield memories.build_memory_put(self.tables.bot_data, key, value)

    def _register(
        self, principal: Principal, message: Message, sends: RecentSends, *, is_redacted: bool
    ) -> tuple[RecentSends | None, Sequence[dict[str, Any]]]:
        """Return where a ``client_message_id`` is stored: what the row has of them then, and further actions.

        No record can be added between the read of the dialog and the transaction: that would change ``last_seq``.
        """
        key, table = message.client_message_id, self.tables.messages(anonymous=principal.anonymous)
        if key is None:
            return None, ()
        # A redacted message cannot be compared with one that is sent again.
        added = None if is_redacted else sends.add(key, message.timestamp)
        if added is None:
            put = idempotency.build_put(table, message, key, is_redacted=is_redacted)
            return replace(sends, recorded_at=message.timestamp), ({"Put": put},)
        if sends.may_have_records(message.timestamp):
            return added, ({"ConditionCheck": idempotency.build_check(table, message, key)},)
        return added, ()

    def _build_advance(
        self, principal: Principal, before: Conversation, turn: InlineTurn, sends: RecentSends | None
    ) -> dict[str, Any]:
        """Build the update that moves the conversation past message and turn, if nothing else is under way."""
        after = turn.conversation
        condition, values = build_send_condition(principal, turn.message)
        # safeguard: inline-unanswered
        # safeguard: inline-undelivered
        condition += (
            " AND answered_seq = :answered AND (attribute_not_exists(unanswered) OR unanswered = :none)"
            " AND attribute_not_exists(undelivered)"
        )
        changes: dict[str, Any] = {
            "last_seq": after.last_seq,
            "last_message": after.last_message,
            "last_activity": timestamps.format_timestamp(after.last_activity),
            "updated_at": timestamps.format_timestamp(after.updated_at),
            "answered_seq": after.answered_seq,
            "undelivered": after.undelivered,
            **({} if sends is None else sessions.build_recent_sends(sends)),
        }
        if after.expires_at is not None:
            changes["expires_at"] = timestamps.to_epoch_seconds(after.expires_at)
        elif after.sorting_time != before.sorting_time:
            changes["list_position"] = sessions.build_list_position(after.status, after.sorting_time, after.id)
        values |= {":answered": before.answered_seq, ":none": []} | {f":new_{name}": changes[name] for name in changes}
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.build_conversation_key(after.id)),
            "ConditionExpression": condition,
            "UpdateExpression": "SET " + ", ".join(f"{name} = :new_{name}" for name in changes),
            "ExpressionAttributeNames": {"#owner": "owner", "#status": "status"},
            "ExpressionAttributeValues": serialize(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _find_original(conflict: ConditionsFailedError, message: Message) -> Message | None:
    """Return the message that was stored for the same ``client_message_id``, if that is the only reason of a conflict.

    Raises
    ------
    ConflictError
        If it has different content.
    """
    record = conflict.current_items.get(_IDEMPOTENCY_RECORD)
    if message.client_message_id is None or record is None or _CONVERSATION in conflict.current_items:
        return None
    return idempotency.build_original_message(record, message.conversation_id, _to_draft(message))


def _find_recent(dialog: Dialog, message: Message) -> datetime | None:
    """Return when a message with the same ``client_message_id`` was stored, if the row has it."""
    key = message.client_message_id
    # safeguard: inline-recent
    return None if key is None else dialog.recent_sends.find(key, message.timestamp)


def _to_draft(message: Message) -> Draft:
    return Draft(content=message.content, client_message_id=message.client_message_id)

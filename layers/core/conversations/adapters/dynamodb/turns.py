"""The bots' turns on the tables ``sessions`` and those of the messages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import bot_memory, idempotency, transactions
from conversations.adapters.dynamodb.messages import DynamoDBMessageStore
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import content_hash, ids, timestamps
from conversations.domain.bot import DialogState
from conversations.domain.conversation import MAX_FAILED_MESSAGES, Conversation, build_preview
from conversations.domain.dialog import Dialog, TurnSideData
from conversations.domain.errors import NotFoundError, UnavailableError
from conversations.domain.message import Message, Sender, Utterance

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SESSION = 0
GREETING_SEQ = 0
"""What the greeting of a conversation answers: the place before its first message."""
_MAX_REPLY_MESSAGES = 100
"""How far behind a message its answer is looked for."""


class _Redaction(NamedTuple):
    """A message as it is kept, and the fingerprint of what it said."""

    message: Message
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DynamoDBTurnStore:
    """``TurnStore``."""

    client: "DynamoDBClient"
    tables: Tables

    def load(self, session_id: str, message_id: str | None = None) -> Dialog | None:
        """Return conversation, state and message in one request; see ``TurnStore.load``."""
        wanted = {self.tables.sessions: [sessions.conversation_key(session_id), sessions.dialog_key(session_id)]}
        if message_id is not None:
            # Whose conversation it is will be known by the answer only; a message lies in one of the two.
            key = message_history.message_key(session_id, message_id)
            wanted |= {self.tables.message_history: [key], self.tables.visitor_messages: [key]}
        found = self._read(wanted)
        items = {item["id"]: item for item in found.get(self.tables.sessions, [])}
        if session_id not in items:
            return None
        conversation = sessions.read_conversation(items[session_id])
        # One or the other, even if it was handed over between the two reads.
        said = [*found.get(self.tables.message_history, []), *found.get(self.tables.visitor_messages, [])]
        dialog = items.get(sessions.dialog_key(session_id)["id"])
        return Dialog(
            conversation,
            sessions.read_state(dialog),
            message_history.read_message(said[0]) if said else None,
            None if dialog is None else dialog.get("untold"),
        )

    def list_pending_message_ids(self, session_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return what waits, in one request; see ``TurnStore.unanswered``."""
        keys = [sessions.conversation_key(each) for each in session_ids]
        found = self._read({self.tables.sessions: keys}).get(self.tables.sessions, [])
        return {item["id"]: sessions.read_conversation(item).pending_message_ids for item in found}

    def commit(
        self,
        dialog: Dialog,
        utterances: Sequence[Utterance],
        state: DialogState,
        now: datetime,
        extras: TurnSideData | None = None,
    ) -> tuple[Message, ...]:
        """Store a turn once; see ``TurnStore.commit``.

        The user may say more while the bot is thinking, so the numbers are those of the moment of writing.

        A transaction has 100 actions (DynamoDB's quota), of which the conversation and its dialog are two, and a
        message that is redacted and its marker another two. DynamoDB refuses a turn that has more, so it would fail
        until it is given up: engines say and remember less than that.
        """
        answers = GREETING_SEQ if dialog.message is None else dialog.message.seq
        redaction = _redaction(dialog.message, extras)
        for _ in range(transactions.MAX_ATTEMPTS):
            conversation = dialog.conversation
            if not conversation.is_pending(answers):
                return self.get_replies(conversation, dialog.message)
            spoken = _place(conversation, answers, utterances, now)
            advance = {"Update": self._advance(conversation, answers, spoken, redaction, now)}
            puts = [*self._puts(conversation, spoken, state, extras), *self._redact(conversation, redaction)]
            try:
                transactions.write(self.client, [advance, *puts])
            except transactions.ConditionsFailedError as refusal:
                dialog = replace(dialog, conversation=_current_conversation(refusal))
            else:
                return spoken
        raise UnavailableError

    def get_replies(self, conversation: Conversation, message: Message | None) -> tuple[Message, ...]:
        """Return a turn again: one query; see ``TurnStore.spoken``."""
        answers, first = (GREETING_SEQ, ids.FIRST_ID) if message is None else (message.seq, ids.get_next_id(message.id))
        page = DynamoDBMessageStore(self.client, self.tables).page(
            conversation, first=first, last=ids.LAST_ID, newest=False, limit=_MAX_REPLY_MESSAGES
        )
        return tuple(each for each in page.items if each.answers == answers)

    def mark_failed(self, session_id: str, message_id: str) -> Dialog | None:
        """Take a message off those that wait; see ``TurnStore.give_up``."""
        dialog = self.load(session_id, message_id)
        for _ in range(transactions.MAX_ATTEMPTS):
            if dialog is None or message_id in dialog.conversation.failed_message_ids:
                return dialog
            if message_id not in dialog.conversation.pending_message_ids:
                return None
            try:
                transactions.write(self.client, [{"Update": self._set_aside(dialog.conversation, message_id)}])
            except transactions.ConditionsFailedError as refusal:
                try:
                    dialog = replace(dialog, conversation=_current_conversation(refusal))
                except NotFoundError:
                    return None
            else:
                return dialog
        raise UnavailableError

    def _read(self, keys: Mapping[str, Sequence[Item]]) -> dict[str, list[Item]]:
        request = {
            table: {"Keys": [serialize(key) for key in wanted], "ConsistentRead": True}
            for table, wanted in keys.items()
        }
        with service_errors():
            answer = self.client.batch_get_item(RequestItems=request)  # type: ignore[arg-type]  # built as plain dicts
        if answer.get("UnprocessedKeys"):
            raise UnavailableError
        return {table: [deserialize(item) for item in items] for table, items in answer["Responses"].items()}

    def _puts(
        self,
        conversation: Conversation,
        spoken: Sequence[Message],
        state: DialogState,
        extras: TurnSideData | None,
    ) -> Iterable[dict[str, Any]]:
        pause, memories = (None, {}) if extras is None else (extras.pause, extras.memories)
        untold = None if pause is None else spoken[pause].id
        dialog = serialize(sessions.dialog_item(conversation, state, first_delayed_id=untold))
        yield {"Put": {"TableName": self.tables.sessions, "Item": dialog}}
        table = self.tables.messages(anonymous=conversation.anonymous)
        for message in spoken:
            item = serialize(message_history.message_item(message, anonymous=conversation.anonymous))
            yield {"Put": {"TableName": table, "Item": item}}
        for key, value in memories.items():
            yield bot_memory.put(self.tables.bot_data, key, value)

    def _redact(self, conversation: Conversation, redaction: _Redaction | None) -> Iterable[dict[str, Any]]:
        """Yield what puts the message anew, where it is kept now: it may have been handed over since it was read."""
        if redaction is None:
            return
        table, message = self.tables.messages(anonymous=conversation.anonymous), redaction.message
        item = serialize(message_history.message_item(message, anonymous=conversation.anonymous))
        yield {"Put": {"TableName": table, "Item": item}}
        if message.client_message_id is not None:
            yield {"Put": idempotency.redacted(table, message, message.client_message_id, redaction.fingerprint)}

    def _advance(
        self,
        conversation: Conversation,
        answers: int,
        spoken: tuple[Message, ...],
        redaction: _Redaction | None,
        now: datetime,
    ) -> dict[str, Any]:
        """Move the conversation past the turn, if nobody else has moved it, taken the turn or handed it over."""
        values: dict[str, Any] = {
            ":owner": conversation.owner,
            ":before": conversation.last_seq,
            ":answered": conversation.answered_seq,
            ":answers": max(conversation.answered_seq, answers),
            ":at": timestamps.format_timestamp(now),
        }
        condition = (
            "#owner = :owner AND answered_seq = :answered AND last_seq = :before AND attribute_not_exists(deleted_at)"
        )
        update = "SET answered_seq = :answers, updated_at = :at"
        if spoken:
            last = spoken[-1]
            update += ", last_seq = :seq, last_message = :preview, last_activity = :spoken"
            values |= {
                ":seq": last.seq,
                ":preview": build_preview(last),
                ":spoken": timestamps.format_timestamp(last.timestamp),
            }
            if not conversation.anonymous:
                update += ", list_position = :position"
                values[":position"] = sessions.list_position(conversation.status, last.timestamp, conversation.id)
        elif redaction is not None and redaction.message.seq == conversation.last_seq:
            update += ", last_message = :preview"
            values[":preview"] = build_preview(redaction.message)
        if answers != GREETING_SEQ:
            place, message_id = _place_of(conversation, answers)
            condition += f" AND {place} = :waiting"
            update += f" REMOVE {place}"
            values[":waiting"] = message_id
        return self._update(conversation, condition, update, values, names={"#owner": "owner"})

    def _set_aside(self, conversation: Conversation, message_id: str) -> dict[str, Any]:
        """Move a message from those that wait to those that were given up, of which the last ones are kept."""
        place = f"unanswered[{conversation.pending_message_ids.index(message_id)}]"
        before = list(conversation.failed_message_ids)
        unchanged = "given_up = :before" if before else "(attribute_not_exists(given_up) OR given_up = :before)"
        return self._update(
            conversation,
            f"{place} = :message AND {unchanged} AND attribute_not_exists(deleted_at)",
            f"SET given_up = :after REMOVE {place}",
            {":message": message_id, ":before": before, ":after": [*before, message_id][-MAX_FAILED_MESSAGES:]},
        )

    def _update(
        self,
        conversation: Conversation,
        condition: str,
        update: str,
        values: dict[str, Any],
        names: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.conversation_key(conversation.id)),
            "ConditionExpression": condition,
            "UpdateExpression": update,
            "ExpressionAttributeValues": serialize(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **({"ExpressionAttributeNames": names} if names else {}),
        }


def _redaction(message: Message | None, extras: TurnSideData | None) -> _Redaction | None:
    if message is None or extras is None or extras.redacted is None:
        return None
    return _Redaction(message.model_copy(update={"content": extras.redacted}), content_hash.slow(message))


def _current_conversation(refusal: transactions.ConditionsFailedError) -> Conversation:
    """Return the conversation that stood in the way.

    Raises
    ------
    NotFoundError
        If it is gone.
    """
    item = refusal.found[_SESSION]
    if item is None or "deleted_at" in item:
        raise NotFoundError("The conversation is gone.") from None
    return sessions.read_conversation(item)


def _place_of(conversation: Conversation, answers: int) -> tuple[str, str]:
    """Return where in the row the message with this ``seq`` waits, and its id."""
    lists = {"unanswered": conversation.pending_message_ids, "given_up": conversation.failed_message_ids}
    return next(
        (f"{name}[{place}]", message_id)
        for name, waiting in lists.items()
        for place, message_id in enumerate(waiting)
        if ids.get_seq(message_id) == answers
    )


def _place(
    conversation: Conversation, answers: int, utterances: Sequence[Utterance], now: datetime
) -> tuple[Message, ...]:
    """Give what the bot says the next numbers, and a time that is not before the last one."""
    timestamp = max(now, conversation.last_activity)
    first = conversation.last_seq + 1
    return tuple(
        Message(
            id=ids.new_message_id(timestamp, seq),
            session_id=conversation.id,
            seq=seq,
            sender=Sender.BOT,
            content=utterance.content,
            timestamp=timestamp,
            suggestions=utterance.suggestions,
            answers=answers,
        )
        for seq, utterance in enumerate(utterances, start=first)
    )

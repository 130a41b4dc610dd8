"""The bots' turns on the tables ``sessions`` and ``message_history``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import message_history, sessions, transactions
from conversations.adapters.dynamodb.items import Item, plain, typed
from conversations.domain import ids, moments
from conversations.domain.bot import DialogState
from conversations.domain.conversation import Conversation, preview
from conversations.domain.errors import NotFoundError, UnavailableError
from conversations.domain.message import Message, Sender, Utterance
from conversations.domain.ports import Dialog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SESSION = 0


@dataclass(frozen=True, slots=True)
class DynamoDBTurns:
    """``TurnStore``."""

    client: "DynamoDBClient"
    sessions_table: str
    message_history_table: str

    def load(self, session_id: str) -> Dialog | None:
        """Return conversation and state in one request; see ``TurnStore.load``."""
        keys = [sessions.conversation_key(session_id), sessions.dialog_key(session_id)]
        items = {item["id"]: item for item in self._read(self.sessions_table, keys)}
        if session_id not in items:
            return None
        state = sessions.read_state(items.get(sessions.dialog_key(session_id)["id"]))
        return Dialog(sessions.read_conversation(items[session_id]), state)

    def commit(
        self, dialog: Dialog, answers: int, utterances: Sequence[Utterance], state: DialogState, now: datetime
    ) -> tuple[Message, ...]:
        """Store a turn once; see ``TurnStore.commit``.

        The user may say more while the bot is thinking, so the numbers are those of the moment of writing.
        """
        conversation = dialog.conversation
        for _ in range(transactions.MAX_ATTEMPTS):
            if conversation.answered_seq >= answers:
                return self.spoken(conversation, answers)
            spoken = _place(conversation, answers, utterances, now)
            try:
                transactions.write(self.client, self._actions(conversation, answers, spoken, state, now))
            except transactions.ConditionsFailedError as refusal:
                item = refusal.found[_SESSION]
                if item is None or "deleted_at" in item:
                    raise NotFoundError("The conversation is gone.") from None
                conversation = sessions.read_conversation(item)
            else:
                return spoken
        raise UnavailableError

    def spoken(self, conversation: Conversation, answers: int) -> tuple[Message, ...]:
        """Return the last turn again; see ``TurnStore.spoken``."""
        found = self._read(self.sessions_table, [sessions.dialog_key(conversation.id)])
        if not found or int(found[0]["answered_seq"]) != answers:
            return ()
        if conversation.anonymous:
            return tuple(Message.model_validate_json(text) for text in found[0]["messages"])
        keys = [message_history.message_key(conversation.id, each) for each in found[0]["message_ids"]]
        items = self._read(self.message_history_table, keys) if keys else []
        return tuple(sorted(map(message_history.read_message, items), key=lambda message: message.seq))

    def _read(self, table: str, keys: Sequence[Item]) -> list[Item]:
        request = {table: {"Keys": [typed(key) for key in keys], "ConsistentRead": True}}
        with service_errors():
            answer = self.client.batch_get_item(RequestItems=request)  # type: ignore[arg-type]  # built as plain dicts
        if answer.get("UnprocessedKeys"):
            raise UnavailableError
        return [plain(item) for item in answer["Responses"].get(table, [])]

    def _actions(
        self, conversation: Conversation, answers: int, spoken: tuple[Message, ...], state: DialogState, now: datetime
    ) -> list[dict[str, Any]]:
        dialog = typed(sessions.dialog_item(conversation, state, answers, spoken))
        return [
            {"Update": self._advance(conversation, answers, spoken, now)},
            {"Put": {"TableName": self.sessions_table, "Item": dialog}},
            *self._puts(() if conversation.anonymous else spoken),
        ]

    def _puts(self, spoken: Iterable[Message]) -> Iterable[dict[str, Any]]:
        for message in spoken:
            item = typed(message_history.message_item(message))
            yield {"Put": {"TableName": self.message_history_table, "Item": item}}

    def _advance(
        self, conversation: Conversation, answers: int, spoken: tuple[Message, ...], now: datetime
    ) -> dict[str, Any]:
        """Move the conversation past the turn, if nobody else has moved it."""
        values: dict[str, Any] = {
            ":answered": conversation.answered_seq,
            ":before": conversation.last_seq,
            ":answers": answers,
            ":at": moments.to_text(now),
        }
        update = "SET answered_seq = :answers, updated_at = :at"
        if spoken:
            last = spoken[-1]
            update += ", last_seq = :seq, last_message = :preview, last_activity = :spoken"
            values |= {":seq": last.seq, ":preview": preview(last), ":spoken": moments.to_text(last.timestamp)}
            if not conversation.anonymous:
                update += ", list_position = :position"
                values[":position"] = sessions.list_position(conversation.status, last.timestamp, conversation.id)
        return {
            "TableName": self.sessions_table,
            "Key": typed(sessions.conversation_key(conversation.id)),
            "ConditionExpression": (
                "answered_seq = :answered AND last_seq = :before AND attribute_not_exists(deleted_at)"
            ),
            "UpdateExpression": update,
            "ExpressionAttributeValues": typed(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


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

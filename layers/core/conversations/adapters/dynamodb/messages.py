"""Messages: the send, and pages of history."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import idempotency, transactions
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import ids, timestamps
from conversations.domain.authorization import require_access, require_open
from conversations.domain.conversation import Conversation, ConversationStatus, build_preview, get_visitor_expiry
from conversations.domain.errors import UnavailableError
from conversations.domain.message import Draft, Message
from conversations.domain.page import Page
from conversations.domain.principal import Principal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_HEADS = 1_000
_SESSION = 0
_MARKER = 1


@dataclass(frozen=True, slots=True)
class SequenceHead:
    """Where a conversation ends, which is what the next message depends on, and whose bot it is."""

    bot_id: str
    last_seq: int
    last_activity: datetime


class CachedHead(NamedTuple):
    """What is known of a conversation's end.

    Attributes
    ----------
    head
        Where it ended when this process last saw it.
    answers
        With how many messages its bot has been answering.
    written
        Whether this process wrote that end, so that the bot has probably answered since; else it was read just now.
    """

    head: SequenceHead
    answers: int
    written: bool


@dataclass(slots=True)
class HeadCache:
    """What this process last saw of conversations: a guess that saves the read before a write.

    A bot that answered once since the last write is assumed; another number is learned from the guess that failed.
    """

    _known: OrderedDict[str, CachedHead] = field(default_factory=OrderedDict)

    def guess(self, session_id: str) -> SequenceHead | None:
        """Return where the conversation probably ends now, None if nothing is known."""
        if session_id not in self._known:
            return None
        head, answers, written = self._known[session_id]
        return replace(head, last_seq=head.last_seq + answers) if written else head

    def read(self, session_id: str, head: SequenceHead) -> None:
        """Remember what was read."""
        self._remember(session_id, CachedHead(head, self._answers(session_id), written=False))

    def wrote(self, session_id: str, head: SequenceHead) -> None:
        """Remember a write that succeeded."""
        self._remember(session_id, CachedHead(head, self._answers(session_id), written=True))

    def met(self, session_id: str, head: SequenceHead) -> None:
        """Learn from a write that did not: this is where the conversation really ended."""
        known = self._known.get(session_id)
        if known is not None and known.written:
            self._remember(session_id, known._replace(answers=max(head.last_seq - known.head.last_seq, 0)))

    def _answers(self, session_id: str) -> int:
        known = self._known.get(session_id)
        return 1 if known is None else known.answers

    def _remember(self, session_id: str, known: CachedHead) -> None:
        self._known[session_id] = known
        self._known.move_to_end(session_id)
        if len(self._known) > _MAX_HEADS:
            self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class DynamoDBMessageStore:
    """``MessageStore``."""

    client: "DynamoDBClient"
    tables: Tables
    heads: HeadCache = field(default_factory=HeadCache)

    def bot_of(self, principal: Principal, session_id: str, now: datetime) -> str:
        """Return whose conversation it is; see ``MessageStore.bot_of``."""
        return self._head(principal, session_id, now).bot_id

    def append(self, principal: Principal, session_id: str, draft: Draft, now: datetime) -> Message:
        """Store a message once, with the next ``seq``; see ``MessageStore.append``.

        One transaction changes the conversation, puts the message and marks its ``client_message_id``. The ``seq``
        it is built on is a guess; when it was wrong the refusal carries the right one.
        """
        head = self._head(principal, session_id, now)
        for _ in range(transactions.MAX_ATTEMPTS):
            message = _place(principal, session_id, draft, head, now)
            try:
                transactions.write(self.client, self._actions(principal, message, head))
            except transactions.ConditionsFailedError as refusal:
                known = _known_message(refusal, session_id, principal, draft, now)
                if known is not None:
                    return known
                head = _head_of(refusal.found[_SESSION], principal, now)
                self.heads.met(session_id, head)
            else:
                self.heads.wrote(session_id, SequenceHead(head.bot_id, message.seq, message.timestamp))
                return message
        raise UnavailableError

    def page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        """Return a page of history: one query; see ``MessageStore.page``."""
        if first > last:
            return Page(items=(), has_more=False)
        with service_errors():
            answer = self.client.query(
                TableName=self.tables.messages(anonymous=conversation.anonymous),
                KeyConditionExpression="session_id = :session AND id BETWEEN :first AND :last",
                ExpressionAttributeValues=serialize({":session": conversation.id, ":first": first, ":last": last}),
                ScanIndexForward=not newest,
                ConsistentRead=True,
                # One more than asked for tells whether there are more.
                Limit=limit + 1,
            )
        messages = [message_history.read_message(deserialize(item)) for item in answer["Items"]]
        # A page of DynamoDB is 1 MB; very long messages may fill it first.
        has_more = len(messages) > limit or "LastEvaluatedKey" in answer
        kept = messages[:limit]
        return Page(items=tuple(reversed(kept) if newest else kept), has_more=has_more)

    def _head(self, principal: Principal, session_id: str, now: datetime) -> SequenceHead:
        head = self.heads.guess(session_id)
        if head is None:
            head = self._read_head(principal, session_id, now)
            self.heads.read(session_id, head)
        return head

    def _read_head(self, principal: Principal, session_id: str, now: datetime) -> SequenceHead:
        key = serialize(sessions.conversation_key(session_id))
        with service_errors():
            answer = self.client.get_item(TableName=self.tables.sessions, Key=key, ConsistentRead=True)
        item = deserialize(answer["Item"]) if "Item" in answer else None
        conversation = _conversation(item, principal, now)
        return SequenceHead(conversation.bot_id, conversation.last_seq, conversation.last_activity)

    def _actions(self, principal: Principal, message: Message, head: SequenceHead) -> list[dict[str, Any]]:
        table = self.tables.messages(anonymous=principal.anonymous)
        actions: list[dict[str, Any]] = [{"Update": self._advance(principal, message, head)}]
        if message.client_message_id is not None:
            actions.append({"Put": idempotency.put(table, message, message.client_message_id)})
        item = serialize(message_history.message_item(message, anonymous=principal.anonymous))
        actions.append({"Put": {"TableName": table, "Item": item}})
        return actions

    def _advance(self, principal: Principal, message: Message, head: SequenceHead) -> dict[str, Any]:
        """Move the conversation's end from ``head`` to ``message``, if it is the caller's, open and still there."""
        at = timestamps.format_timestamp(message.timestamp)
        names = {"#owner": "owner", "#status": "status"}
        values: dict[str, Any] = {
            ":owner": principal.owner,
            ":active": ConversationStatus.ACTIVE.value,
            ":before": head.last_seq,
            ":seq": message.seq,
            ":at": at,
            ":preview": build_preview(message),
            ":none": [],
            ":waiting": [message.id],
        }
        condition = (
            "#owner = :owner AND #status = :active AND attribute_not_exists(deleted_at)"
            " AND last_seq = :before AND last_activity <= :at"
        )
        update = (
            "SET last_seq = :seq, last_message = :preview, last_activity = :at, updated_at = :at,"
            " unanswered = list_append(if_not_exists(unanswered, :none), :waiting)"
        )
        if principal.anonymous:
            condition += " AND expires_at > :now"
            update += ", expires_at = :end"
            values[":now"] = int(message.timestamp.timestamp())
            values[":end"] = timestamps.to_epoch_seconds(get_visitor_expiry(message.timestamp))
        else:
            update += ", list_position = :position"
            values[":position"] = sessions.list_position(
                ConversationStatus.ACTIVE, message.timestamp, message.session_id
            )
        return {
            "TableName": self.tables.sessions,
            "Key": serialize(sessions.conversation_key(message.session_id)),
            "ConditionExpression": condition,
            "UpdateExpression": update,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": serialize(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _place(principal: Principal, session_id: str, draft: Draft, head: SequenceHead, now: datetime) -> Message:
    """Give the draft the next ``seq``, and a time that is not before the last one."""
    timestamp = max(now, head.last_activity)
    seq = head.last_seq + 1
    return draft.to_message(ids.new_message_id(timestamp, seq), session_id, seq, timestamp, principal.groups)


def _known_message(
    refusal: transactions.ConditionsFailedError, session_id: str, principal: Principal, draft: Draft, now: datetime
) -> Message | None:
    """Return what the draft's ``client_message_id`` stood for before, None if it is not what was refused.

    Raises
    ------
    NotFoundError, ForbiddenError
        If the caller has no such conversation; then it is nobody's business whether the id is known.
    ConflictError
        If it stood for another content.
    """
    marker = refusal.found.get(_MARKER)
    if marker is None:
        return None
    if _SESSION in refusal.found:
        _conversation(refusal.found[_SESSION], principal, now)
    return idempotency.message_of(marker, session_id, draft)


def _head_of(item: Item | None, principal: Principal, now: datetime) -> SequenceHead:
    """Say why the conversation refused, or where it ends if only the guess was wrong."""
    conversation = _conversation(item, principal, now)
    require_open(conversation)
    return SequenceHead(conversation.bot_id, conversation.last_seq, conversation.last_activity)


def _conversation(item: Item | None, principal: Principal, now: datetime) -> Conversation:
    return require_access(None if item is None else sessions.read_conversation(item), principal, now)

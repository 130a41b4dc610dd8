"""Messages: the send, and pages of history."""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import message_history, sessions, transactions
from conversations.adapters.dynamodb.items import Item, plain, typed
from conversations.domain import ids, moments
from conversations.domain.access import require_access, require_open
from conversations.domain.conversation import Conversation, ConversationStatus, preview, visitor_expiry
from conversations.domain.errors import ConflictError, UnavailableError
from conversations.domain.message import Draft, Message, Sender
from conversations.domain.ports import Page
from conversations.domain.principal import Principal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_HEADS = 1_000
_SESSION = 0
_MARKER = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Where a conversation ends: what the next message's ``seq`` and time depend on."""

    last_seq: int
    last_activity: datetime


@dataclass(slots=True)
class Heads:
    """What this process last saw of the conversations it wrote to: a guess that saves the read before a write.

    A bot that answered once since is assumed; another number of answers is learned from the guess that failed.
    """

    _seen: OrderedDict[str, tuple[Head, int]] = field(default_factory=OrderedDict)

    def guess(self, session_id: str) -> Head | None:
        """Return where the conversation probably ends now, None if nothing is known."""
        if session_id not in self._seen:
            return None
        head, answers = self._seen[session_id]
        return Head(head.last_seq + answers, head.last_activity)

    def wrote(self, session_id: str, head: Head) -> None:
        """Remember a write that succeeded."""
        _, answers = self._seen.get(session_id, (head, 1))
        self._remember(session_id, head, answers)

    def met(self, session_id: str, head: Head) -> None:
        """Learn from a write that did not: this is where the conversation really ended."""
        if session_id in self._seen:
            before, _ = self._seen[session_id]
            self._remember(session_id, before, max(head.last_seq - before.last_seq, 0))

    def _remember(self, session_id: str, head: Head, answers: int) -> None:
        self._seen[session_id] = (head, answers)
        self._seen.move_to_end(session_id)
        if len(self._seen) > _MAX_HEADS:
            self._seen.popitem(last=False)


@dataclass(frozen=True, slots=True)
class DynamoDBMessages:
    """``MessageStore``."""

    client: "DynamoDBClient"
    sessions_table: str
    message_history_table: str
    heads: Heads = field(default_factory=Heads)

    def append(self, principal: Principal, session_id: str, draft: Draft, now: datetime) -> Message:
        """Store a message once, with the next ``seq``; see ``MessageStore.append``.

        One transaction changes the conversation, puts the message and marks its ``client_message_id``. The ``seq``
        it is built on is a guess; when it was wrong the refusal carries the right one.
        """
        head = self.heads.guess(session_id) or self._read_head(principal, session_id, now)
        for _ in range(transactions.MAX_ATTEMPTS):
            message = _place(session_id, draft, head, now)
            try:
                transactions.write(self.client, self._actions(principal, message, head))
            except transactions.ConditionsFailedError as refusal:
                conversation = _conversation_met(refusal, principal, now)
                marker = refusal.found.get(_MARKER)
                if marker is not None:
                    return _marked_message(marker, draft)
                if conversation is None:
                    raise
                require_open(conversation)
                head = Head(conversation.last_seq, conversation.last_activity)
                self.heads.met(session_id, head)
            else:
                self.heads.wrote(session_id, Head(message.seq, message.timestamp))
                return message
        raise UnavailableError

    def page(self, session_id: str, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        """Return a page of history: one query; see ``MessageStore.page``."""
        if first > last:
            return Page(items=(), has_more=False)
        with service_errors():
            answer = self.client.query(
                TableName=self.message_history_table,
                KeyConditionExpression="session_id = :session AND id BETWEEN :first AND :last",
                ExpressionAttributeValues=typed({":session": session_id, ":first": first, ":last": last}),
                ScanIndexForward=not newest,
                ConsistentRead=True,
                # One more than asked for tells whether there are more.
                Limit=limit + 1,
            )
        messages = [message_history.read_message(plain(item)) for item in answer["Items"]]
        # A page of DynamoDB is 1 MB; very long messages may fill it first.
        has_more = len(messages) > limit or "LastEvaluatedKey" in answer
        kept = messages[:limit]
        return Page(items=tuple(reversed(kept) if newest else kept), has_more=has_more)

    def _read_head(self, principal: Principal, session_id: str, now: datetime) -> Head:
        key = typed(sessions.conversation_key(session_id))
        with service_errors():
            answer = self.client.get_item(TableName=self.sessions_table, Key=key, ConsistentRead=True)
        item = plain(answer["Item"]) if "Item" in answer else None
        conversation = require_access(None if item is None else sessions.read_conversation(item), principal, now)
        return Head(conversation.last_seq, conversation.last_activity)

    def _actions(self, principal: Principal, message: Message, head: Head) -> list[dict[str, Any]]:
        actions: list[dict[str, Any]] = [{"Update": self._advance(principal, message, head)}]
        if message.client_message_id is not None:
            actions.append({"Put": self._mark(message, message.client_message_id)})
        if not principal.anonymous:
            item = typed(message_history.message_item(message))
            actions.append({"Put": {"TableName": self.message_history_table, "Item": item}})
        return actions

    def _advance(self, principal: Principal, message: Message, head: Head) -> dict[str, Any]:
        """Move the conversation's end from ``head`` to ``message``, if it is the caller's, open and still there."""
        at = moments.to_text(message.timestamp)
        names = {"#owner": "owner", "#status": "status"}
        values: dict[str, Any] = {
            ":owner": principal.owner,
            ":active": ConversationStatus.ACTIVE.value,
            ":before": head.last_seq,
            ":seq": message.seq,
            ":at": at,
            ":preview": preview(message),
        }
        condition = "#owner = :owner AND #status = :active AND last_seq = :before AND last_activity <= :at"
        update = "SET last_seq = :seq, last_message = :preview, last_activity = :at, updated_at = :at"
        if principal.anonymous:
            condition += " AND expires_at > :now"
            update += ", expires_at = :end"
            values[":now"] = int(message.timestamp.timestamp())
            values[":end"] = moments.to_epoch(visitor_expiry(message.timestamp))
        else:
            update += ", list_position = :position"
            values[":position"] = sessions.list_position(
                ConversationStatus.ACTIVE, message.timestamp, message.session_id
            )
        return {
            "TableName": self.sessions_table,
            "Key": typed(sessions.conversation_key(message.session_id)),
            "ConditionExpression": condition,
            "UpdateExpression": update,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": typed(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _mark(self, message: Message, client_message_id: str) -> dict[str, Any]:
        item = sessions.marker_item(message, client_message_id, _fingerprint(message))
        return {
            "TableName": self.sessions_table,
            "Item": typed(item),
            "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now",
            "ExpressionAttributeValues": typed({":now": int(message.timestamp.timestamp())}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _place(session_id: str, draft: Draft, head: Head, now: datetime) -> Message:
    """Give the draft the next ``seq``, and a time that is not before the last one."""
    timestamp = max(now, head.last_activity)
    seq = head.last_seq + 1
    return Message(
        id=ids.new_message_id(timestamp, seq),
        session_id=session_id,
        seq=seq,
        sender=Sender.USER,
        content=draft.content,
        timestamp=timestamp,
        attachments=draft.attachments,
        client_message_id=draft.client_message_id,
    )


def _fingerprint(said: Draft | Message) -> str:
    """Return what is the same for the same content and for no other."""
    parts = [said.content, [attachment.model_dump() for attachment in said.attachments]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _conversation_met(
    refusal: transactions.ConditionsFailedError, principal: Principal, now: datetime
) -> Conversation | None:
    """Return the conversation that did not take the message, None if only the ``client_message_id`` was refused.

    Raises
    ------
    NotFoundError, ForbiddenError
        If the caller has no such conversation, or not any more: a marker outlives it and must not speak for it.
    """
    if _SESSION not in refusal.found:
        return None
    item = refusal.found[_SESSION]
    return require_access(None if item is None else sessions.read_conversation(item), principal, now)


def _marked_message(marker: Item, draft: Draft) -> Message:
    """Return what the draft's ``client_message_id`` stood for before.

    Raises
    ------
    ConflictError
        If it stood for another content.
    """
    if marker["fingerprint"] != _fingerprint(draft):
        raise ConflictError("This client_message_id was used for another message.")
    return sessions.read_marked_message(marker)

"""The stores and the queue in memory, over one shared state: what the adapters promise, without AWS.

``tests/integration`` runs one suite over these and over the adapters, so that what holds here holds there.
"""

import json
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from conversations.domain import content_hash, ids, jobs
from conversations.domain.authorization import require_access, require_open
from conversations.domain.bot import Bot, BotSummary, DialogState
from conversations.domain.connection import Connection
from conversations.domain.conversation import (
    MAX_FAILED_MESSAGES,
    Conversation,
    ConversationStatus,
    ConversationSummary,
    ListFilter,
    ListPosition,
    build_preview,
    get_visitor_expiry,
)
from conversations.domain.dialog import Dialog, TurnSideData
from conversations.domain.errors import ConflictError, NotFoundError, RateLimitedError, UnavailableError
from conversations.domain.jobs import DelayedDeliveryJob, ErasureJob, ExpiryCheckJob, TurnJob
from conversations.domain.limits import MAX_CLOCK_SKEW, WINDOW, Policy, Usage
from conversations.domain.memory import Memory as Remembered
from conversations.domain.memory import MemoryKey
from conversations.domain.message import Draft, Message, Sender, Utterance
from conversations.domain.page import Page
from conversations.domain.principal import Principal
from conversations.domain.webhooks import WebhookRequest, WebhookResponse, WebhookResult

MARKER_LIFETIME = timedelta(hours=24)
MAX_VISITOR_TOKENS = 16


@dataclass(slots=True)
class Memory:
    """Everything that is stored.

    Attributes
    ----------
    history
        What users and their bots said.
    visitor_messages
        What visitors and their bots said.
    states
        What the bots remember of conversations, as JSON.
    untold
        Which message of each conversation's last turn is the first to be told later.
    remembered
        What they remember beyond them, as JSON.
    webhook_secrets
        Hashes, by bot.
    webhook_answers
        When a delivery was answered, its fingerprint and the answer, by bot and key.
    """

    conversations: dict[str, Conversation] = field(default_factory=dict)
    history: dict[str, list[Message]] = field(default_factory=dict)
    visitor_messages: dict[str, list[Message]] = field(default_factory=dict)
    sent: dict[tuple[str, str], tuple[Message, str]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    claimed_with: dict[str, list[str]] = field(default_factory=dict)
    token_hashes: dict[str, list[str]] = field(default_factory=dict)
    sockets: dict[tuple[str, str], Connection] = field(default_factory=dict)
    bots: dict[str, Bot] = field(default_factory=dict)
    work: list[TurnJob] = field(default_factory=list)
    dead_letters: list[TurnJob] = field(default_factory=list)
    checks: list[tuple[ExpiryCheckJob, int]] = field(default_factory=list)
    erasures: list[ErasureJob] = field(default_factory=list)
    tickets: dict[str, tuple[Principal, datetime]] = field(default_factory=dict)
    admitted: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    first_delayed_id: dict[str, str | None] = field(default_factory=dict)
    remembered: dict[MemoryKey, str] = field(default_factory=dict)
    webhook_secrets: dict[str, str] = field(default_factory=dict)
    webhook_answers: dict[tuple[str, str], tuple[datetime, str, WebhookResponse]] = field(default_factory=dict)
    tellings: list[tuple[DelayedDeliveryJob, int]] = field(default_factory=list)
    queued_before: set[tuple[str, str]] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)


@dataclass(frozen=True, slots=True)
class MemoryConversations:
    """``ConversationStore``."""

    memory: Memory

    def create(self, conversation: Conversation, first_message: Message | None = None) -> None:
        with self.memory.lock:
            if conversation.id in self.memory.conversations:
                raise ConflictError("The conversation exists already.")
            self.memory.conversations[conversation.id] = conversation
            if first_message is not None:
                _said(self.memory, conversation).append(first_message)

    def get(self, session_id: str) -> Conversation | None:
        return self.memory.conversations.get(session_id)

    def newest_active(self, owner: str, bot_id: str) -> str | None:
        matching = ListFilter(bot_id=bot_id, status=ConversationStatus.ACTIVE)
        newest = self.list_by_owner(owner, matching, limit=1).items
        return newest[0].id if newest else None

    def list_by_owner(
        self, owner: str, matching: ListFilter, *, limit: int, offset: int = 0, after: ListPosition | None = None
    ) -> Page[ConversationSummary]:
        rows = [
            ConversationSummary(
                id=each.id,
                bot_id=each.bot_id,
                bot_name=each.bot_name,
                status=each.status,
                last_message=each.last_message,
                last_activity=each.last_activity,
            )
            for each in self._matching(owner, matching)
        ]
        found = sorted(
            (row for row in rows if after is None or row.position < after), key=lambda row: row.position, reverse=True
        )
        return Page(items=tuple(found[offset : offset + limit]), has_more=len(found) > offset + limit)

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        with self.memory.lock:
            current = self.memory.conversations.get(conversation.id)
            if current is None or current.deleted:
                raise NotFoundError("The conversation does not exist.")
            if current.status is not status:
                _change(self.memory, conversation.id, status=status, updated_at=now)
            return self.memory.conversations[conversation.id]

    def mark_deleted(self, conversation: Conversation, now: datetime) -> None:  # noqa: ARG002 - the port's
        with self.memory.lock:
            if conversation.id in self.memory.conversations:
                _change(self.memory, conversation.id, deleted=True, last_message="")

    def count_by_owner(self, owner: str, matching: ListFilter) -> int:
        return len(self._matching(owner, matching))

    def _matching(self, owner: str, matching: ListFilter) -> list[Conversation]:
        with self.memory.lock:
            return [
                each
                for each in self.memory.conversations.values()
                if each.owner == owner
                and not each.anonymous
                and not each.deleted
                and matching.bot_id in (None, each.bot_id)
                and matching.status in (None, each.status)
            ]


@dataclass(frozen=True, slots=True)
class MemoryVisitors:
    """``VisitorTokenStore``."""

    memory: Memory

    def add_token(self, session_id: str, token_hash: str, *, kept: str | None = None) -> None:
        with self.memory.lock:
            conversation = self.memory.conversations.get(session_id)
            if conversation is not None and conversation.anonymous:
                before = self.memory.token_hashes.get(session_id, [])
                hashes = sorted(before, key=lambda each: each == kept)
                self.memory.token_hashes[session_id] = [*hashes, token_hash][-MAX_VISITOR_TOKENS:]

    def is_token_valid(self, session_id: str, token_hash: str, now: datetime) -> bool:
        conversation = self.memory.conversations.get(session_id)
        if conversation is None or conversation.is_gone(now):
            return False
        return token_hash in self.memory.token_hashes.get(session_id, [])


@dataclass(frozen=True, slots=True)
class MemoryMessages:
    """``MessageStore``."""

    memory: Memory

    def bot_of(self, principal: Principal, session_id: str, now: datetime) -> str:
        return require_access(self.memory.conversations.get(session_id), principal, now).bot_id

    def append(self, principal: Principal, session_id: str, draft: Draft, now: datetime) -> Message:
        with self.memory.lock:
            conversation = require_access(self.memory.conversations.get(session_id), principal, now)
            timestamp = max(now, conversation.last_activity)
            known = self._sent_before(session_id, draft, timestamp)
            if known is not None:
                return known
            require_open(conversation)
            seq = conversation.last_seq + 1
            message_id = ids.new_message_id(timestamp, seq)
            message = draft.to_message(message_id, session_id, seq, timestamp, principal.groups)
            _store(self.memory, conversation, [message])
            _change(self.memory, session_id, pending_message_ids=(*conversation.pending_message_ids, message.id))
            if conversation.anonymous:
                _change(self.memory, session_id, expires_at=get_visitor_expiry(timestamp))
            if draft.client_message_id is not None:
                self.memory.sent[session_id, draft.client_message_id] = (message, content_hash.compute(message))
            return message

    def page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        with self.memory.lock:
            found = [each for each in _said(self.memory, conversation) if first <= each.id <= last]
        kept = found[-limit:] if newest else found[:limit]
        return Page(items=tuple(kept), has_more=len(found) > limit)

    def _sent_before(self, session_id: str, draft: Draft, now: datetime) -> Message | None:
        if draft.client_message_id is None:
            return None
        message, fingerprint = self.memory.sent.get((session_id, draft.client_message_id), (None, ""))
        if message is None or message.timestamp + MARKER_LIFETIME <= now:
            return None
        if not content_hash.matches(fingerprint, draft):
            raise ConflictError("This client_message_id was used for another message.")
        return message


@dataclass(frozen=True, slots=True)
class MemoryTurns:
    """``TurnStore``."""

    memory: Memory

    def load(self, session_id: str, message_id: str | None = None) -> Dialog | None:
        with self.memory.lock:
            conversation = self.memory.conversations.get(session_id)
            if conversation is None:
                return None
            said = [each for each in _said(self.memory, conversation) if each.id == message_id]
            state = json.loads(self.memory.states.get(session_id, "{}"))
            return Dialog(conversation, state, said[0] if said else None, self.memory.first_delayed_id.get(session_id))

    def list_pending_message_ids(self, session_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        with self.memory.lock:
            known = [self.memory.conversations[each] for each in session_ids if each in self.memory.conversations]
        return {conversation.id: conversation.pending_message_ids for conversation in known}

    def commit(
        self,
        dialog: Dialog,
        utterances: Sequence[Utterance],
        state: DialogState,
        now: datetime,
        extras: TurnSideData | None = None,
    ) -> tuple[Message, ...]:
        answers = 0 if dialog.message is None else dialog.message.seq
        with self.memory.lock:
            conversation = self.memory.conversations.get(dialog.conversation.id)
            if conversation is None or conversation.deleted:
                raise NotFoundError("The conversation is gone.")
            if not conversation.is_pending(answers):
                return self.get_replies(conversation, dialog.message)
            timestamp = max(now, conversation.last_activity)
            spoken = tuple(
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
                for seq, utterance in enumerate(utterances, start=conversation.last_seq + 1)
            )
            extras = extras or TurnSideData()
            if dialog.message is not None and extras.redacted is not None:
                _redact(self.memory, conversation, dialog.message, extras.redacted)
            _store(self.memory, conversation, spoken)
            _change(
                self.memory,
                conversation.id,
                answered_seq=max(conversation.answered_seq, answers),
                pending_message_ids=_without(conversation.pending_message_ids, answers),
                failed_message_ids=_without(conversation.failed_message_ids, answers),
            )
            self.memory.states[conversation.id] = json.dumps(dict(state))
            self.memory.first_delayed_id[conversation.id] = None if extras.pause is None else spoken[extras.pause].id
            MemoryMemory(self.memory).remember(extras.memories)
            return spoken

    def get_replies(self, conversation: Conversation, message: Message | None) -> tuple[Message, ...]:
        answers = 0 if message is None else message.seq
        with self.memory.lock:
            return tuple(each for each in _said(self.memory, conversation) if each.answers == answers)

    def mark_failed(self, session_id: str, message_id: str) -> Dialog | None:
        with self.memory.lock:
            dialog = self.load(session_id, message_id)
            if dialog is None or dialog.conversation.deleted or message_id in dialog.conversation.failed_message_ids:
                return None if dialog is None or dialog.conversation.deleted else dialog
            conversation = dialog.conversation
            if message_id not in conversation.pending_message_ids:
                return None
            _change(
                self.memory,
                session_id,
                pending_message_ids=tuple(each for each in conversation.pending_message_ids if each != message_id),
                failed_message_ids=(*conversation.failed_message_ids, message_id)[-MAX_FAILED_MESSAGES:],
            )
            return dialog


def _without(waiting: tuple[str, ...], seq: int) -> tuple[str, ...]:
    return tuple(each for each in waiting if ids.get_seq(each) != seq)


def _said(memory: Memory, conversation: Conversation) -> list[Message]:
    """Return what was said in a conversation, to read and to add to."""
    table = memory.visitor_messages if conversation.anonymous else memory.history
    return table.setdefault(conversation.id, [])


def _redact(memory: Memory, conversation: Conversation, message: Message, content: str) -> None:
    kept = message.model_copy(update={"content": content})
    said = _said(memory, conversation)
    said[said.index(message)] = kept
    if message.client_message_id is not None:
        memory.sent[conversation.id, message.client_message_id] = (kept, content_hash.slow(message))
    if conversation.last_seq == message.seq:
        _change(memory, conversation.id, last_message=build_preview(kept))


def _store(memory: Memory, conversation: Conversation, messages: Sequence[Message]) -> None:
    """Put messages at a conversation's end."""
    if not messages:
        return
    _said(memory, conversation).extend(messages)
    last = messages[-1]
    _change(
        memory,
        conversation.id,
        last_seq=last.seq,
        last_message=build_preview(last),
        last_activity=last.timestamp,
        updated_at=last.timestamp,
    )


def _change(memory: Memory, session_id: str, **changes: object) -> None:
    memory.conversations[session_id] = memory.conversations[session_id].model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class MemoryBots:
    """``BotCatalogue``."""

    memory: Memory

    def get(self, bot_id: str) -> Bot:
        if bot_id not in self.memory.bots:
            raise NotFoundError("There is no such bot.")
        return self.memory.bots[bot_id]

    def all(self) -> tuple[BotSummary, ...]:
        return tuple(self.memory.bots[bot_id].summary() for bot_id in sorted(self.memory.bots))

    def get_with_secret(self, bot_id: str) -> tuple[Bot, str] | None:
        if bot_id not in self.memory.bots or bot_id not in self.memory.webhook_secrets:
            return None
        return self.memory.bots[bot_id], self.memory.webhook_secrets[bot_id]

    def publish(self, bot: Bot) -> None:
        """Store a bot in place of the one that had its id."""
        self.memory.bots[bot.id] = bot

    def give_webhook_secret(self, bot_id: str, secret_hash: str) -> None:
        """Store the hash of a bot's new secret."""
        self.memory.webhook_secrets[bot_id] = secret_hash


@dataclass(frozen=True, slots=True)
class MemoryMemory:
    """``MemoryStore``."""

    memory: Memory

    def recall(self, key: MemoryKey) -> JsonValue:
        value: JsonValue = json.loads(self.memory.remembered.get(key, "null"))
        return value

    def of(self, owner: str, *, limit: int, after: MemoryKey | None = None) -> Page[Remembered]:
        with self.memory.lock:
            keys = sorted((key for key in self.memory.remembered if key.owner == owner), key=_order)
        found = [key for key in keys if after is None or _order(key) > _order(after)]
        kept = tuple(Remembered(key, json.loads(self.memory.remembered[key])) for key in found[:limit])
        return Page(kept, len(found) > limit)

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        self.memory.remembered |= {key: json.dumps(value) for key, value in values.items()}


def _order(key: MemoryKey) -> str:
    return f"{key.bot_id}#{key.name}"


@dataclass(frozen=True, slots=True)
class MemoryWebhooks:
    """``WebhookStore``."""

    memory: Memory

    def answered(self, call: WebhookRequest) -> WebhookResponse | None:
        at, fingerprint, answer = self.memory.webhook_answers.get((call.bot_id, call.key), (None, "", None))
        if at is None or call.now >= at + MARKER_LIFETIME:
            return None
        if fingerprint != call.fingerprint:
            raise ConflictError("This Idempotency-Key was used for another content.")
        return answer

    def commit(self, call: WebhookRequest, turn: WebhookResult) -> WebhookResponse:
        with self.memory.lock:
            known = self.answered(call) if call.repeatable else None
            if known is not None:
                return known
            if call.repeatable:
                self.memory.webhook_answers[call.bot_id, call.key] = (call.now, call.fingerprint, turn.answer)
            MemoryMemory(self.memory).remember(turn.memories)
            return turn.answer


@dataclass(slots=True)
class MemoryConnections:
    """``ConnectionStore``.

    Attributes
    ----------
    memory
        Where they are kept.
    busy
        Whether looking up and removing one fails, as when the table is throttled.
    """

    memory: Memory
    busy: bool = False

    def add(self, connection: Connection) -> None:
        self.memory.sockets[connection.owner, connection.connection_id] = connection

    def remove(self, owner: str, connection_id: str) -> None:
        if self.busy:
            raise UnavailableError
        self.memory.sockets.pop((owner, connection_id), None)

    def get(self, owner: str, connection_id: str) -> Connection | None:
        if self.busy:
            raise UnavailableError
        return self.memory.sockets.get((owner, connection_id))

    def of(self, owner: str) -> tuple[Connection, ...]:
        return tuple(each for each in self.memory.sockets.values() if each.owner == owner)


@dataclass(slots=True)
class MemoryQueue:
    """``TurnQueue``.

    Attributes
    ----------
    memory
        Where the work waits.
    refusals
        How many of the next pieces it does not take.
    """

    memory: Memory
    refusals: int = 0

    def put(self, work: TurnJob) -> None:
        if self.refusals:
            self.refusals -= 1
            raise UnavailableError
        with self.memory.lock:
            mark = (work.session_id, jobs.deduplication_id(work))
            if mark not in self.memory.queued_before:
                self.memory.queued_before.add(mark)
                self.memory.work.append(work)


@dataclass(slots=True)
class MemoryReceipts:
    """``Receipts``.

    Attributes
    ----------
    memory
        Where dead letters lie.
    postponed
        Which work is to come again, and in how many seconds.
    busy
        Whether the queue does not answer.
    """

    memory: Memory
    postponed: list[tuple[str, int]] = field(default_factory=list)
    busy: bool = False

    def delay_retry(self, receipt: str, seconds: int) -> None:
        if self.busy:
            raise UnavailableError
        self.postponed.append((receipt, seconds))

    def send_to_dead_letter_queue(self, work: TurnJob) -> None:
        if self.busy:
            raise UnavailableError
        if work not in self.memory.dead_letters:
            self.memory.dead_letters.append(work)


@dataclass(frozen=True, slots=True)
class MemoryExpiries:
    """``ExpiryQueue``."""

    memory: Memory

    def put(self, check: ExpiryCheckJob, *, seconds: int) -> None:
        self.memory.checks.append((check, seconds))


@dataclass(frozen=True, slots=True)
class MemoryTellings:
    """``DelayedDeliveryQueue``."""

    memory: Memory

    def put(self, telling: DelayedDeliveryJob, *, seconds: int) -> None:
        self.memory.tellings.append((telling, seconds))


@dataclass(frozen=True, slots=True)
class MemoryHandover:
    """``Handover``."""

    memory: Memory

    def claim(self, session_id: str, token_hash: str, owner: str, now: datetime) -> Conversation:
        with self.memory.lock:
            conversation = self.memory.conversations.get(session_id)
            if conversation is None:
                raise NotFoundError("There is no such session.")
            if conversation.owner == owner and token_hash in self.memory.claimed_with.get(session_id, []):
                return conversation
            hashes = self.memory.token_hashes.get(session_id, [])
            if not conversation.anonymous or conversation.is_gone(now) or token_hash not in hashes:
                raise NotFoundError("There is no such session.")
            self.memory.claimed_with[session_id] = self.memory.token_hashes.pop(session_id)
            self.memory.history[session_id] = self.memory.visitor_messages.pop(session_id, [])
            _change(self.memory, session_id, owner=owner, expires_at=None, updated_at=now)
            return self.memory.conversations[session_id]


@dataclass(slots=True)
class MemoryErasures:
    """``ErasureQueue``."""

    memory: Memory

    def put(self, erasure: ErasureJob) -> None:
        self.memory.erasures.append(erasure)


@dataclass(frozen=True, slots=True)
class MemoryEraser:
    """``Eraser``: two messages at a time, so that small histories take several pieces."""

    memory: Memory

    def erase_messages(self, session_id: str) -> bool:
        with self.memory.lock:
            left = self.memory.history.get(session_id, [])[2:]
            self.memory.history[session_id] = left
            self.memory.visitor_messages.pop(session_id, None)
            self.memory.sent = {key: value for key, value in self.memory.sent.items() if key[0] != session_id}
            if not left:
                del self.memory.history[session_id]
            return not left

    def erase_conversation(self, session_id: str) -> None:
        self.memory.states.pop(session_id, None)
        self.memory.conversations.pop(session_id, None)

    def erase_memories(self, owner: str) -> bool:
        with self.memory.lock:
            found = [key for key in self.memory.remembered if key.owner == owner]
            for key in found[:2]:
                del self.memory.remembered[key]
            return len(found) <= 2

    def erase_counters(self, owner: str) -> None:
        self.memory.admitted = {key: value for key, value in self.memory.admitted.items() if key[1] != owner}


@dataclass(frozen=True, slots=True)
class MemoryTickets:
    """``TicketStore``."""

    memory: Memory

    def issue(self, ticket_hash: str, principal: Principal, expires_at: datetime) -> None:
        self.memory.tickets[ticket_hash] = (principal, expires_at)

    def redeem(self, ticket_hash: str, now: datetime) -> Principal | None:
        principal, expires_at = self.memory.tickets.pop(ticket_hash, (None, now))
        return principal if expires_at > now else None


@dataclass(frozen=True, slots=True)
class MemoryLimiter:
    """``Limiter``, by counting."""

    memory: Memory

    def acquire(self, policy: Policy, caller: str, now: datetime) -> Usage:
        with self.memory.lock:
            times = self.memory.admitted.setdefault((policy.name, caller), [])
            now = max([now, *times[-1:]])
            counted = [time for time in times if time > now - WINDOW - MAX_CLOCK_SKEW]
            refused = len(counted) >= policy.limit
            if not refused:
                times.append(now)
                counted.append(now)
            left = (counted[-policy.limit if refused else 0] + WINDOW + MAX_CLOCK_SKEW - now).total_seconds()
            usage = Usage(policy, policy.limit - len(counted), max(math.ceil(left), 1))
            if refused:
                raise RateLimitedError(usage)
            return usage

"""The stores and queues in memory, over one shared state: they behave like the adapters, without AWS.

``tests/integration`` runs one contract suite over these and over the adapters.
"""

import json
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from conversations.domain import content_hash, ids, timestamps
from conversations.domain.agent_link import AgentLink, FollowedRun, RunReference, RunSender
from conversations.domain.agent_run import Thread
from conversations.domain.answer_control import AnswerControls, StopRequest, Transfer
from conversations.domain.authorization import require_access, require_open
from conversations.domain.bot import AnswerSchema, Bot, BotSummary, DialogState
from conversations.domain.connection import Connection
from conversations.domain.conversation import (
    MAX_FAILED_MESSAGES,
    Conversation,
    ConversationStatus,
    ConversationSummary,
    ListFilter,
    ListPosition,
    TurnRoute,
    build_preview,
    build_queued_mark,
    get_visitor_expiry,
    summarize,
)
from conversations.domain.dialog import CommittedTurn, Dialog, InlineTurn, TurnSideData
from conversations.domain.errors import (
    ConflictError,
    ConnectionGoneError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
)
from conversations.domain.jobs import (
    AnswerJob,
    DelayedDeliveryJob,
    DeliverJob,
    Delivery,
    ErasureJob,
    ExpiryCheckJob,
    GreetJob,
    OutboxCheckJob,
    TurnJob,
    WelcomeJob,
)
from conversations.domain.limits import MAX_CLOCK_SKEW, WINDOW, Policy, Usage
from conversations.domain.memory import Memory, MemoryKey
from conversations.domain.message import Draft, Message, Rating, Sender
from conversations.domain.page import Page
from conversations.domain.principal import Principal
from conversations.domain.transcript import AskedQuestion, OpenTranscript
from conversations.domain.turn import follow_conversation
from conversations.domain.webhooks import WebhookRequest, WebhookResponse, WebhookResult
from conversations.ports.agent_runs import RunStore
from conversations.ports.bots import BotCatalogue, MemoryStore
from conversations.ports.conversations import ClaimStore, ConversationStore, VisitorTokenStore
from conversations.ports.erasure import Eraser
from conversations.ports.identity import TicketStore
from conversations.ports.limits import RateLimiter
from conversations.ports.messages import MessageStore, RatingStore
from conversations.ports.queues import (
    DelayedDeliveryQueue,
    ErasureQueue,
    ExpiryQueue,
    OutboxQueue,
    RetryControl,
    TryCounter,
    TurnQueue,
)
from conversations.ports.threads import ThreadStore
from conversations.ports.transcripts import TranscriptStore
from conversations.ports.turns import InlineTurnStore, TurnStore
from conversations.ports.webhooks import WebhookSecrets, WebhookStore
from conversations.ports.websocket import ConnectionStore

RECORD_LIFETIME = timedelta(hours=24)
OPEN_LIFETIME = timedelta(days=30)
MAX_VISITOR_TOKENS = 16


@dataclass(slots=True)
class Database:
    """Everything that is stored.

    Attributes
    ----------
    history
        Messages of users' conversations.
    visitor_messages
        Messages of visitors' conversations.
    sent
        Idempotency records: the message and its content hash, None if it was redacted, by ``client_message_id``.
    started
        Records of starts: the new conversation and whether it has a first message, by owner and ``client_message_id``.
    states
        Dialog states, as JSON.
    first_delayed_id
        The first message of each conversation's last turn that is delivered after a pause.
    expects
        The answers that the bot of each conversation accepts next.
    remembered
        Bots' memories, as JSON.
    webhook_secrets
        Hashes, by bot.
    webhook_answers
        Time, content hash and response of webhook requests, by bot and key.
    refunds
        Beginning of the window and number of refunds in it, by policy and caller.
    queued_before
        Jobs that the queue has seen, for deduplication.
    threads
        Threads of clients, by owner, bot and hash.
    runs
        Runs of clients and until when they can be resumed, by owner and name.
    asked
        Where requests of stateless clients went, by owner and hash of the request.
    open
        Transcripts that may be continued and when they were stored, by owner, hash of the answers and conversation.
    """

    conversations: dict[str, Conversation] = field(default_factory=dict)
    history: dict[str, list[Message]] = field(default_factory=dict)
    visitor_messages: dict[str, list[Message]] = field(default_factory=dict)
    sent: dict[tuple[str, str], tuple[Message, str | None]] = field(default_factory=dict)
    started: dict[tuple[str, str], tuple[Conversation, bool]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    claimed_with: dict[str, list[str]] = field(default_factory=dict)
    token_hashes: dict[str, list[str]] = field(default_factory=dict)
    sockets: dict[tuple[str, str], Connection] = field(default_factory=dict)
    stop_requests: dict[tuple[str, tuple[str, str | None]], StopRequest] = field(default_factory=dict)
    transfers: dict[tuple[str, str], Transfer] = field(default_factory=dict)
    bots: dict[str, Bot] = field(default_factory=dict)
    jobs: list[TurnJob] = field(default_factory=list)
    waiting_jobs: list[TurnJob] = field(default_factory=list)
    dead_letters: list[TurnJob] = field(default_factory=list)
    checks: list[tuple[ExpiryCheckJob, int]] = field(default_factory=list)
    erasures: list[ErasureJob] = field(default_factory=list)
    tickets: dict[str, tuple[Principal, datetime]] = field(default_factory=dict)
    admitted: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    refunds: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)
    first_delayed_id: dict[str, str | None] = field(default_factory=dict)
    expects: dict[str, AnswerSchema | None] = field(default_factory=dict)
    remembered: dict[MemoryKey, str] = field(default_factory=dict)
    webhook_secrets: dict[str, str] = field(default_factory=dict)
    webhook_answers: dict[tuple[str, str], tuple[datetime, str, WebhookResponse]] = field(default_factory=dict)
    delayed_deliveries: list[tuple[DelayedDeliveryJob, int]] = field(default_factory=list)
    queued_before: set[tuple[str, str, bool]] = field(default_factory=set)
    asked: dict[tuple[str, str], AskedQuestion] = field(default_factory=dict)
    open: dict[tuple[str, str, str], tuple[OpenTranscript, datetime]] = field(default_factory=dict)
    threads: dict[tuple[str, str, str], Thread] = field(default_factory=dict)
    runs: dict[tuple[str, str], tuple[RunReference, datetime]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def get_messages(self, conversation: Conversation) -> list[Message]:
        """Return the stored messages of a conversation, to read and to append to."""
        table = self.visitor_messages if conversation.anonymous else self.history
        return table.setdefault(conversation.id, [])

    def append_messages(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Store messages at the end of a conversation."""
        if not messages:
            return
        self.get_messages(conversation).extend(messages)
        last = messages[-1]
        self.change(
            conversation.id,
            last_seq=last.seq,
            last_message=build_preview(last),
            last_activity=last.timestamp,
            sorted_at=conversation.get_sorted_at(last.timestamp),
            updated_at=last.timestamp,
        )

    def redact(self, conversation: Conversation, message: Message, content: str) -> None:
        """Replace the content of a message."""
        redacted = message.model_copy(update={"content": content})
        messages = self.get_messages(conversation)
        messages[messages.index(message)] = redacted
        if message.client_message_id is not None:
            self.sent[conversation.id, message.client_message_id] = (redacted, None)
        if conversation.last_seq == message.seq:
            self.change(conversation.id, last_message=build_preview(redacted))

    def change(self, conversation_id: str, **changes: object) -> None:
        """Change fields of a conversation."""
        self.conversations[conversation_id] = self.conversations[conversation_id].model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class InMemoryConversationStore(ConversationStore):
    memory: Database
    stale_newest_id: str | None = None

    def create(
        self, conversation: Conversation, first_message: Message | None = None, *, client_message_id: str | None = None
    ) -> Conversation:
        with self.memory.lock:
            original = self._find_started(conversation, first_message, client_message_id)
            if original is not None:
                return original
            if conversation.id in self.memory.conversations:
                raise ConflictError("The conversation exists already.")
            self.memory.conversations[conversation.id] = conversation
            if first_message is not None:
                self.memory.get_messages(conversation).append(first_message)
            if client_message_id is not None:
                self.memory.started[conversation.owner, client_message_id] = (conversation, first_message is not None)
                if first_message is not None:
                    sent = first_message, content_hash.compute(first_message)
                    self.memory.sent[conversation.id, client_message_id] = sent
            return conversation

    def _find_started(
        self, again: Conversation, first_message: Message | None, client_message_id: str | None
    ) -> Conversation | None:
        if (again.owner, client_message_id) not in self.memory.started:
            return None
        first, has_message = self.memory.started[again.owner, client_message_id or ""]
        if again.created_at >= first.created_at + RECORD_LIFETIME:
            return None
        _, fingerprint = self.memory.sent.get((first.id, client_message_id or ""), (None, None))
        is_other_message = first_message is not None and not content_hash.matches(fingerprint, first_message)
        if first.bot_id != again.bot_id or has_message != (first_message is not None) or is_other_message:
            raise ConflictError("This client_message_id was used for another start.")
        return first

    def open_or_create(self, conversation: Conversation) -> Conversation:
        with self.memory.lock:
            matching = ListFilter(bot_id=conversation.bot_id, status=ConversationStatus.ACTIVE)
            active = self._list_matching(conversation.owner, matching)
            if not active:
                self.create(conversation)
            return active[-1] if active else conversation

    def get(self, conversation_id: str) -> Conversation | None:
        return self.memory.conversations.get(conversation_id)

    def get_newest_active_id(self, owner: str, bot_id: str) -> str | None:
        matching = ListFilter(bot_id=bot_id, status=ConversationStatus.ACTIVE)
        newest = self.list_by_owner(owner, matching, limit=1).items
        return self.stale_newest_id or (newest[0].id if newest else None)

    def list_by_owner(  # noqa: PLR0913 - the port's
        self,
        owner: str,
        matching: ListFilter,
        *,
        limit: int,
        offset: int = 0,
        after: ListPosition | None = None,
        oldest_first: bool = False,
    ) -> Page[ConversationSummary]:
        summaries = [summarize(conversation) for conversation in self._list_matching(owner, matching)]
        following = sorted(
            (s for s in summaries if after is None or (s.position > after if oldest_first else s.position < after)),
            key=lambda summary: summary.position,
            reverse=not oldest_first,
        )
        return Page(items=tuple(following[offset : offset + limit]), has_more=len(following) > offset + limit)

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        with self.memory.lock:
            current = self.memory.conversations.get(conversation.id)
            if current is None or current.deleted:
                raise NotFoundError("The conversation does not exist.")
            if current.status is not status:
                self.memory.change(conversation.id, status=status, updated_at=now)
            return self.memory.conversations[conversation.id]

    def set_title(self, conversation: Conversation, title: str) -> Conversation:
        with self.memory.lock:
            current = self.memory.conversations.get(conversation.id)
            if current is None or current.deleted or current.owner != conversation.owner:
                raise NotFoundError("The conversation does not exist.")
            self.memory.change(conversation.id, title=title)
            return self.memory.conversations[conversation.id]

    def mark_deleted(self, conversation: Conversation, now: datetime) -> None:  # noqa: ARG002 - the port's
        with self.memory.lock:
            if conversation.id in self.memory.conversations:
                self.memory.change(conversation.id, deleted=True, last_message="", title="", sorted_at=None)

    def count_by_owner(self, owner: str, matching: ListFilter) -> int:
        return len(self._list_matching(owner, matching))

    def _list_matching(self, owner: str, matching: ListFilter) -> list[Conversation]:
        with self.memory.lock:
            return [
                conversation
                for conversation in self.memory.conversations.values()
                if conversation.owner == owner
                and not conversation.anonymous
                and not conversation.deleted
                and matching.matches(conversation)
            ]


@dataclass(frozen=True, slots=True)
class InMemoryVisitorTokenStore(VisitorTokenStore):
    memory: Database

    def add_token(self, conversation_id: str, token_hash: str, *, current_hash: str | None = None) -> None:
        with self.memory.lock:
            conversation = self.memory.conversations.get(conversation_id)
            if conversation is not None and conversation.anonymous:
                before = self.memory.token_hashes.get(conversation_id, [])
                hashes = sorted(before, key=lambda stored: stored == current_hash)
                self.memory.token_hashes[conversation_id] = [*hashes, token_hash][-MAX_VISITOR_TOKENS:]

    def is_token_valid(self, conversation_id: str, token_hash: str, now: datetime) -> bool:
        conversation = self.memory.conversations.get(conversation_id)
        if conversation is None or conversation.is_gone(now):
            return False
        return token_hash in self.memory.token_hashes.get(conversation_id, [])


@dataclass(frozen=True, slots=True)
class InMemoryMessageStore(MessageStore):
    memory: Database

    def get_route(self, principal: Principal, conversation_id: str, now: datetime) -> TurnRoute:
        conversation = require_access(self.memory.conversations.get(conversation_id), principal, now)
        return TurnRoute(conversation.bot_id, conversation.waits)

    def append(self, principal: Principal, conversation_id: str, draft: Draft, now: datetime) -> Message:
        with self.memory.lock:
            conversation = require_access(self.memory.conversations.get(conversation_id), principal, now)
            timestamp = timestamps.get_next_timestamp(conversation.last_activity, now)
            original = self.find_original(conversation_id, draft, timestamp)
            if original is not None:
                return original
            require_open(conversation)
            last_seq, last_activity = conversation.last_seq, conversation.last_activity
            message = draft.number(conversation_id, last_seq, last_activity, principal.groups, now)
            self.put(conversation, message)
            return message

    def put(self, conversation: Conversation, message: Message) -> None:
        """Store a user's message, which is pending then."""
        self.memory.append_messages(conversation, [message])
        self.memory.change(conversation.id, pending_message_ids=(*conversation.pending_message_ids, message.id))
        if conversation.anonymous:
            self.memory.change(conversation.id, expires_at=get_visitor_expiry(message.timestamp))
        if message.client_message_id is not None:
            record = (message, content_hash.compute(message))
            self.memory.sent[conversation.id, message.client_message_id] = record

    def get_page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        with self.memory.lock:
            messages = [each for each in self.memory.get_messages(conversation) if first <= each.id <= last]
        page = messages[-limit:] if newest else messages[:limit]
        return Page(items=tuple(page), has_more=len(messages) > limit)

    def find_original(self, conversation_id: str, draft: Draft, now: datetime) -> Message | None:
        """Return the message that the draft's ``client_message_id`` was used for."""
        if draft.client_message_id is None:
            return None
        message, stored_hash = self.memory.sent.get((conversation_id, draft.client_message_id), (None, None))
        if message is None or message.timestamp + RECORD_LIFETIME <= now:
            return None
        if not content_hash.matches(stored_hash, draft):
            raise ConflictError("This client_message_id was used for another message.")
        return message


@dataclass(frozen=True, slots=True)
class InMemoryRatingStore(RatingStore):
    memory: Database

    def set_rating(self, conversation: Conversation, message_id: str, rating: Rating | None, now: datetime) -> None:
        with self.memory.lock:
            current = self.memory.conversations.get(conversation.id)
            if current is None or current.owner != conversation.owner or (current.anonymous and current.is_gone(now)):
                raise NotFoundError("The message does not exist.")
            messages = self.memory.get_messages(current)
            for index, message in enumerate(messages):
                if message.id == message_id and message.sender is Sender.BOT:
                    messages[index] = message.model_copy(update={"rating": rating})
                    return
            raise NotFoundError("The message does not exist.")


@dataclass(frozen=True, slots=True)
class InMemoryTranscriptStore(TranscriptStore):
    memory: Database

    def get_asked(self, owner: str, request_hash: str, now: datetime) -> AskedQuestion | None:
        asked = self.memory.asked.get((owner, request_hash))
        return asked if asked is not None and asked.asked_at + RECORD_LIFETIME > now else None

    def list_open(self, owner: str, answers_hash: str, now: datetime) -> Sequence[OpenTranscript]:
        found = {
            key[2]: transcript
            for key, (transcript, stored_at) in self.memory.open.items()
            if key[:2] == (owner, answers_hash) and stored_at + OPEN_LIFETIME > now
        }
        return [found[conversation_id] for conversation_id in sorted(found, reverse=True)][:20]

    def ask(  # noqa: PLR0913 - the port's
        self,
        owner: str,
        request_hash: str,
        question: AskedQuestion,
        now: datetime,
        *,
        before: AskedQuestion | None,
        continued: tuple[str, OpenTranscript] | None,
    ) -> AskedQuestion | None:
        with self.memory.lock:
            current = self.get_asked(owner, request_hash, now)
            if current is not None and current != before:
                return current
            if continued is not None:
                key = (owner, continued[0], continued[1].conversation_id)
                if key not in self.memory.open:
                    return None
                del self.memory.open[key]
            self.memory.asked[owner, request_hash] = question
            return question

    def add_open(self, owner: str, answers_hash: str, transcript: OpenTranscript, now: datetime) -> None:
        self.memory.open[owner, answers_hash, transcript.conversation_id] = (transcript, now)


@dataclass(frozen=True, slots=True)
class InMemoryThreadStore(ThreadStore):
    memory: Database

    def get(self, owner: str, bot_id: str, thread_hash: str) -> Thread | None:
        return self.memory.threads.get((owner, bot_id, thread_hash))

    def put(self, owner: str, bot_id: str, thread_hash: str, thread: Thread, *, before: Thread | None) -> Thread:
        with self.memory.lock:
            current = self.memory.threads.get((owner, bot_id, thread_hash))
            if current is not None and current != before:
                return current
            self.memory.threads[owner, bot_id, thread_hash] = thread
            return thread


@dataclass(frozen=True, slots=True)
class InMemoryTurnStore(TurnStore):
    memory: Database

    def load(self, conversation_id: str, message_id: str | None = None) -> Dialog | None:
        with self.memory.lock:
            conversation = self.memory.conversations.get(conversation_id)
            if conversation is None:
                return None
            messages = [each for each in self.memory.get_messages(conversation) if each.id == message_id]
            state = json.loads(self.memory.states.get(conversation_id, "{}"))
            first_delayed_id = self.memory.first_delayed_id.get(conversation_id)
            expects = self.memory.expects.get(conversation_id)
            return Dialog(conversation, state, messages[0] if messages else None, first_delayed_id, expects)

    def list_conversations(self, conversation_ids: Sequence[str]) -> Sequence[Conversation]:
        with self.memory.lock:
            stored = [self.memory.conversations.get(conversation_id) for conversation_id in conversation_ids]
        return [each for each in stored if each is not None]

    def set_waits(self, conversation_id: str) -> None:
        with self.memory.lock:
            if conversation_id in self.memory.conversations:
                self.memory.change(conversation_id, waits=True)

    def commit(
        self,
        dialog: Dialog,
        messages: Sequence[Message],
        state: DialogState,
        now: datetime,
        side_data: TurnSideData | None = None,
    ) -> CommittedTurn:
        replies_to, side_data = dialog.replies_to, side_data or TurnSideData()
        with self.memory.lock:
            conversation = self.memory.conversations.get(dialog.conversation.id)
            if conversation is None or conversation.deleted:
                raise NotFoundError("The conversation does not exist.")
            if not conversation.is_pending(replies_to):
                return CommittedTurn(conversation, self.get_replies(conversation, dialog.message))
            minted = follow_conversation(conversation, messages, now)
            if dialog.message is not None and side_data.redacted is not None:
                self.memory.redact(conversation, dialog.message, side_data.redacted)
            self.memory.append_messages(conversation, minted)
            if minted:
                activity = max(minted[-1].timestamp, now)
                sorted_at = conversation.get_sorted_at(activity)
                self.memory.change(conversation.id, last_activity=activity, sorted_at=sorted_at)
            if not conversation.waits:
                mark = build_queued_mark(None if dialog.message is None else dialog.message.id)
                self.memory.change(conversation.id, undelivered=mark)
            self.memory.change(
                conversation.id,
                answered_seq=max(conversation.answered_seq, replies_to),
                pending_message_ids=_remove(conversation.pending_message_ids, replies_to),
                failed_message_ids=_remove(conversation.failed_message_ids, replies_to),
            )
            self.memory.states[conversation.id] = json.dumps(dict(state))
            self.memory.expects[conversation.id] = side_data.expects
            pause = side_data.pause
            self.memory.first_delayed_id[conversation.id] = None if pause is None else minted[pause].id
            InMemoryMemoryStore(self.memory).remember(side_data.memories)
            return CommittedTurn(self.memory.conversations[conversation.id], minted)

    def end_delivery(self, conversation_id: str, mark: str) -> None:
        with self.memory.lock:
            conversation = self.memory.conversations.get(conversation_id)
            if conversation is not None and conversation.undelivered == mark:
                self.memory.change(conversation_id, undelivered=None)

    def get_replies(self, conversation: Conversation, message: Message | None) -> tuple[Message, ...]:
        replies_to = Dialog(conversation, {}, message).replies_to
        with self.memory.lock:
            return tuple(each for each in self.memory.get_messages(conversation) if each.answers == replies_to)

    def mark_failed(self, conversation_id: str, message_id: str) -> Dialog | None:
        with self.memory.lock:
            dialog = self.load(conversation_id, message_id)
            if dialog is None or dialog.conversation.deleted:
                return None
            conversation = dialog.conversation
            if message_id in conversation.failed_message_ids:
                return dialog
            if message_id not in conversation.pending_message_ids:
                return None
            self.memory.change(
                conversation_id,
                pending_message_ids=_remove(conversation.pending_message_ids, ids.get_seq(message_id)),
                failed_message_ids=(*conversation.failed_message_ids, message_id)[-MAX_FAILED_MESSAGES:],
            )
            return replace(dialog, conversation=self.memory.conversations[conversation_id])


@dataclass(frozen=True, slots=True)
class InMemoryInlineTurnStore(InlineTurnStore):
    memory: Database

    def store(  # noqa: PLR0913 - signature of the port
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
        messages, turns = InMemoryMessageStore(self.memory), InMemoryTurnStore(self.memory)
        with self.memory.lock:
            conversation = self.memory.conversations.get(message.conversation_id)
            if conversation != dialog.conversation or not conversation.accepts_messages or conversation.is_gone(now):
                return None
            if conversation.owner != principal.owner or conversation.pending_message_ids or conversation.undelivered:
                return None
            draft = Draft(content=message.content, client_message_id=message.client_message_id)
            original = messages.find_original(conversation.id, draft, message.timestamp)
            if original is not None:
                return original
            messages.put(conversation, message)
            current = replace(dialog, conversation=self.memory.conversations[conversation.id], message=message)
            committed = turns.commit(current, replies, state, now, side_data)
            self.memory.change(conversation.id, undelivered=message.id)
            stored = next(each for each in self.memory.get_messages(conversation) if each.id == message.id)
            return InlineTurn(self.memory.conversations[conversation.id], message, stored, committed.messages)


def _remove(message_ids: tuple[str, ...], seq: int) -> tuple[str, ...]:
    return tuple(message_id for message_id in message_ids if ids.get_seq(message_id) != seq)


@dataclass(frozen=True, slots=True)
class InMemoryBotCatalogue(BotCatalogue, WebhookSecrets):
    memory: Database

    def get(self, bot_id: str) -> Bot:
        if bot_id not in self.memory.bots:
            raise NotFoundError("The bot does not exist.")
        return self.memory.bots[bot_id]

    def list_bots(self) -> tuple[BotSummary, ...]:
        return tuple(self.memory.bots[bot_id].summary() for bot_id in sorted(self.memory.bots))

    def get_hash(self, bot_id: str) -> str | None:
        return self.memory.webhook_secrets.get(bot_id)

    def publish(self, bot: Bot) -> None:
        """Store a bot, replacing the one with its id."""
        self.memory.bots[bot.id] = bot

    def set_hash(self, bot_id: str, secret_hash: str) -> None:
        """Store the hash of a bot's new webhook secret."""
        self.memory.webhook_secrets[bot_id] = secret_hash


@dataclass(frozen=True, slots=True)
class InMemoryMemoryStore(MemoryStore):
    memory: Database

    def recall(self, key: MemoryKey) -> JsonValue:
        value: JsonValue = json.loads(self.memory.remembered.get(key, "null"))
        return value

    def list_by_owner(self, owner: str, *, limit: int, after: MemoryKey | None = None) -> Page[Memory]:
        with self.memory.lock:
            keys = sorted((key for key in self.memory.remembered if key.owner == owner), key=_get_sort_key)
        following = [key for key in keys if after is None or _get_sort_key(key) > _get_sort_key(after)]
        page = tuple(Memory(key, json.loads(self.memory.remembered[key])) for key in following[:limit])
        return Page(page, len(following) > limit)

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        self.memory.remembered |= {key: json.dumps(value) for key, value in values.items()}


def _get_sort_key(key: MemoryKey) -> str:
    return f"{key.bot_id}#{key.name}"


@dataclass(frozen=True, slots=True)
class InMemoryWebhookStore(WebhookStore):
    memory: Database

    def get_response(self, call: WebhookRequest) -> WebhookResponse | None:
        at, fingerprint, response = self.memory.webhook_answers.get((call.bot_id, call.key), (None, "", None))
        if at is None or call.now >= at + RECORD_LIFETIME:
            return None
        if fingerprint != call.fingerprint:
            raise ConflictError("This Idempotency-Key was used for another content.")
        return response

    def commit(self, call: WebhookRequest, result: WebhookResult) -> WebhookResponse:
        with self.memory.lock:
            stored = self.get_response(call) if call.repeatable else None
            if stored is not None:
                return stored
            if call.repeatable:
                self.memory.webhook_answers[call.bot_id, call.key] = (call.now, call.fingerprint, result.answer)
            InMemoryMemoryStore(self.memory).remember(result.memories)
            return result.answer


@dataclass(slots=True)
class InMemoryConnectionStore(ConnectionStore):
    """The registry of connections.

    Attributes
    ----------
    memory
        The database.
    busy
        Whether reading and removing one connection, and reading controls, fails, as when the table is throttled.
    refuses_controls
        Whether storing stop requests and transfers fails.
    """

    memory: Database
    busy: bool = False
    refuses_controls: bool = False

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

    def follow_run(self, owner: str, connection_id: str, followed: FollowedRun) -> None:
        with self.memory.lock:
            connection = self.memory.sockets.get((owner, connection_id))
            if connection is None or connection.agent is None:
                raise ConnectionGoneError
            self.add(replace(connection, agent=AgentLink(connection.agent.bot_id, followed)))

    def take_run(self, owner: str, connection_id: str, run_id: str, sender: RunSender) -> bool:
        if self.busy:
            raise UnavailableError
        with self.memory.lock:
            connection = self.memory.sockets.get((owner, connection_id))
            agent = None if connection is None else connection.agent
            followed = None if agent is None else agent.followed
            if connection is None or agent is None or followed is None:
                return False
            if followed.sender is not None or followed.run.run_id != run_id:
                return False
            self.add(replace(connection, agent=replace(agent, followed=replace(followed, sender=sender))))
            return True

    def load_controls(self, owner: str) -> AnswerControls:
        if self.busy:
            raise UnavailableError
        stop_requests = [request for (to, _), request in self.memory.stop_requests.items() if to == owner]
        transfers = [transfer for (to, _), transfer in self.memory.transfers.items() if to == owner]
        return AnswerControls(self.list_by_owner(owner), tuple(stop_requests), tuple(transfers))

    def add_stop_request(self, owner: str, request: StopRequest) -> None:
        if self.refuses_controls:
            raise UnavailableError
        self.memory.stop_requests[owner, (request.turn_id, request.message_id)] = request

    def add_transfer(self, owner: str, transfer: Transfer) -> None:
        if self.refuses_controls:
            raise UnavailableError
        self.memory.transfers[owner, transfer.conversation_id] = transfer

    def remove_controls(self, owner: str) -> bool:
        for key in [key for key in self.memory.stop_requests if key[0] == owner][:25]:
            del self.memory.stop_requests[key]
        for transfer_key in [key for key in self.memory.transfers if key[0] == owner]:
            del self.memory.transfers[transfer_key]
        for run_key in [key for key in self.memory.runs if key[0] == owner]:
            del self.memory.runs[run_key]
        return not any(key[0] == owner for key in self.memory.stop_requests)

    def list_by_owner(self, owner: str) -> tuple[Connection, ...]:
        return tuple(connection for connection in self.memory.sockets.values() if connection.owner == owner)


@dataclass(slots=True)
class InMemoryTurnQueue(TurnQueue):
    """The bots' jobs.

    Attributes
    ----------
    memory
        The database.
    refusals
        How many of the next jobs are not accepted.
    """

    memory: Database
    refusals: int = 0

    def put(self, job: TurnJob, *, waits: bool) -> None:
        if self.refusals:
            self.refusals -= 1
            raise UnavailableError
        with self.memory.lock:
            identity = (job.conversation_id, _get_identity(job), waits)
            if identity not in self.memory.queued_before:
                self.memory.queued_before.add(identity)
                (self.memory.waiting_jobs if waits else self.memory.jobs).append(job)


def _get_identity(job: TurnJob) -> str:
    """Return what is equal for two jobs of which the queue drops the second."""
    match job:
        case AnswerJob():
            return f"answer {job.message_id} {job.in_order}"
        case WelcomeJob():
            return f"welcome {job.connection_id}"
        case GreetJob():
            return "greet"
        case DeliverJob():
            return f"deliver {job.message_id}"


@dataclass(slots=True)
class InMemoryRetryControl(RetryControl):
    """Records retries.

    Attributes
    ----------
    memory
        The database.
    postponed
        Deliveries to retry, and their delays.
    completed
        Deliveries that were deleted.
    busy
        Whether the queue does not answer.
    """

    memory: Database
    postponed: list[tuple[str, int]] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    busy: bool = False

    def delay_retry(self, delivery_id: str, seconds: int) -> None:
        if self.busy:
            raise UnavailableError
        self.postponed.append((delivery_id, seconds))

    def complete(self, delivery_id: str) -> None:
        if self.busy:
            raise UnavailableError
        self.completed.append(delivery_id)

    def send_to_dead_letter_queue(self, job: TurnJob) -> None:
        if self.busy:
            raise UnavailableError
        if job not in self.memory.dead_letters:
            self.memory.dead_letters.append(job)


@dataclass(slots=True)
class InMemoryTryCounter(TryCounter):
    """Counts tries.

    Attributes
    ----------
    counts
        Per job: its tries, and the delivery that was counted last.
    busy
        Whether the store does not answer.
    """

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    busy: bool = False

    def count(self, delivery: Delivery) -> int:
        if self.busy:
            raise UnavailableError
        tries, receives = self.counts.get(delivery.job_id, (0, 0))
        if receives != delivery.receives:
            tries += 1
        self.counts[delivery.job_id] = (tries, delivery.receives)
        return tries

    def reset(self, delivery: Delivery) -> None:
        if self.busy:
            raise UnavailableError
        _, receives = self.counts.get(delivery.job_id, (0, 0))
        self.counts[delivery.job_id] = (0, receives)


@dataclass(slots=True)
class InMemoryOutboxQueue(OutboxQueue):
    """Scheduled checks of the outbox.

    Attributes
    ----------
    jobs
        The checks, in order.
    busy
        Whether the queue does not answer.
    """

    jobs: list[OutboxCheckJob] = field(default_factory=list)
    busy: bool = False

    def put(self, job: OutboxCheckJob) -> None:
        if self.busy:
            raise UnavailableError
        self.jobs.append(job)


@dataclass(frozen=True, slots=True)
class InMemoryExpiryQueue(ExpiryQueue):
    memory: Database

    def put(self, job: ExpiryCheckJob, *, seconds: int) -> None:
        self.memory.checks.append((job, seconds))


@dataclass(frozen=True, slots=True)
class InMemoryDelayedDeliveryQueue(DelayedDeliveryQueue):
    memory: Database

    def put(self, job: DelayedDeliveryJob, *, seconds: int) -> None:
        self.memory.delayed_deliveries.append((job, seconds))


@dataclass(frozen=True, slots=True)
class InMemoryErasureQueue(ErasureQueue):
    memory: Database

    def put(self, job: ErasureJob) -> None:
        self.memory.erasures.append(job)


@dataclass(frozen=True, slots=True)
class InMemoryClaimStore(ClaimStore):
    memory: Database

    def claim(self, conversation_id: str, token_hash: str, owner: str, now: datetime) -> Conversation:
        with self.memory.lock:
            conversation = self.memory.conversations.get(conversation_id)
            if conversation is None:
                raise NotFoundError("The session does not exist.")
            if conversation.owner == owner and token_hash in self.memory.claimed_with.get(conversation_id, []):
                if conversation.deleted:
                    raise NotFoundError("The conversation does not exist.")
                return conversation
            hashes = self.memory.token_hashes.get(conversation_id, [])
            if not conversation.anonymous or conversation.is_gone(now) or token_hash not in hashes:
                raise NotFoundError("The session does not exist.")
            self.memory.claimed_with[conversation_id] = self.memory.token_hashes.pop(conversation_id)
            self.memory.history[conversation_id] = self.memory.visitor_messages.pop(conversation_id, [])
            self.memory.change(conversation_id, owner=owner, expires_at=None, updated_at=now)
            return self.memory.conversations[conversation_id]


@dataclass(frozen=True, slots=True)
class InMemoryEraser(Eraser):
    """Erases two items at a time, so that small histories take several steps."""

    memory: Database

    def erase_messages(self, conversation_id: str) -> bool:
        with self.memory.lock:
            remaining = self.memory.history.get(conversation_id, [])[2:]
            self.memory.history[conversation_id] = remaining
            self.memory.visitor_messages.pop(conversation_id, None)
            self.memory.sent = {key: value for key, value in self.memory.sent.items() if key[0] != conversation_id}
            if not remaining:
                del self.memory.history[conversation_id]
            return not remaining

    def erase_conversation(self, conversation_id: str) -> None:
        self.memory.states.pop(conversation_id, None)
        self.memory.conversations.pop(conversation_id, None)

    def erase_memories(self, owner: str) -> bool:
        with self.memory.lock:
            keys = [key for key in self.memory.remembered if key.owner == owner]
            for key in keys[:2]:
                del self.memory.remembered[key]
            return len(keys) <= 2

    def erase_start_records(self, owner: str) -> bool:
        self.memory.threads = {key: value for key, value in self.memory.threads.items() if key[0] != owner}
        self.memory.asked = {key: value for key, value in self.memory.asked.items() if key[0] != owner}
        self.memory.open = {key: value for key, value in self.memory.open.items() if key[0] != owner}
        self.memory.started = {key: value for key, value in self.memory.started.items() if key[0] != owner}
        return True

    def erase_counters(self, owner: str) -> None:
        pass  # the fake counts the conversations themselves


@dataclass(frozen=True, slots=True)
class InMemoryTicketStore(TicketStore):
    memory: Database

    def issue(self, ticket_hash: str, principal: Principal, expires_at: datetime) -> None:
        self.memory.tickets[ticket_hash] = (principal, expires_at)

    def redeem(self, ticket_hash: str, now: datetime) -> Principal | None:
        principal, expires_at = self.memory.tickets.pop(ticket_hash, (None, now))
        return principal if expires_at > now else None


@dataclass(frozen=True, slots=True)
class InMemoryRateLimiter(RateLimiter):
    """Counts the accepted requests."""

    memory: Database

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
            return replace(usage, counted_at=to_milliseconds(now))

    def check(self, policy: Policy, caller: str, now: datetime) -> None:
        with self.memory.lock:
            self.acquire(policy, caller, now)
            self.memory.admitted[policy.name, caller].pop()

    def refund(self, usage: Usage, caller: str) -> Usage:
        key = (usage.policy.name, caller)
        with self.memory.lock:
            times = self.memory.admitted[key]
            time = next((time for time in times if to_milliseconds(time) == usage.counted_at), None)
            if time is None:
                return usage
            since, count = self.memory.refunds.get(key, (time, 0))
            same_window = time < since + WINDOW + MAX_CLOCK_SKEW
            if same_window and count >= usage.policy.limit:
                return usage
            times.remove(time)
            self.memory.refunds[key] = (since, count + 1) if same_window else (time, 1)
            counted = [other for other in times if other > time - WINDOW - MAX_CLOCK_SKEW]
            left = ((counted or [time])[0] + WINDOW + MAX_CLOCK_SKEW - time).total_seconds()
            return Usage(usage.policy, usage.policy.limit - len(counted), max(math.ceil(left), 1))


def to_milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1_000)


@dataclass(slots=True)
class InMemoryRunStore(RunStore):
    """Runs of AG-UI's clients."""

    memory: Database

    def put(self, owner: str, run: RunReference, expires_at: datetime) -> None:
        self.memory.runs[owner, run.run_id] = run, expires_at

    def get(self, owner: str, run_id: str, now: datetime) -> RunReference | None:
        run, expires_at = self.memory.runs.get((owner, run_id), (None, now))
        return run if expires_at > now else None

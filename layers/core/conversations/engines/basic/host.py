"""The host of one turn: connects scripts to messages, HTTP, tables and memories."""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from functools import partial
from random import Random

from basic.bundle import Bundle
from basic.config import get_cancel_words, get_time_zone
from basic.data.sql_tables import SqlTable
from basic.data.store import Row, TableStore
from basic.data.tables import TableExecutor, normalize_table_name
from basic.errors import BudgetError, ScriptError
from basic.host import (
    READING,
    AttachmentKind,
    EffectKey,
    FileRequest,
    HttpRequest,
    HttpResponse,
    KnowledgeResult,
    Mail,
    MemoryScope,
    Sms,
    TableRequest,
)
from basic.http.transport import HopResponse
from basic.knowledge_bases import find_attached
from basic.machine.run import TurnContext
from basic.turn import TurnFacts
from basic.values import Value
from conversations.data_classes import dataclass
from conversations.domain.automations import MAX_TRIGGER_DEPTH
from conversations.domain.drive import MAX_FILE_BYTES
from conversations.domain.knowledge import FoundPassage
from conversations.domain.memory import MAX_CHANGES_PER_TURN, MemoryKey, build_memory_key, check_size
from conversations.domain.owned_rows import RowKey
from conversations.domain.principal import get_subject
from conversations.domain.schedules import (
    MAX_SCHEDULES_PER_TURN,
    ScheduleRefusedError,
    ScriptSchedule,
    is_repeated,
)
from conversations.domain.secrets import draw_digits
from conversations.domain.talk import MAX_TALKS_PER_TURN, TalkEffect, TalkRefusedError
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.turn_time import MAX_SCRIPT_SECONDS
from conversations.engines.basic.drive import DriveExecutor, TurnUse
from conversations.engines.basic.messages import TurnCapacity
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.basic.script_services import ScriptServices
from conversations.engines.knowledge.knowledge import BotKnowledge
from conversations.engines.knowledge.passages import build_result
from conversations.engines.model.settings import parse_embedding
from conversations.engines.output_text import clean

logger = logging.getLogger(__name__)

MAX_REQUEST_SECONDS = 10
"""Timeout of one HTTP request of a script."""

MAX_MAILS_PER_TURN = 10

MAX_SELECT_SECONDS = 5
"""Timeout of one SELECT statement of a language model."""

MAX_TEXTS_PER_TURN = 10
"""Text messages that one turn sends."""

type Completer = Callable[[str, float], str]
"""Returns the reply of a language model to a prompt, within some seconds."""

_IDEMPOTENT = frozenset({"insert", "save", "append"})
"""Table operations with the same result on a retry; the others return the number of changed rows."""


@dataclass(slots=True)
class TurnHost:
    """``basic.host.Host`` for one turn. The caller stores ``changed_memories`` when the turn is over.

    Parameters
    ----------
    bot_id
        The bot.
    owner
        ``Principal.owner`` of the user, None if the turn has no user.
    groups
        The user's groups, for READ BY and WRITE BY; None to use the bot's own permissions.
    bundle
        The version of the bot.
    services
        What scripts use.
    journal
        Replays the results of an earlier, interrupted run of the turn.
    conversation_id
        Bare id of the conversation, None if the turn has none.
    message_id
        Bare id of the message that the turn answers; None for the greeting.
    anonymous
        Whether the owner is a visitor.
    seconds_allowed
        How long all scripts of the turn may run together.
    clock
        A monotonic clock, in seconds.
    completer
        The language model of LLM; None if the bot has none.
    trigger_depth
        How many runs for changes of rows led to this turn.

    Attributes
    ----------
    changed_memories
        The memories that the turn has set.
    """

    bot_id: str
    owner: str | None
    groups: frozenset[str] | None
    bundle: Bundle
    services: ScriptServices
    journal: ReplayJournal
    conversation_id: str | None = None
    message_id: str | None = None
    anonymous: bool = False
    seconds_allowed: float = MAX_SCRIPT_SECONDS
    clock: Callable[[], float] = time.monotonic
    completer: Completer | None = None
    trigger_depth: int = 0
    changed_memories: dict[MemoryKey, Value] = field(init=False, default_factory=dict)
    _store: TableStore = field(init=False)
    _deadline: float = field(init=False)
    _now: datetime = field(init=False)
    _mails: int = field(init=False, default=0)
    _texts: int = field(init=False, default=0)
    _talks: int = field(init=False, default=0)
    _schedules: int = field(init=False, default=0)
    _capacity: TurnCapacity = field(init=False, default_factory=TurnCapacity)
    _file_use: TurnUse = field(init=False, default_factory=TurnUse)

    def __post_init__(self) -> None:
        self._store = self.services.tables(self.bot_id)
        self._deadline = self.seconds() + self.seconds_allowed

    def turn(self, turn_id: str, now: datetime) -> TurnContext:
        """Return the machine's turn with this host.

        Parameters
        ----------
        turn_id
            Id of the turn; the same on a retry.
        now
            Time of the turn; the same on a retry.
        """
        locale = self.bundle.config.get("locale") or "en"
        user = None if self.owner is None else get_subject(self.owner)
        words = get_cancel_words(self.bundle.config)
        self._now = now
        facts = TurnFacts(
            now,
            Random(turn_id),  # noqa: S311 - scripts' dice
            locale,
            user,
            words,
            bot=self.bot_id,
            conversation=self.conversation_id or "",
            groups=self.groups,
            time_zone=get_time_zone(self.bundle.config),
        )
        return TurnContext(turn_id, facts, self, max(self._deadline - self.seconds(), 0))

    def limit(self, seconds: float, max_messages: int) -> None:
        """Set the time and the messages of the scripts that run next, after others of the turn."""
        self.seconds_allowed = seconds
        self._deadline = self.seconds() + seconds
        self._capacity = TurnCapacity(max_messages)

    @property
    def is_over(self) -> bool:
        """Whether the time of the turn is over."""
        return self.seconds() >= self._deadline

    def check_deadline(self) -> None:
        """Raise ``BudgetError`` if the time of the turn is over."""
        if self.is_over:
            raise BudgetError(f"the turn takes more than {self.seconds_allowed:.3g} seconds")

    def seconds(self) -> float:
        """Return the time of the clock; see ``Host.seconds``."""
        return self.clock()

    def say(self, text: str) -> None:
        """Count a message of the bot; see ``Host.say``."""
        self._capacity.add(text)

    def log(self, text: str) -> None:
        """Log the output of PRINT at debug level only, because it may contain what a user wrote."""
        logger.debug("PRINT %s", text)

    def warn(self, text: str) -> None:
        """Log why a statement was ignored; see ``Host.warn``."""
        logger.warning("%s", text)

    def http(self, key: EffectKey, request: HttpRequest) -> HttpResponse:
        """Send a request, or replay its response; see ``Host.http``."""
        if request.method == "GET":
            return _parse_response(self.journal.run_read("GET", lambda: self._send(request)))
        keyed = _add_idempotency_key(request, key)
        response = self.journal.run_effect(request.method, lambda: self._send(keyed), idempotent=False)
        return _parse_response(response)

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        """Run an operation on the bot's tables, or replay its result; see ``Host.table``."""
        tables = self._build_table_executor(self._get_store(key))
        if request.operation == "find":
            return self.journal.run_read("find", lambda: tables.execute(key, request))
        idempotent = request.operation in _IDEMPOTENT
        return self.journal.run_effect(request.operation, lambda: tables.execute(key, request), idempotent=idempotent)

    def select(self, statement: str, tables: Sequence[SqlTable], seconds: float) -> str:
        """Return the result of a SELECT statement on the bot's tables, or replay it.

        Parameters
        ----------
        statement
            The statement, in the dialect of SQLite.
        tables
            The tables that it may read.
        seconds
            How long it may run.

        Raises
        ------
        ScriptError
            If it is invalid or exceeds a limit.
        """
        end = self.seconds() + min(seconds, MAX_SELECT_SECONDS)
        executor = self._build_table_executor(self._store)

        def select() -> str:
            return executor.select(statement, tables, lambda: self.seconds() < end)

        # safeguard: select-replayed
        return str(self.journal.run_read("select", select))

    def list_tables(self) -> Sequence[SqlTable]:
        """Return the TABLEs of the bot that the user may read."""
        return self._build_table_executor(self._store).list_readable()

    def _build_table_executor(self, store: TableStore) -> TableExecutor:
        definitions = {normalize_table_name(table.name): table for table in self.bundle.program.tables}
        return TableExecutor(store, definitions, self.groups)

    def file(self, key: EffectKey, request: FileRequest) -> Value:
        """Run an operation on the bot's files, or replay its result; see ``Host.file``."""
        self._file_use.count_operation(request.operation)
        drive = self._build_drive()
        name = f"file {request.operation}"

        def run() -> Value:
            self.check_deadline()
            return [*drive.execute(key, request)]

        if request.operation in READING:
            result = self.journal.run_read(name, run)
        else:
            result = self.journal.run_effect(name, run, idempotent=False)
        size, value = _parse_file_result(result)
        self._file_use.count_bytes(size)
        return value

    def _build_drive(self) -> DriveExecutor:
        return DriveExecutor(
            store=self.services.drive,
            links=self.services.links,
            fetch=self._fetch,
            bot_id=self.bot_id,
            owner=self.owner,
            conversation_id=self.conversation_id,
            message_id=self.message_id,
            anonymous=self.anonymous,
            now=self._now,
        )

    def _get_store(self, key: EffectKey) -> TableStore:
        """Return the store for a step, which records the changes that scripts of the bot run for."""
        triggers = self.bundle.program.list_triggers()
        if not triggers:
            return self._store
        if self.trigger_depth >= MAX_TRIGGER_DEPTH:
            self.warn(
                f"changes of rows start no further scripts after {MAX_TRIGGER_DEPTH} that followed from each other"
            )
            return self._store
        return self._store.record_changes(f"{key.turn}/{key.step}", triggers, self.trigger_depth + 1)

    def create(self, key: EffectKey, table: str, row: Mapping[str, Value]) -> str:
        """Insert a row that belongs to the user, or replay its id; see ``Host.create``."""
        tables = self._build_table_executor(self._store)
        created = self.journal.run_effect(
            "create", lambda: tables.create(key, table, {**row}, partial(self._insert_owned, key)), idempotent=True
        )
        return str(created)

    def draw_code(self, digits: int) -> str:
        """Draw digits, or replay them; see ``Host.draw_code``."""
        return str(self.journal.run_read("code", lambda: draw_digits(digits)))

    def _insert_owned(self, effect: EffectKey, table: str, row_id: str, row: Row) -> bool:
        """Insert a row with its owner. Rows that a visitor or a webhook creates belong to the bot."""
        if self.owner is None or self.anonymous or self.conversation_id is None:
            return self._get_store(effect).insert(table, row_id, row)
        key = RowKey(self.bot_id, table, row_id)
        return self.services.owned_rows.insert(self.owner, key, row, self.conversation_id)

    def mail(self, key: EffectKey, mail: Mail) -> None:
        """Send a mail, or replay whether it was sent; see ``Host.mail``."""
        mailer = self.services.mailer
        if mailer is None:
            raise ScriptError("this deployment sends no mail: its parameter MailFrom is empty")
        self._mails += 1
        if self._mails > MAX_MAILS_PER_TURN:
            raise BudgetError(f"the turn sends more than {MAX_MAILS_PER_TURN} mails")

        def send() -> Value:
            # Before the claim: a mail whose file is missing has not been in doubt.
            attachments = self._build_drive().read_attachments(mail.attachments)
            mailer.send(self.bot_id, key, mail, attachments)
            return sum(len(each.content) for each in attachments)

        attached = self.journal.run_effect("mail", send, idempotent=False)
        # A turn that was stored by an earlier release has no size.
        self._file_use.count_bytes(attached if isinstance(attached, int) else 0)

    def sms(self, key: EffectKey, sms: Sms) -> str:
        """Send a text message, or replay its id; see ``Host.sms``."""
        texter = self.services.texter
        if texter is None:
            raise ScriptError("the deployment has no channel for text messages: its parameter SmsFrom is empty")
        self._texts += 1
        if self._texts > MAX_TEXTS_PER_TURN:
            raise BudgetError(f"the turn sends more than {MAX_TEXTS_PER_TURN} text messages")
        return str(self.journal.run_effect("sms", lambda: texter.send(self.bot_id, key, sms), idempotent=False))

    def talk_to(self, key: EffectKey, user: str, text: str) -> None:
        """Send a message to another user, or replay that it was sent; see ``Host.talk_to``."""
        content = clean(text).strip()
        if not content:
            raise ScriptError("the message to another user has no text")
        if len(content) > MAX_CONTENT_LENGTH:
            raise ScriptError(f"a message to another user has at most {MAX_CONTENT_LENGTH:,} characters")
        self._talks += 1
        if self._talks > MAX_TALKS_PER_TURN:
            raise BudgetError(f"the turn sends more than {MAX_TALKS_PER_TURN} messages to other users")
        effect = TalkEffect(self.bot_id, f"{key.turn}:{key.step}", self._now)

        def send() -> None:
            self.check_deadline()
            try:
                self.services.talker.send(effect, user, content)
            except TalkRefusedError as error:
                raise ScriptError(str(error)) from error

        self.journal.run_effect("talk to", send, idempotent=True)

    def schedule(self, key: EffectKey, script: str, schedule: str) -> None:
        """Store when a script runs, or replay that it was stored; see ``Host.schedule``."""
        del key  # the schedule itself identifies it
        self._schedules += 1
        if self._schedules > MAX_SCHEDULES_PER_TURN:
            raise BudgetError(f"the turn sets more than {MAX_SCHEDULES_PER_TURN} schedules")
        zone = get_time_zone(self.bundle.config) if is_repeated(schedule) else "UTC"

        def add() -> None:
            self.check_deadline()
            try:
                self.services.schedules.add(ScriptSchedule(self.bot_id, script, schedule, zone))
            except ScheduleRefusedError as error:
                raise ScriptError(str(error)) from error

        self.journal.run_effect("schedule", add, idempotent=True)

    def recall(self, scope: MemoryScope, name: str) -> Value:
        """Return the value of a memory; see ``Host.recall``."""
        memory_key = self._build_memory_key(scope, name)
        if memory_key in self.changed_memories:
            return self.changed_memories[memory_key]
        return self.journal.run_read("recall", lambda: self.services.memories.recall(memory_key))

    def remember(self, key: EffectKey, scope: MemoryScope, name: str, value: Value) -> None:
        """Set a memory, which is stored with the turn; see ``Host.remember``."""
        del key  # not an effect: nothing is stored before the turn is over
        memory_key = self._build_memory_key(scope, name)
        # A copy, because the script may change its value later.
        copy = json.loads(json.dumps(value))
        try:
            check_size(memory_key, copy)
        except ValueError as error:
            raise ScriptError(str(error)) from None
        self.changed_memories[memory_key] = copy
        if len(self.changed_memories) > MAX_CHANGES_PER_TURN:
            raise BudgetError(f"the turn sets more than {MAX_CHANGES_PER_TURN} memories")

    def search(self, key: EffectKey, bases: Sequence[str], query: str) -> Sequence[KnowledgeResult]:
        """Search knowledge bases; see ``Host.search``."""
        del key  # a search has no effect
        self.check_deadline()
        return [build_result(found) for found in self.find_passages(bases, query)]

    def find_passages(self, bases: Sequence[str], query: str) -> list[FoundPassage]:
        """Return the passages of knowledge bases that match a question best."""
        if not bases:
            return []
        known = BotKnowledge(self.bundle.knowledge, parse_embedding(self.bundle.config))
        return self.services.knowledge.find(known, bases, query, self.journal, self._deadline - self.seconds())

    def attach(self, key: EffectKey, kind: AttachmentKind, name: str) -> Sequence[str]:
        """Find the knowledge bases of a name in the package; the machine finds tools itself. See ``Host.attach``."""
        del key  # the machine's state contains what is attached
        return find_attached(self.bundle, kind, name)

    def detach(self, key: EffectKey, kind: AttachmentKind, name: str | None) -> Sequence[str]:
        """Find the knowledge bases of a name in the package; see ``Host.detach``."""
        del key
        return () if kind != "kb" or name is None else self.bundle.find_collections(name)

    def complete(self, key: EffectKey, prompt: str) -> str:
        """Prompt the language model, or replay its reply; see ``Host.complete``."""
        del key  # a reply has no effect
        completer = self.completer
        if completer is None:
            raise ScriptError("the bot has no language model")
        return str(self.journal.run_read("complete", lambda: completer(prompt, self._deadline - self.seconds())))

    def _build_memory_key(self, scope: MemoryScope, name: str) -> MemoryKey:
        if scope == "user" and self.owner is None:
            raise ScriptError("a run without a user has no user memory")
        try:
            return build_memory_key(self.bot_id, name, self.owner if scope == "user" else None)
        except ValueError as error:
            raise ScriptError(str(error)) from None

    def _fetch(self, request: HttpRequest) -> HopResponse:
        """Make the request of DOWNLOAD."""
        timeout = min(MAX_REQUEST_SECONDS, self._deadline - self.seconds())
        return replace(self.services.client, seconds=timeout, max_bytes=MAX_FILE_BYTES).fetch(request)

    def _send(self, request: HttpRequest) -> Value:
        self.check_deadline()
        timeout = min(MAX_REQUEST_SECONDS, self._deadline - self.seconds())
        response = replace(self.services.client, seconds=timeout).send(request)
        return [response.status, response.reason, {**response.headers}, response.body]


def _parse_response(stored: Value) -> HttpResponse:
    match stored:
        case [int(status), str(reason), dict(headers), str(body)]:
            return HttpResponse(status, reason, {name: str(value) for name, value in headers.items()}, body)
    raise RuntimeError("a replayed turn made another request")


def _parse_file_result(stored: Value) -> tuple[int, Value]:
    match stored:
        case [int(size), value]:
            return size, value
    raise RuntimeError("a replayed turn made another request")


def _add_idempotency_key(request: HttpRequest, key: EffectKey) -> HttpRequest:
    """Add an ``Idempotency-Key`` header, so that a server can deduplicate a retry, unless the script has set one."""
    if "idempotency-key" in {name.lower() for name in request.headers}:
        return request
    headers: Mapping[str, str] = {**request.headers, "Idempotency-Key": f"{key.turn}:{key.step}"}
    return replace(request, headers=headers)

"""The world of one turn, as a script sees it."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Protocol

from basic.bundle import Bundle
from basic.data.store import TableStore
from basic.data.tables import TableExecutor, normalize_table_name
from basic.errors import BudgetError, ScriptError
from basic.host import AttachmentKind, EffectKey, HttpRequest, HttpResponse, MemoryScope, TableRequest
from basic.http.client import HttpClient
from basic.machine.run import TurnContext
from basic.turn import TurnFacts
from basic.values import Value
from conversations.domain import memory
from conversations.domain.memory import MemoryKey
from conversations.domain.principal import get_subject
from conversations.engines.basic.messages import TurnCapacity
from conversations.engines.basic.replay_journal import ReplayJournal

logger = logging.getLogger(__name__)

SECONDS = 20
"""A whole turn; ``reply`` has 25 seconds, and API Gateway waits 29 for a webhook."""

REQUEST_SECONDS = 10
"""One HTTP request of a script."""

_REPEATABLE = frozenset({"insert", "save", "append"})
"""Operations on tables that answer the same when they are done again; the others count what they changed."""


class MemoryReader(Protocol):
    """What bots remember across conversations, as it was before this turn."""

    def recall(self, key: MemoryKey) -> Value:
        """Return what is remembered; None if nothing is."""
        ...


@dataclass(slots=True)
class TurnHost:
    """``basic.host.Host`` for one turn. Whoever runs the turn stores what it remembered: see `remembered`.

    Parameters
    ----------
    bot_id
        Whose turn it is.
    owner
        ``Principal.owner`` of the user, None if there is none.
    groups
        Those of the user, for READ BY and WRITE BY; None to act with the bot's own rights.
    bundle
        The version that runs.
    store
        The rows of the bot's tables.
    memories
        What was remembered before.
    client
        Makes requests.
    recording
        Knows what the world answered, should the turn have been cut short before.
    clock
        Seconds that never go back.

    Attributes
    ----------
    remembered
        What the turn has remembered.
    """

    bot_id: str
    owner: str | None
    groups: frozenset[str] | None
    bundle: Bundle
    store: TableStore
    memories: MemoryReader
    client: HttpClient
    recording: ReplayJournal
    clock: Callable[[], float] = time.monotonic
    remembered: dict[MemoryKey, Value] = field(init=False, default_factory=dict)
    _started: float = field(init=False)
    _room: TurnCapacity = field(init=False, default_factory=TurnCapacity)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def turn(self, turn_id: str, now: datetime) -> TurnContext:
        """Return what the machine is given for a turn that has this host.

        Parameters
        ----------
        turn_id
            The same when the turn is run again.
        now
            The moment of the turn, likewise.
        """
        locale = self.bundle.config.get("locale") or "en"
        user = None if self.owner is None else get_subject(self.owner)
        facts = TurnFacts(now, Random(turn_id), locale, user)  # noqa: S311 - scripts' dice
        return TurnContext(turn_id, facts, self, SECONDS)

    def seconds(self) -> float:
        """Return the clock; see ``Host.seconds``."""
        return self.clock()

    def say(self, text: str) -> None:
        """Let a turn say what its messages hold; see ``Host.say``."""
        self._room.take(text)

    def log(self, text: str) -> None:
        """Log what PRINT wrote, which may be what a user said, so only where somebody asked for it."""
        logger.debug("PRINT %s", text)

    def http(self, key: EffectKey, request: HttpRequest) -> HttpResponse:
        """Make a request, unless it has been answered already; see ``Host.http``."""
        if request.method == "GET":
            return _read_response(self.recording.read("GET", lambda: self._sent(request)))
        keyed = _with_idempotency_key(request, key)
        return _read_response(self.recording.affect(request.method, lambda: self._sent(keyed), repeatable=False))

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        """Carry out an operation on the bot's data, unless it has been answered already; see ``Host.table``."""
        definitions = {normalize_table_name(each.name): each for each in self.bundle.program.tables}
        tables = TableExecutor(self.store, definitions, self.groups)
        if request.operation == "find":
            return self.recording.read("find", lambda: tables.execute(key, request))
        repeatable = request.operation in _REPEATABLE
        return self.recording.affect(request.operation, lambda: tables.execute(key, request), repeatable=repeatable)

    def recall(self, scope: MemoryScope, name: str) -> Value:
        """Return what is remembered; see ``Host.recall``."""
        memory = self._memory(scope, name)
        if memory in self.remembered:
            return self.remembered[memory]
        return self.recording.read("recall", lambda: self.memories.recall(memory))

    def remember(self, key: EffectKey, scope: MemoryScope, name: str, value: Value) -> None:
        """Remember, once the turn is stored; see ``Host.remember``."""
        del key  # nothing happens before the turn is over
        memory = self._memory(scope, name)
        # A copy: the script may go on changing what it has.
        kept = json.loads(json.dumps(value))
        try:
            memory.check_size(memory, kept)
        except ValueError as error:
            raise ScriptError(str(error)) from None
        self.remembered[memory] = kept
        if len(self.remembered) > memory.MAX_CHANGES_PER_TURN:
            raise BudgetError(f"the turn remembers more than {memory.MAX_CHANGES_PER_TURN} names")

    def attach(self, key: EffectKey, kind: AttachmentKind, name: str) -> None:
        """Let a knowledge base of the package be attached; the machine looks for tools itself. See ``Host.attach``."""
        del key  # the dialog's own state holds what is attached
        if kind == "kb":
            self.bundle.require_collection(name)

    def detach(self, key: EffectKey, kind: AttachmentKind, name: str | None) -> None:
        """Let it be detached, which the dialog's own state does; see ``Host.detach``."""
        del key
        if kind == "kb" and name is not None:
            self.bundle.require_collection(name)

    def complete(self, key: EffectKey, prompt: str) -> str:  # noqa: ARG002 - there is no model to ask yet
        """Refuse; see ``Host.complete``."""
        raise ScriptError("the bot has no language model")

    def _memory(self, scope: MemoryScope, name: str) -> MemoryKey:
        if scope == "user" and self.owner is None:
            raise ScriptError("there is no user here whose memory it could be")
        try:
            return memory.build_memory_key(self.bot_id, name, self.owner if scope == "user" else None)
        except ValueError as error:
            raise ScriptError(str(error)) from None

    def _sent(self, request: HttpRequest) -> Value:
        left = min(REQUEST_SECONDS, SECONDS - (self.clock() - self._started))
        if left <= 0:
            raise BudgetError(f"the turn takes more than {SECONDS} seconds")
        response = replace(self.client, seconds=left).send(request)
        return [response.status, response.reason, {**response.headers}, response.body]


def _read_response(kept: Value) -> HttpResponse:
    match kept:
        case [int(status), str(reason), dict(headers), str(body)]:
            return HttpResponse(status, reason, {name: str(value) for name, value in headers.items()}, body)
    raise RuntimeError("a turn that was run again asked something else")


def _with_idempotency_key(request: HttpRequest, key: EffectKey) -> HttpRequest:
    """Name the effect, so that a server can tell a repetition; a key that the script has set itself stays."""
    if "idempotency-key" in {name.lower() for name in request.headers}:
        return request
    headers: Mapping[str, str] = {**request.headers, "Idempotency-Key": f"{key.turn}:{key.step}"}
    return replace(request, headers=headers)

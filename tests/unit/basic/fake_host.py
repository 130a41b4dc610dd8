"""A fake host for scripts, and a dialog with a script."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from basic.compiler.context import BuildContext
from basic.errors import BudgetError, ScriptError
from basic.host import (
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
from basic.machine.machine import Machine
from basic.machine.outcome import Event, Outcome, Status, StoredState, TalkEvent
from basic.machine.run import TurnContext
from basic.package import build
from basic.package_names import find_collections
from basic.program import Program, dump_program, load_program
from basic.turn import TurnFacts
from basic.values import Value

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class FakeHost:
    """A host in memory, which records all calls."""

    answers: dict[str, HttpResponse] = field(default_factory=dict)
    tables: list[tuple[EffectKey, TableRequest]] = field(default_factory=list)
    result: Value = field(default_factory=list)
    files: list[tuple[EffectKey, FileRequest]] = field(default_factory=list)
    file_result: Value = ""
    memory: dict[tuple[str, str], Value] = field(default_factory=dict)
    created: list[tuple[EffectKey, str, dict[str, Value]]] = field(default_factory=list)
    mails: list[tuple[EffectKey, Mail]] = field(default_factory=list)
    texts: list[tuple[EffectKey, Sms]] = field(default_factory=list)
    talks: list[tuple[EffectKey, str, str]] = field(default_factory=list)
    schedules: list[tuple[EffectKey, str, str]] = field(default_factory=list)
    requests: list[tuple[EffectKey, HttpRequest]] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)
    collections: tuple[str, ...] = ("manuals",)
    logged: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    time: float = 0
    tick: float = 0
    prompts: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    searches: list[tuple[Sequence[str], str]] = field(default_factory=list)
    found: list[KnowledgeResult] = field(default_factory=list)
    user: str | None = None
    room: int = 10_000_000

    def seconds(self) -> float:
        self.time += self.tick
        return self.time

    def say(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise BudgetError("the host has no more room")

    def log(self, text: str) -> None:
        self.logged.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def http(self, key: EffectKey, request: HttpRequest) -> HttpResponse:
        self.requests.append((key, request))
        if request.url not in self.answers:
            raise ScriptError("no answer")
        return self.answers[request.url]

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        self.tables.append((key, request))
        return self.result

    def file(self, key: EffectKey, request: FileRequest) -> Value:
        self.files.append((key, request))
        return self.file_result

    def create(self, key: EffectKey, table: str, row: Mapping[str, Value]) -> str:
        self.created.append((key, table, {**row}))
        return f"row-{len(self.created)}"

    def draw_code(self, digits: int) -> str:
        return "1234567890123"[:digits]

    def mail(self, key: EffectKey, mail: Mail) -> None:
        self.mails.append((key, mail))

    def sms(self, key: EffectKey, sms: Sms) -> str:
        self.texts.append((key, sms))
        return f"sms-{len(self.texts)}"

    def talk_to(self, key: EffectKey, user: str, text: str) -> None:
        self.talks.append((key, user, text))

    def schedule(self, key: EffectKey, script: str, schedule: str) -> None:
        self.schedules.append((key, script, schedule))

    def recall(self, scope: MemoryScope, name: str) -> Value:
        return self.memory.get((scope, name))

    def remember(self, key: EffectKey, scope: MemoryScope, name: str, value: Value) -> None:
        del key
        self.memory[scope, name] = value

    def search(self, key: EffectKey, bases: Sequence[str], query: str) -> Sequence[KnowledgeResult]:
        del key
        self.searches.append((bases, query))
        return self.found

    def attach(self, key: EffectKey, kind: AttachmentKind, name: str) -> Sequence[str]:
        del key
        found = find_collections(name, self.collections) if kind == "kb" else [name]
        self.attached += [(kind, each) for each in found]
        return found

    def detach(self, key: EffectKey, kind: AttachmentKind, name: str | None) -> Sequence[str]:
        del key
        found = [] if name is None else find_collections(name, self.collections)
        self.attached = [
            item for item in self.attached if item[0] != kind or (name is not None and item[1] not in found)
        ]
        return found

    def complete(self, key: EffectKey, prompt: str) -> str:
        del key
        self.prompts.append(prompt)
        return self.replies.pop(0) if self.replies else f"the model on: {prompt}"


def diagnose(*scripts: str, context: BuildContext | None = None) -> list[str]:
    """Return the faults of scripts, each without its file; the first script is start.bas."""
    built = build(_files(scripts), context)
    return [
        f"{fault.position.line}:{fault.position.column} {fault.severity}: {fault.message}"
        for fault in built.diagnostics
        if fault.position is not None
    ]


def compile_scripts(*scripts: str) -> Program:
    """Compile valid scripts; the program is stored and loaded, which must not change it."""
    built = build(_files(scripts), BuildContext(model=True))
    assert built.program is not None, "\n".join(map(str, built.diagnostics))
    return load_program(dump_program(built.program))


def _files(scripts: Sequence[str]) -> dict[str, str]:
    return dict(zip(("start.bas", "second.bas", "third.bas"), scripts, strict=False))


class Dialog:
    """A dialog of a user with a bot; the state is serialized between messages."""

    def __init__(
        self,
        *scripts: str,
        program: Program | None = None,
        host: FakeHost | None = None,
        values: dict[str, Value] | None = None,
    ) -> None:
        self.host = host or FakeHost()
        self.machine = Machine(program or compile_scripts(*scripts))
        self.turns = 0
        self.messages: list[str] = []
        self.outcome: Outcome = self._kept(self.machine.start("start", self.turn(), values=values))

    def hear(self, *texts: str) -> list[str]:
        """Send answers, and return all messages so far."""
        for text in texts:
            state: StoredState = json.loads(json.dumps(self.outcome.state))
            self._kept(self.machine.run(state, text, self.turn()))
        return self.messages

    def events(self) -> tuple[Event, ...]:
        """Return the events of the last turn."""
        return self.outcome.events

    @property
    def status(self) -> Status:
        return self.outcome.status

    @property
    def fault(self) -> str:
        return str(self.outcome.fault)

    def variable(self, name: str) -> Value:
        variables = self.outcome.state["variables"]
        assert isinstance(variables, dict)
        return variables.get(name)

    def turn(self) -> TurnContext:
        self.turns += 1
        return TurnContext(f"turn-{self.turns}", TurnFacts(NOW, Random(self.turns), "en", self.host.user), self.host)

    def _kept(self, outcome: Outcome) -> Outcome:
        self.outcome = outcome
        self.messages += [event.text for event in outcome.events if isinstance(event, TalkEvent)]
        return outcome


def play_script(script: str, *answers: str) -> list[str]:
    """Return all messages of a script to a user who gives these answers."""
    dialog = Dialog(script)
    dialog.hear(*answers)
    assert dialog.outcome.fault is None, dialog.fault
    return dialog.messages

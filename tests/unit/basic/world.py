"""A small world for scripts: a host that remembers, and a dialog to talk with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from basic.compiler.context import BuildContext
from basic.errors import BudgetError, ScriptError
from basic.host import (
    AttachmentKind,
    EffectKey,
    HttpRequest,
    HttpResponse,
    MemoryScope,
    TableRequest,
)
from basic.machine.machine import Machine
from basic.machine.outcome import Event, Outcome, State, Status, Talk
from basic.machine.run import Turn
from basic.package import build
from basic.program import Program, dump_program, load_program
from basic.turn import TurnFacts
from basic.values import Value

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class World:
    """A host whose outside is a few dictionaries."""

    answers: dict[str, HttpResponse] = field(default_factory=dict)
    tables: list[tuple[EffectKey, TableRequest]] = field(default_factory=list)
    found: Value = field(default_factory=list)
    memory: dict[tuple[str, str], Value] = field(default_factory=dict)
    requests: list[tuple[EffectKey, HttpRequest]] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)
    collections: tuple[str, ...] = ("manuals",)
    logged: list[str] = field(default_factory=list)
    time: float = 0
    tick: float = 0
    prompts: list[str] = field(default_factory=list)
    user: str | None = None
    room: int = 10_000_000

    def seconds(self) -> float:
        self.time += self.tick
        return self.time

    def say(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise BudgetError("the world has no more room")

    def log(self, text: str) -> None:
        self.logged.append(text)

    def http(self, key: EffectKey, request: HttpRequest) -> HttpResponse:
        self.requests.append((key, request))
        if request.url not in self.answers:
            raise ScriptError("no answer")
        return self.answers[request.url]

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        self.tables.append((key, request))
        return self.found

    def recall(self, scope: MemoryScope, name: str) -> Value:
        return self.memory.get((scope, name))

    def remember(self, key: EffectKey, scope: MemoryScope, name: str, value: Value) -> None:
        del key
        self.memory[scope, name] = value

    def attach(self, key: EffectKey, kind: AttachmentKind, name: str) -> None:
        del key
        if kind == "kb" and name not in self.collections:
            raise ScriptError(f'the bot has no knowledge base "{name}"')
        self.attached.append((kind, name))

    def detach(self, key: EffectKey, kind: AttachmentKind, name: str | None) -> None:
        del key
        if kind == "kb" and name not in (None, *self.collections):
            raise ScriptError(f'the bot has no knowledge base "{name}"')
        self.attached = [each for each in self.attached if each[0] != kind or name not in (None, each[1])]

    def complete(self, key: EffectKey, prompt: str) -> str:
        del key
        self.prompts.append(prompt)
        return f"the model on: {prompt}"


def diagnose(*scripts: str, context: BuildContext | None = None) -> list[str]:
    """Return the diagnostics of the scripts without their file; the first script is start.bas."""
    result = build(_files(scripts), context)
    return [
        f"{each.position.line}:{each.position.column} {each.severity}: {each.message}" for each in result.diagnostics
    ]


def compile_program(*scripts: str) -> Program:
    """Compile scripts without errors, and return the program after it was stored and loaded."""
    result = build(_files(scripts), BuildContext(model=True))
    assert result.program is not None, "\n".join(map(str, result.diagnostics))
    return load_program(dump_program(result.program))


def _files(scripts: Sequence[str]) -> dict[str, str]:
    return dict(zip(("start.bas", "second.bas", "third.bas"), scripts, strict=False))


class Dialog:
    """A user who talks with a bot; the state is written and read again between any two messages."""

    def __init__(self, *scripts: str, world: World | None = None, values: dict[str, Value] | None = None) -> None:
        self.world = world or World()
        self.machine = Machine(compile_program(*scripts))
        self.turns = 0
        self.said: list[str] = []
        self.outcome: Outcome = self._kept(self.machine.start("start", self.turn(), values=values))

    def hear(self, *texts: str) -> list[str]:
        """Answer, and return all that has been said so far."""
        for text in texts:
            state: State = json.loads(json.dumps(self.outcome.state))
            self._kept(self.machine.run(state, text, self.turn()))
        return self.said

    def events(self) -> tuple[Event, ...]:
        """Return what the last turn gave."""
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

    def turn(self) -> Turn:
        self.turns += 1
        return Turn(f"turn-{self.turns}", TurnFacts(NOW, Random(self.turns), "en", self.world.user), self.world)

    def _kept(self, outcome: Outcome) -> Outcome:
        self.outcome = outcome
        self.said += [event.text for event in outcome.events if isinstance(event, Talk)]
        return outcome


def said_by(script: str, *answers: str) -> list[str]:
    """Return all that a script says to somebody who gives these answers."""
    dialog = Dialog(script)
    dialog.hear(*answers)
    assert dialog.outcome.fault is None, dialog.fault
    return dialog.said

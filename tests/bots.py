"""Conversations with the shipped bots, in memory, and the line coverage of their scripts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

from basic import config
from basic.bundle import Bundle, dump_bundle, load_bundle
from basic.data.in_memory import InMemoryTableStore
from basic.http.client import HttpClient
from basic.machine import machine
from basic.machine.machine import Machine
from basic.machine.outcome import Status
from basic.machine.run import Operation, Run
from basic.program import Program
from basic.values import Value
from tests.template import ROOT
from tools.bots.memory_host import MemoryHost
from tools.bots.packages import Package, read_package
from tools.bots.terminal_session import BotOutput, DialogSession

SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

SHIPPED = sorted((ROOT / "bots").glob("*.gbai"))


@cache
def shipped(bot_id: str) -> Package:
    """Return a shipped bot."""
    reading = read_package(ROOT / f"bots/{bot_id}.gbai")
    assert reading.diagnostics == []
    assert reading.package is not None
    return reading.package


def shipped_bundle(bot_id: str, **config: str) -> Bundle:
    """Return the program of a shipped bot, as it is loaded after publishing, with these configuration values."""
    bundle = shipped(bot_id).bundle
    assert bundle is not None
    loaded = load_bundle(dump_bundle(bundle))
    return replace(loaded, config={**loaded.config, **config})


@dataclass
class Conversation:
    """A user's conversation with a BASIC bot.

    Attributes
    ----------
    player
        The terminal session that runs the bot.
    logged
        What its scripts printed.
    messages
        All messages of the bot.
    last
        Its last turn.
    """

    player: DialogSession
    logged: list[str]
    messages: list[str] = field(default_factory=list)
    last: BotOutput = field(default_factory=BotOutput)

    def send(self, *texts: str) -> list[str]:
        """Send messages, one turn after the other, and return the bot's replies."""
        before = len(self.messages)
        for text in texts:
            self._add_turn(self.player.send(text))
        return self.messages[before:]

    @property
    def labels(self) -> list[str]:
        """The labels of the bot's current quick replies."""
        return [suggestion.label for suggestion in self.last.suggestions]

    @property
    def remembered(self) -> Mapping[tuple[Any, str], Value]:
        return self.player.host.remembered

    def open(self) -> "Conversation":
        self._add_turn(self.player.start())
        return self

    def _add_turn(self, turn: BotOutput) -> None:
        assert turn.error == ""
        self.last = turn
        self.messages += [message for message in turn.messages if isinstance(message, str)]


def a_conversation(
    bundle: Bundle,
    *,
    now: datetime = SUNDAY,
    client: HttpClient | None = None,
    store: InMemoryTableStore | None = None,
    user: Mapping[str, Value] | None = None,
) -> Conversation:
    """Start a conversation with a BASIC bot."""
    logged: list[str] = []
    host = MemoryHost(bundle, logged.append, client or HttpClient(), store or InMemoryTableStore())
    host.remembered.update({("user", name): value for name, value in (user or {}).items()})
    return Conversation(DialogSession(bundle, host, lambda: now), logged).open()


def run_without_user(bundle: Bundle, script: str, now: datetime, host: MemoryHost, **variables: Value) -> None:
    """Run a script as a schedule or the change of a row does; it must not fail."""
    turn = DialogSession(bundle, host, lambda: now).create_turn()
    outcome = Machine(bundle.program).start(script, turn, values=config.get_variables(bundle.config) | variables)
    assert (outcome.status, outcome.fault) == (Status.ENDED, None)


@contextmanager
def record_lines() -> Iterator[set[tuple[str, int]]]:
    """Record the lines that run, by script."""
    seen: set[tuple[str, int]] = set()

    def record(operation: Operation) -> Operation:
        def run(run: Run, first: Any, second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
            script = run.program.scripts[run.frame.script]
            seen.add((run.frame.script, script.get_position(run.frame.counter - 1).line))
            operation(run, first, second)

        return run

    with patch.object(
        machine, "OPERATIONS", {name: record(operation) for name, operation in machine.OPERATIONS.items()}
    ):
        yield seen


def list_lines(program: Program) -> set[tuple[str, int]]:
    """Return the lines in which a statement of the bot begins, by script."""
    return {
        (name, script.get_position(statement.start).line)
        for name, script in program.scripts.items()
        for statement in script.spans
    }

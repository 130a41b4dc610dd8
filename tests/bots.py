"""Conversations with the bots that ship, in memory, and which lines of their scripts have run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

from basic.bundle import Bundle, dump_bundle, load_bundle
from basic.data.in_memory import InMemoryTableStore
from basic.http.client import HttpClient
from basic.machine import machine
from basic.machine.run import Operation, Run
from basic.program import Program
from basic.values import Value
from tests.template import ROOT
from tools.bots.memory_host import MemoryHost
from tools.bots.packages import Package, read_package
from tools.bots.players import DialogPlayer, Said

SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

SHIPPED = sorted((ROOT / "bots").glob("*.gbai"))


@cache
def shipped(bot_id: str) -> Package:
    """Return a bot that ships."""
    reading = read_package(ROOT / f"bots/{bot_id}.gbai")
    assert reading.faults == []
    assert reading.package is not None
    return reading.package


def shipped_bundle(bot_id: str, **config: str) -> Bundle:
    """Return a dialog that ships, as it is loaded where it was published, with another configuration."""
    bundle = shipped(bot_id).bundle
    assert bundle is not None
    loaded = load_bundle(dump_bundle(bundle))
    return replace(loaded, config={**loaded.config, **config})


@dataclass
class Conversation:
    """Somebody who talks with a dialog.

    Attributes
    ----------
    player
        The bot.
    said
        All it has said.
    last
        What it said last.
    logged
        What its scripts printed.
    """

    player: DialogPlayer
    logged: list[str]
    said: list[str] = field(default_factory=list)
    last: Said = field(default_factory=Said)

    def hears(self, *texts: str) -> list[str]:
        """Answer, one turn after the other, and return what the bot said to it."""
        before = len(self.said)
        for text in texts:
            self._keep(self.player.say(text))
        return self.said[before:]

    @property
    def labels(self) -> list[str]:
        """What the bot offers."""
        return [suggestion.label for suggestion in self.last.suggestions]

    @property
    def remembered(self) -> Mapping[tuple[Any, str], Value]:
        return self.player.host.remembered

    def open(self) -> "Conversation":
        self._keep(self.player.open())
        return self

    def _keep(self, said: Said) -> None:
        assert said.fault == ""
        self.last = said
        self.said += [message for message in said.messages if isinstance(message, str)]


def a_conversation(
    bundle: Bundle,
    *,
    now: datetime = SUNDAY,
    client: HttpClient | None = None,
    store: InMemoryTableStore | None = None,
    user: Mapping[str, Value] | None = None,
) -> Conversation:
    """Open a conversation with a dialog."""
    logged: list[str] = []
    host = MemoryHost(bundle, logged.append, client or HttpClient(), store or InMemoryTableStore())
    host.remembered.update({("user", name): value for name, value in (user or {}).items()})
    return Conversation(DialogPlayer(bundle, host, lambda: now), logged).open()


@contextmanager
def watching_lines() -> Iterator[set[tuple[str, int]]]:
    """Collect the lines that run, by script."""
    seen: set[tuple[str, int]] = set()

    def watched(operation: Operation) -> Operation:
        def run(run: Run, first: Any, second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
            script = run.program.scripts[run.frame.script]
            seen.add((run.frame.script, script.get_position(run.frame.counter - 1).line))
            operation(run, first, second)

        return run

    with patch.object(machine, "OPERATIONS", {name: watched(each) for name, each in machine.OPERATIONS.items()}):
        yield seen


def lines_of(program: Program) -> set[tuple[str, int]]:
    """Return the lines of a bot that statements begin in, by script."""
    return {
        (name, script.get_position(statement.start).line)
        for name, script in program.scripts.items()
        for statement in script.spans
    }

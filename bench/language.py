"""How fast the dialog language is, without any AWS: lines, instructions, bytes of state, loading."""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from basic.bundle import Bundle, dump_bundle, load_bundle, make_bundle
from basic.data.in_memory import InMemoryTableStore
from basic.http.client import HttpClient
from basic.machine.execution_state import dump_state, load_state
from basic.machine.machine import Machine
from basic.machine.run import MAX_INSTRUCTIONS
from basic.package import build
from conversations.domain.memory import MemoryKey
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.replay_journal import ReplayJournal

ROUNDS = 9
COPIES = 9
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOOP = "n = 0\nDO WHILE TRUE\nn = n + 1\nIF n MOD 3 = 0 THEN x = x + n ELSE x = n\nLOOP\n"
BOTS = Path(__file__).parent.parent / "bots"


class NoMemories:
    """Nothing is remembered."""

    def recall(self, key: MemoryKey) -> None:
        """Return nothing."""


def median_seconds(run: Callable[[], object]) -> float:
    """Return how long a run takes, as the median of some."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def sources(bot: str) -> dict[str, str]:
    """Return the scripts of a bot that ships."""
    return {path.name: path.read_text() for path in sorted((BOTS / f"{bot}.gbai").rglob("*.bas"))}


def compiled(scripts: dict[str, str]) -> Bundle:
    """Compile scripts.

    Raises
    ------
    SystemExit
        If they have faults.
    """
    built = build(scripts)
    if built.program is None:
        raise SystemExit("\n".join(str(fault) for fault in built.diagnostics))
    return make_bundle(built.program, {}, frozenset())


def a_host(bundle: Bundle) -> TurnHost:
    """Return a world with nothing in it."""
    groups: frozenset[str] = frozenset()
    return TurnHost(
        "bench", "user:bench", groups, bundle, InMemoryTableStore(), NoMemories(), HttpClient(), ReplayJournal(None)
    )


def measure() -> None:
    """Measure everything and print the table."""
    shipped = sources("default")
    bundle = compiled(shipped)
    # As many copies of the bot as make a large one; they do not call one another.
    copies = {f"{number}-{name}": script for number in range(COPIES) for name, script in shipped.items()} | shipped
    counted = sum(script.count("\n") + 1 for script in copies.values())
    building = median_seconds(lambda: build(copies))
    stored = dump_bundle(bundle)
    loading = median_seconds(lambda: load_bundle(stored))
    endless = compiled({"start.bas": LOOP})
    running = median_seconds(lambda: Machine(endless.program).start("start", a_host(endless).turn("bench", NOW)))
    outcome = Machine(bundle.program).start("start", a_host(bundle).turn("bench", NOW))
    state = outcome.state
    written = len(json.dumps(state).encode())
    saving = median_seconds(lambda: dump_state(load_state(state)))
    print("\n| the language | |\n|---|---|")
    print(f"| parse, check and compile | {counted / building:,.0f} lines/s ({counted:,} lines) |")
    print(f"| instructions | {MAX_INSTRUCTIONS / running:,.0f} per second |")
    print(f"| load a compiled bot | {loading * 1_000:.1f} ms ({len(stored) / 1_024:,.0f} KB) |")
    print(f"| state of the default bot at its first question | {written:,} bytes |")
    print(f"| that state, read and written | {saving * 1_000:.2f} ms |")

"""Benchmarks of the dialog language without AWS: compiling, running, loading and the size of the state."""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from basic.bundle import Bundle, dump_bundle, load_bundle, make_bundle
from basic.machine.budget import MAX_INSTRUCTIONS
from basic.machine.execution_state import dump_state, load_state
from basic.machine.machine import Machine
from basic.package import build
from bench.figures import Column, Figure, Row, describe_origin, publish
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.basic.script_services import ScriptServices
from tests.fakes.scripts import ScriptWorld

ROUNDS = 9
COPIES = 9
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOOP = "n = 0\nDO WHILE TRUE\nn = n + 1\nIF n MOD 3 = 0 THEN x = x + n ELSE x = n\nLOOP\n"
BOTS = Path(__file__).parent.parent / "bots"


def measure_median_seconds(run: Callable[[], object]) -> float:
    """Return the median duration of several runs."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def read_scripts(bot: str) -> dict[str, str]:
    """Return the scripts of a shipped bot."""
    return {path.name: path.read_text() for path in sorted((BOTS / f"{bot}.gbai").rglob("*.bas"))}


def compile_bundle(scripts: dict[str, str]) -> Bundle:
    """Compile scripts to a bundle.

    Raises
    ------
    SystemExit
        If the scripts have errors.
    """
    built = build(scripts)
    if built.program is None:
        raise SystemExit("\n".join(str(fault) for fault in built.diagnostics))
    return make_bundle(built.program, {}, frozenset())


def create_host(bundle: Bundle, services: ScriptServices) -> TurnHost:
    """Create the host of a turn of a user."""
    return TurnHost(
        bot_id="bench",
        owner="user:bench",
        groups=frozenset(),
        bundle=bundle,
        services=services,
        journal=ReplayJournal(None),
    )


def measure() -> Figure:
    """Run the benchmarks."""
    shipped = read_scripts("default")
    bundle = compile_bundle(shipped)
    # Copies of the bot make a large bot; they do not call each other.
    copies = {f"{number}-{name}": script for number in range(COPIES) for name, script in shipped.items()} | shipped
    line_count = sum(script.count("\n") + 1 for script in copies.values())
    build_seconds = measure_median_seconds(lambda: build(copies))
    stored = dump_bundle(bundle)
    load_seconds = measure_median_seconds(lambda: load_bundle(stored))
    endless = compile_bundle({"start.bas": LOOP})
    services = ScriptWorld('TALK "Hi"').cold_engine().services
    run_seconds = measure_median_seconds(
        lambda: Machine(endless.program).start("start", create_host(endless, services).turn("bench", NOW))
    )
    outcome = Machine(bundle.program).start("start", create_host(bundle, services).turn("bench", NOW))
    state = outcome.state
    state_bytes = len(json.dumps(state).encode())
    save_seconds = measure_median_seconds(lambda: dump_state(load_state(state)))
    return Figure(
        name="language",
        title="the dialog language",
        compared="the steps between a script and its state, without AWS.",
        repeated=f"{ROUNDS} runs of each; medians.",
        origin=describe_origin(),
        columns=(Column("result"), Column("of")),
        rows=(
            Row("parse, check and compile", (f"{line_count / build_seconds:,.0f} lines/s", f"{line_count:,} lines")),
            Row("instructions", (f"{MAX_INSTRUCTIONS / run_seconds:,.0f} per second", f"{MAX_INSTRUCTIONS:,}")),
            Row("load a compiled bot", (f"{load_seconds * 1_000:.1f} ms", f"{len(stored) / 1_024:,.0f} KB")),
            Row("state of the default bot at its first question", (f"{state_bytes:,} bytes", None)),
            Row("that state, read and written", (f"{save_seconds * 1_000:.2f} ms", None)),
        ),
    )


if __name__ == "__main__":
    publish(measure())

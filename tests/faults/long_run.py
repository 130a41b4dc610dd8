"""The long run: every single fault in every scenario, and then several at once by chance.

``FAULTS`` says how many faults to inject at least, ``FAULTS_SEED`` where chance begins.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count, islice
from multiprocessing import get_context
from time import monotonic

from tests.faults.plans import Plan
from tests.faults.runs import Outcome, every_single_fault, read_plan, run
from tests.faults.scenarios import SCENARIOS
from tests.faults.simulation import Laboratory, laboratory

RATES = (0.02, 0.05, 0.1, 0.2)
"""How likely a call is to fail in the runs that are left to chance."""

_AT_ONCE = 500
_MOST_SHOWN = 20
_SAY_EVERY = 1_000

type Task = tuple[str, Plan]

_opened: list[Laboratory] = []
_until_the_end = ExitStack()


@dataclass(slots=True)
class Sum:
    """What all runs came to."""

    runs: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    broken: list[Outcome] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many faults were injected."""
        return self.kinds.total()

    def add(self, outcome: Outcome) -> None:
        """Count one run."""
        self.runs[outcome.scenario] += 1
        self.kinds.update(each.fault.value for each in outcome.faults)
        self.calls.update(f"{each.folder}: {each.operation}" for each in outcome.faults)
        if outcome.violations:
            self.broken.append(outcome)

    def table(self) -> str:
        """Write it as it stands in ``docs/reliability.md``."""
        lines = ["| fault | injected |", "|---|---:|"]
        lines += [f"| {kind} | {number:,} |" for kind, number in sorted(self.kinds.items())]
        lines += ["", "| call | faults |", "|---|---:|"]
        lines += [f"| {call} | {number:,} |" for call, number in sorted(self.calls.items())]
        lines += ["", "| scenario | runs |", "|---|---:|"]
        lines += [f"| {name} | {number:,} |" for name, number in self.runs.items()]
        return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run, print what came of it, and return how a shell is to take it."""
    if arguments:
        scenario, plan = arguments
        with laboratory() as here:
            outcome = run(here, scenario, read_plan(plan))
        print(outcome)
        return bool(outcome.violations)
    wanted, seed = int(os.environ.get("FAULTS", "10000")), int(os.environ.get("FAULTS_SEED", "1"))
    began, result = monotonic(), Sum()
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_open) as workers:
        singles = workers.map(_single_faults, SCENARIOS)
        _count(result, workers.map(_run, [task for tasks in singles for task in tasks], chunksize=25))
        _note(result, "one fault per run")
        chance = _by_chance(seed)
        while result.faults < wanted:
            _count(result, workers.map(_run, islice(chance, _AT_ONCE), chunksize=5))
            _note(result, "and several")
    print(f"\n{result.table()}\n")
    print(
        f"{result.runs.total():,} runs, {result.faults:,} faults, {len(result.broken)} runs with a broken promise,"
        f" seed {seed}, {monotonic() - began:.0f} s"
    )
    return bool(result.broken)


def _by_chance(seed: int) -> Iterator[Task]:
    for number in count(seed):
        rate = RATES[number % len(RATES)]
        yield from ((scenario, Plan(seed=number, rate=rate)) for scenario in SCENARIOS)


def _count(result: Sum, outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        result.add(outcome)
        if outcome.violations and len(result.broken) <= _MOST_SHOWN:
            print(outcome, flush=True)
        if result.runs.total() % _SAY_EVERY == 0:
            _note(result, "so far")


def _note(result: Sum, what: str) -> None:
    print(f"{what}: {result.runs.total():,} runs, {result.faults:,} faults, {len(result.broken)} broken", flush=True)


def _open() -> None:
    """Prepare a worker; its laboratory stays until it ends."""
    _opened.append(_until_the_end.enter_context(laboratory()))


def _single_faults(scenario: str) -> list[Task]:
    return [(scenario, plan) for plan in every_single_fault(_opened[0], scenario)]


def _run(task: Task) -> Outcome:
    return run(_opened[0], *task)

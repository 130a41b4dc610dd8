"""The long run: single faults in every scenario, and then several random faults per run.

``FAULTS`` is the minimum number of injected faults, ``FAULTS_SEED`` the first seed. Half of them are single faults,
spread over all calls, or all possible ones if there are fewer; another seed chooses others. Random workloads run among
the scenarios. ``FAULTS_HISTORIES`` is a folder in which all histories are kept. Failures are shrunk.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count, islice
from math import ceil
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.faults.kept import FAILURES, keep
from tests.faults.plans import Plan
from tests.faults.runs import WORKLOAD, Outcome, build_workload_plan, list_single_fault_plans, run
from tests.faults.scenarios import SCENARIOS
from tests.faults.shrinking import shrink
from tests.faults.simulation import FaultHarness, create_harness

RATES = (0.02, 0.05, 0.1, 0.2)
"""Probabilities of a fault per call in the random runs."""

_WORKLOADS_PER_SEED = 10
"""Half of them have no faults, only a random order: then everything that is sent is checked, too."""
_BATCH_SIZE = 500
_MAX_PRINTED = 20
_MAX_KEPT = 10
_PROGRESS_INTERVAL = 1_000

type Task = tuple[str, Plan]

_harnesses: list[FaultHarness] = []
_exit_stack = ExitStack()


@dataclass(slots=True)
class Totals:
    """The totals of all runs."""

    runs: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    broken: list[Outcome] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """The number of injected faults."""
        return self.kinds.total()

    def add(self, outcome: Outcome) -> None:
        """Add a run."""
        self.runs[outcome.scenario] += 1
        self.kinds.update(fault.fault.value for fault in outcome.faults)
        self.calls.update(f"{fault.folder}: {fault.operation}" for fault in outcome.faults)
        if outcome.violations:
            self.broken.append(outcome)

    def table(self) -> str:
        """Format the tables of ``docs/reliability.md``."""
        lines = ["| fault | injected |", "|---|---:|"]
        lines += [f"| {kind} | {number:,} |" for kind, number in sorted(self.kinds.items())]
        lines += ["", "| call | faults |", "|---|---:|"]
        lines += [f"| {call} | {number:,} |" for call, number in sorted(self.calls.items())]
        lines += ["", "| scenario | runs |", "|---|---:|"]
        lines += [f"| {name} | {number:,} |" for name, number in self.runs.items()]
        return "\n".join(lines)


def main() -> int:
    """Run, print the results, and return the exit code."""
    min_faults, seed = int(os.environ.get("FAULTS", "10000")), int(os.environ.get("FAULTS_SEED", "1"))
    started_at, result = monotonic(), Totals()
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_open) as workers:
        singles = [task for tasks in workers.map(_single_faults, SCENARIOS) for task in tasks]
        chosen = _choose(singles, min_faults // 2, seed)
        print(f"{len(chosen):,} of {len(singles):,} single faults", flush=True)
        _count(result, workers.map(_run, [*((name, Plan()) for name in SCENARIOS), *chosen], chunksize=25))
        _print_progress(result, "one fault per run")
        chance = _yield_random_tasks(seed)
        while result.faults < min_faults:
            _count(result, workers.map(_run, islice(chance, _BATCH_SIZE), chunksize=5))
            _print_progress(result, "with random faults")
        for number, path in enumerate(workers.map(_keep, result.broken[:_MAX_KEPT])):
            print(f"the smallest plan of failure {number + 1}: {path}", flush=True)
    print(f"\n{result.table()}\n")
    print(
        f"{result.runs.total():,} runs, {result.faults:,} faults, {len(result.broken)} runs with a broken promise,"
        f" seed {seed}, {monotonic() - started_at:.0f} s"
    )
    return bool(result.broken)


def _choose(tasks: Sequence[Task], limit: int, seed: int) -> Sequence[Task]:
    """Return every nth task, so that there are at most ``limit``."""
    step = max(ceil(len(tasks) / limit), 1)
    return tasks[seed % step :: step]


def _yield_random_tasks(seed: int) -> Iterator[Task]:
    for number in count(seed):
        rate = RATES[number % len(RATES)]
        yield from ((scenario, Plan(seed=number, rate=rate)) for scenario in SCENARIOS)
        workloads = range(number * _WORKLOADS_PER_SEED, (number + 1) * _WORKLOADS_PER_SEED)
        yield from ((WORKLOAD, build_workload_plan(each, rate if each % 2 else 0.0)) for each in workloads)


def _count(result: Totals, outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        result.add(outcome)
        if outcome.violations and len(result.broken) <= _MAX_PRINTED:
            print(outcome, flush=True)
        if result.runs.total() % _PROGRESS_INTERVAL == 0:
            _print_progress(result, "so far")


def _print_progress(result: Totals, label: str) -> None:
    counts = f"{result.runs.total():,} runs, {result.faults:,} faults, {len(result.broken)} runs with a broken promise"
    print(f"{label}: {counts}", flush=True)


def _open() -> None:
    """Prepare a worker process; its harness is open until the process ends."""
    folder = Path(os.environ.get("FAULTS_HISTORIES") or _exit_stack.enter_context(TemporaryDirectory()))
    _harnesses.append(_exit_stack.enter_context(create_harness(folder)))


def _single_faults(scenario: str) -> list[Task]:
    return [(scenario, plan) for plan in list_single_fault_plans(_harnesses[0], scenario) if plan.at]


def _run(task: Task) -> Outcome:
    outcome = run(_harnesses[0], *task)
    if not outcome.violations and "FAULTS_HISTORIES" not in os.environ:
        outcome.history.unlink()
    return outcome


def _keep(failed: Outcome) -> Path:
    """Shrink a failure, keep its plan and its history as files, and return the former."""
    return keep(shrink(_harnesses[0], failed), FAILURES)

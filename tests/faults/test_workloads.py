"""Random workloads, failures that shrink, and the failures that were kept: no scenario is made for a certain race."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import kept, shrinking
from tests.faults.plans import Fault, Plan
from tests.faults.runs import WORKLOAD, Outcome, build_workload_plan, run
from tests.faults.simulation import FaultHarness

SEEDS = range(20, 50)
"""Enough to find each race whose safeguard in `safeguards.toml` names these tests, most of them several times."""
FAULTY_SEEDS = range(100, 105)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_users_break_no_promise(harness: FaultHarness, seed: int) -> None:
    outcome = run(harness, WORKLOAD, build_workload_plan(seed, 0.0))

    assert outcome.violations == [], str(outcome)


@pytest.mark.parametrize("seed", FAULTY_SEEDS)
def test_random_users_and_faults_break_no_promise(harness: FaultHarness, seed: int) -> None:
    outcome = run(harness, WORKLOAD, build_workload_plan(seed, 0.05))

    assert outcome.violations == [], str(outcome)


@pytest.mark.parametrize("path", sorted(kept.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_kept_failure_is_fixed(harness: FaultHarness, path: Path) -> None:
    outcome = run(harness, *kept.read(path))

    assert outcome.violations == [], str(outcome)


def test_recorded_plan_repeats_the_run(harness: FaultHarness, tmp_path: Path) -> None:
    random = run(harness, WORKLOAD, build_workload_plan(3, 0.1))
    kept.write(random, tmp_path / "plan.json")

    again = run(harness, *kept.read(tmp_path / "plan.json"))

    assert random.faults
    assert again.calls == random.calls
    assert again.faults == random.faults


def test_failure_shrinks_to_the_fault_that_causes_it(harness: FaultHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = run(harness, "rest_sends", Plan(seed=5, rate=0.3))
    kind = failed.faults[0].fault
    monkeypatch.setattr(shrinking, "run", lambda *task: _break(run(*task), kind))

    smallest = shrinking.shrink(harness, _break(failed, kind), max_runs=60)

    assert list(smallest.plan.at.values()) == [kind]
    assert len(failed.faults) > 1
    assert len(smallest.plan.choices or {}) < len(failed.recorded.choices or {})


def test_minimize_keeps_what_fails_together() -> None:
    def fails(items: Sequence[int]) -> bool:
        return {3, 17} <= set(items)

    assert shrinking.minimize(range(40), fails) == [3, 17]


def _break(outcome: Outcome, fault: Fault) -> Outcome:
    """Return an outcome in which a claim is broken by a fault of a kind."""
    is_broken = any(each.fault is fault for each in outcome.faults)
    return replace(outcome, claims=frozenset({"stored"} if is_broken else ()))

"""Shrinks the plan of a failed run to the smallest one that still breaks the same claim, by delta debugging."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tests.faults.plans import Plan
from tests.faults.runs import Outcome, run
from tests.faults.simulation import FaultHarness

MAX_RUNS = 400
"""How many runs a shrinking may take."""


def shrink(harness: FaultHarness, failed: Outcome, max_runs: int = MAX_RUNS) -> Outcome:
    """Return the outcome of the smallest plan that was found: the fewest steps, faults and random decisions.

    Parameters
    ----------
    harness
        Where the runs take place.
    failed
        A run that broke a claim.
    max_runs
        How many runs this may take.
    """
    return _Shrinking(harness, failed, max_runs).shrink()


class _Shrinking:
    def __init__(self, harness: FaultHarness, failed: Outcome, max_runs: int) -> None:
        self._harness = harness
        self._claims = failed.claims
        self._left = max_runs
        self._smallest = failed

    def shrink(self) -> Outcome:
        if not self._breaks(self._plan):
            return self._smallest
        size = -1
        while self._left and size != (size := _count(self._plan)):
            minimize(self._plan.steps, lambda steps: self._breaks(replace(self._plan, steps=steps)))
            minimize([*self._plan.at.items()], lambda kept: self._breaks(replace(self._plan, at=dict(kept))))
            choices = [*(self._plan.choices or {}).items()]
            minimize(choices, lambda kept: self._breaks(replace(self._plan, choices=dict(kept))))
        return self._smallest

    @property
    def _plan(self) -> Plan:
        return self._smallest.recorded

    def _breaks(self, plan: Plan) -> bool:
        """Return whether a plan breaks one of the claims too; if so, it is the smallest one so far."""
        if not self._left:
            return False
        self._left -= 1
        outcome = run(self._harness, self._smallest.scenario, plan)
        if self._claims.isdisjoint(outcome.claims):
            return False
        self._smallest = outcome
        return True


def minimize[Item](items: Sequence[Item], fails: Callable[[Sequence[Item]], bool]) -> Sequence[Item]:
    """Return the fewest items with which something still fails: by leaving out half of them, a quarter, and so on."""
    if items and fails(()):
        return ()
    size = len(items) // 2
    while size:
        start = 0
        while start < len(items):
            kept = [*items[:start], *items[start + size :]]
            if len(kept) < len(items) and fails(kept):
                items = kept
            else:
                start += size
        size //= 2
    return items


def _count(plan: Plan) -> int:
    choices: Mapping[int, float] = plan.choices or {}
    return len(plan.steps) + len(plan.at) + len(choices)

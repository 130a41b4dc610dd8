"""Runs: a scenario with a plan, and its outcome."""

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.checker import find_violations
from tests.faults.clients import SimulatedUser
from tests.faults.plans import MILD, Fault, Operation, Plan
from tests.faults.scenarios import SCENARIOS
from tests.faults.simulation import FaultHarness, InjectedFault, Simulation, Steps
from tests.faults.workloads import draw_steps, workload
from tests.histories.checker import check

WORKLOAD = workload.__name__
"""The name of the scenario whose steps are part of its plan."""

_OUTSIDE = "outside"
"""Stands for the claim of a violation that the history does not show."""
_NO_NAME = re.compile(r"[^\w=.,-]+")
_MAX_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run.

    Attributes
    ----------
    scenario, plan
        What was run.
    recorded
        The plan that repeats the run decision by decision.
    history
        The file with its history.
    calls
        The AWS calls, with their functions.
    faults
        The injected faults.
    violations
        A sentence for each broken promise.
    claims
        The names of the broken claims.
    """

    scenario: str
    plan: Plan
    recorded: Plan
    history: Path
    calls: list[tuple[Operation, str]]
    faults: list[InjectedFault]
    violations: list[str]
    claims: frozenset[str]

    def __str__(self) -> str:
        lines = [f"{self.scenario} with the plan {self.plan}: {len(self.violations)} broken promises"]
        lines += [f"  - {violation}" for violation in self.violations]
        lines += [f"  call {fault.number}: {fault.operation} of {fault.folder}: {fault.fault}" for fault in self.faults]
        if self.plan.choices is None:
            lines += [f"  repeat: .venv/bin/python -m tests.faults {self.scenario} {self.plan}"]
            lines += [f"  shrink: .venv/bin/python -m tests.faults shrink {self.scenario} {self.plan}"]
        return "\n".join(lines)


def run(harness: FaultHarness, scenario: str, plan: Plan) -> Outcome:
    """Run a scenario to its end, let every client catch up, write the history, and check the promises."""
    path = harness.histories / f"{_NO_NAME.sub('-', f'{scenario} {plan}')[:_MAX_NAME_LENGTH]}.jsonl"
    with harness.run(plan) as simulation:
        violations, claims = _run_to_its_end(simulation, scenario)
        simulation.history.write(path)
        broken = check(path.read_text(encoding="utf-8").splitlines()).broken
        # A run that was broken off has not settled, and its history proves nothing.
        if _OUTSIDE not in claims or broken:
            violations += [str(each) for each in broken]
            claims |= {each.claim for each in broken}
        faults = {fault.number: fault.fault for fault in simulation.faults}
        calls, injected = list(simulation.calls), list(simulation.faults)
        return Outcome(scenario, plan, plan.record(faults), path, calls, injected, violations, frozenset(claims))


def _run_to_its_end(simulation: Simulation, scenario: str) -> tuple[list[str], set[str]]:
    """Run, and return the violations that the history does not show, with the claim that stands for them."""
    try:
        users = workload(simulation) if scenario == WORKLOAD else SCENARIOS[scenario](simulation)
        simulation.run()
        simulation.history.record("settled")
        with simulation.without_faults():
            _catch_up(simulation, users)
            simulation.run()
            violations = find_violations(simulation, users)
    except Exception:  # noqa: BLE001 - any error of a run is a finding, and the next run continues
        violations = [traceback.format_exc()]
    return violations, {_OUTSIDE} if violations else set()


def _catch_up(simulation: Simulation, users: list[SimulatedUser]) -> None:
    """Let every client fetch what it missed, and a new client of every visitor the complete conversation."""

    def steps() -> Steps:
        for user in users:
            if user.principal.anonymous:
                user.add_observer()
            for client in user.clients:
                yield from client.catch_up()

    simulation.spawn(steps())


def build_workload_plan(seed: int, rate: float) -> Plan:
    """Return the plan of a random workload; at rate 0 only its order is random."""
    return Plan(seed=seed, rate=rate, steps=draw_steps(seed))


def list_single_fault_plans(harness: FaultHarness, scenario: str) -> Iterator[Plan]:
    """Yield the plan without faults, and one plan for every fault that is not mild at every call of that run."""
    yield Plan()
    calls = run(harness, scenario, Plan()).calls
    for number, (operation, _) in enumerate(calls, start=1):
        yield from (Plan({number: fault}) for fault in operation.list_faults() if fault not in MILD)


def parse_plan(scenario: str, text: str) -> Plan:
    """Parse a plan that ``str`` serialized."""
    if text.startswith("seed="):
        seed, rate = (part.partition("=")[2] for part in text.split(","))
        number = int(seed)
        return build_workload_plan(number, float(rate)) if scenario == WORKLOAD else Plan(seed=number, rate=float(rate))
    if text == "none":
        return Plan()
    pairs = (part.partition("=") for part in text.split(","))
    return Plan({int(number): Fault(name.replace("-", " ")) for number, _, name in pairs})

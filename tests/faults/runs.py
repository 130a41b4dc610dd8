"""Runs: a scenario with a plan, and its outcome."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.checker import find_missed_frames, find_violations
from tests.faults.clients import SimulatedUser
from tests.faults.plans import MILD, Fault, Operation, Plan
from tests.faults.scenarios import SCENARIOS
from tests.faults.simulation import FaultHarness, InjectedFault, Simulation, Steps


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run.

    Attributes
    ----------
    scenario, plan
        What was run.
    calls
        The AWS calls, with their functions.
    faults
        The injected faults.
    violations
        A sentence for each broken promise.
    """

    scenario: str
    plan: Plan
    calls: list[tuple[Operation, str]]
    faults: list[InjectedFault]
    violations: list[str]

    def __str__(self) -> str:
        lines = [f"{self.scenario} with the plan {self.plan}: {len(self.violations)} broken promises"]
        lines += [f"  - {violation}" for violation in self.violations]
        lines += [f"  call {fault.number}: {fault.operation} of {fault.folder}: {fault.fault}" for fault in self.faults]
        lines += [f"  repeat: .venv/bin/python -m tests.faults {self.scenario} {self.plan}"]
        return "\n".join(lines)


def run(harness: FaultHarness, scenario: str, plan: Plan) -> Outcome:
    """Run a scenario to its end, let every client catch up, and check the promises."""
    with harness.run(plan) as simulation:
        violations: list[str]
        try:
            users = SCENARIOS[scenario](simulation)
            simulation.run()
            missed = find_missed_frames(simulation, users)
            with simulation.without_faults():
                _catch_up(simulation, users)
                simulation.run()
                violations = missed + find_violations(simulation, users)
        except Exception:  # noqa: BLE001 - any error of a run is a finding, and the next run continues
            violations = [traceback.format_exc()]
        return Outcome(scenario, plan, list(simulation.calls), list(simulation.faults), violations)


def _catch_up(simulation: Simulation, users: list[SimulatedUser]) -> None:
    """Let every client fetch what it missed, and a new client of every visitor the complete conversation."""

    def steps() -> Steps:
        for user in users:
            if user.principal.anonymous:
                user.add_observer()
            for client in user.clients:
                yield from client.catch_up()

    simulation.spawn(steps())


def list_single_fault_plans(harness: FaultHarness, scenario: str) -> Iterator[Plan]:
    """Yield the plan without faults, and one plan for every fault that is not mild at every call of that run."""
    yield Plan()
    calls = run(harness, scenario, Plan()).calls
    for number, (operation, _) in enumerate(calls, start=1):
        yield from (Plan({number: fault}) for fault in operation.list_faults() if fault not in MILD)


def parse_plan(text: str) -> Plan:
    """Parse a plan that ``str`` serialized."""
    if text.startswith("seed="):
        seed, rate = (part.partition("=")[2] for part in text.split(","))
        return Plan(seed=int(seed), rate=float(rate))
    if text == "none":
        return Plan()
    pairs = (part.partition("=") for part in text.split(","))
    return Plan({int(number): Fault(name.replace("-", " ")) for number, _, name in pairs})

"""Runs: a scenario under a plan, and what came of it."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.checker import violations
from tests.faults.people import Person
from tests.faults.plans import MILD, Fault, Operation, Plan
from tests.faults.scenarios import SCENARIOS
from tests.faults.simulation import Happened, Laboratory, Simulation, Steps


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes
    ----------
    scenario, plan
        What was run.
    calls
        What was asked of AWS, and by which function.
    faults
        What went wrong.
    violations
        The promises that were broken, in words.
    """

    scenario: str
    plan: Plan
    calls: list[tuple[Operation, str]]
    faults: list[Happened]
    violations: list[str]

    def __str__(self) -> str:
        lines = [f"{self.scenario} with {self.plan} broke {len(self.violations)} promises:"]
        lines += [f"  - {each}" for each in self.violations]
        lines += [f"  call {each.number}: {each.operation} of {each.folder}: {each.fault}" for each in self.faults]
        lines += [f"  again: .venv/bin/python -m tests.faults {self.scenario} {self.plan}"]
        return "\n".join(lines)


def run(laboratory: Laboratory, scenario: str, plan: Plan) -> Outcome:
    """Run a scenario to its end, let every client catch up, and look."""
    with laboratory.run(plan) as simulation:
        found: list[str]
        try:
            people = SCENARIOS[scenario](simulation)
            simulation.run()
            with simulation.calm():
                _catch_up(simulation, people)
                simulation.run()
                found = violations(simulation, people)
        except Exception:  # noqa: BLE001 - whatever breaks a run is a finding, and the next run goes on
            found = [traceback.format_exc()]
        return Outcome(scenario, plan, list(simulation.calls), list(simulation.faults), found)


def _catch_up(simulation: Simulation, people: list[Person]) -> None:
    """Let every device get what it missed, and a new device of every visitor everything there is."""

    def steps() -> Steps:
        for person in people:
            if person.principal.anonymous:
                person.observe()
            for device in person.devices:
                yield from device.catch_up()

    simulation.spawn(steps())


def every_single_fault(laboratory: Laboratory, scenario: str) -> Iterator[Plan]:
    """Return no fault at all, and then every fault but the mild ones at every call that a run without faults makes."""
    yield Plan()
    calls = run(laboratory, scenario, Plan()).calls
    for number, (operation, _) in enumerate(calls, start=1):
        yield from (Plan({number: fault}) for fault in operation.faults() if fault not in MILD)


def read_plan(text: str) -> Plan:
    """Read what ``str`` of a plan wrote."""
    if text.startswith("seed="):
        seed, rate = (part.partition("=")[2] for part in text.split(","))
        return Plan(seed=int(seed), rate=float(rate))
    if text == "nothing":
        return Plan()
    pairs = (part.partition("=") for part in text.split(","))
    return Plan({int(number): Fault(name.replace("-", " ")) for number, _, name in pairs})

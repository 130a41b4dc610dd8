"""The commands of ``python -m tests.faults``; without one it is the long run.

``SCENARIO PLAN`` repeats a run, ``shrink SCENARIO PLAN`` finds the smallest plan that fails like it and keeps it as a
file, and ``replay FILE`` runs such a file. Plan and history are in ``.local/failures``, other histories in
``.local/histories``.
"""

from collections.abc import Sequence
from pathlib import Path

from tests.faults import long_run
from tests.faults.kept import FAILURES, keep, read
from tests.faults.runs import Outcome, parse_plan, run
from tests.faults.shrinking import shrink
from tests.faults.simulation import FaultHarness, create_harness

_HISTORIES = Path(".local/histories")


def main(arguments: Sequence[str]) -> int:
    """Run a command, and return the exit code."""
    if not arguments:
        return long_run.main()
    with create_harness(_HISTORIES) as harness:
        outcome = _run(harness, arguments)
    print(f"{outcome}\n  history: {outcome.history}")
    if arguments[0] == "shrink" and outcome.violations:
        print(f"  kept: {keep(outcome, FAILURES)}")
    return bool(outcome.violations)


def _run(harness: FaultHarness, arguments: Sequence[str]) -> Outcome:
    match arguments:
        case ["replay", path]:
            return run(harness, *read(Path(path)))
        case ["shrink", scenario, plan]:
            outcome = run(harness, scenario, parse_plan(scenario, plan))
            return shrink(harness, outcome) if outcome.violations else outcome
        case [scenario, plan]:
            return run(harness, scenario, parse_plan(scenario, plan))
    raise SystemExit(__doc__)

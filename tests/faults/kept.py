"""Plans that are kept as files: shrunk failures of the harness.

They replay exactly as long as the code makes the same calls.
"""

import json
from pathlib import Path

from tests.faults.plans import Fault, Plan
from tests.faults.runs import Outcome

FOLDER = Path(__file__).with_name("kept")
"""The failures that are fixed; tests replay them."""

FAILURES = Path(".local/failures")
"""Where commands keep failures that were just found."""


def keep(outcome: Outcome, folder: Path) -> Path:
    """Write the plan and the history of a failure into a folder, and return the path of the plan."""
    path = folder / f"{'-'.join(sorted(outcome.claims))}-{outcome.scenario}-{outcome.recorded.seed}.json"
    write(outcome, path)
    outcome.history.replace(path.with_suffix(".jsonl"))
    return path


def write(outcome: Outcome, path: Path) -> None:
    """Write the plan that repeats an outcome into a file, with the claims that were broken."""
    plan = outcome.recorded
    kept = {
        "claims": sorted(outcome.claims),
        "scenario": outcome.scenario,
        "seed": plan.seed,
        "steps": list(plan.steps),
        "faults": {str(number): fault.value for number, fault in plan.at.items()},
        "choices": {str(number): choice for number, choice in (plan.choices or {}).items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> tuple[str, Plan]:
    """Return the scenario and the plan in a file."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    faults = {int(number): Fault(name) for number, name in kept["faults"].items()}
    choices = {int(number): choice for number, choice in kept["choices"].items()}
    return kept["scenario"], Plan(faults, kept["seed"], choices=choices, steps=kept["steps"])

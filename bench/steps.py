"""What happens in a handshake, a turn, a resume and a ping: the invocations, and what each asks of AWS, in order.

``bench-quick`` records them while it counts visits (``bench/steps.json``). The simulation of the deployed system
replays them, so that it has no calls of its own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tools.documents import ROOT

STEPS_FILE = ROOT / "bench/steps.json"

HANDSHAKE, TURN, RESUME, PING = "handshake", "turn", "resume", "ping"

FRAME = "PostToConnection"
"""The operation that sends a frame."""

QUEUE = "SendMessage"
"""The operation that queues a job."""


@dataclass(slots=True)
class Call:
    """A request to AWS.

    Attributes
    ----------
    operation
        Its name.
    reads, writes
        The units of each DynamoDB table, indexes included.
    """

    operation: str
    reads: dict[str, float] = field(default_factory=dict)
    writes: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Invocation:
    """An invocation.

    Attributes
    ----------
    function
        The folder of the function.
    calls
        Its requests in order.
    waited
        Seconds that it waited for a language model.
    """

    function: str
    calls: list[Call] = field(default_factory=list)
    waited: float = 0

    @property
    def frames(self) -> int:
        """Return how many frames it sends."""
        return sum(call.operation == FRAME for call in self.calls)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Invocation":
        """Return a step as it is stored."""
        return cls(stored["function"], [Call(**call) for call in stored["calls"]], stored.get("waited", 0))


type Steps = dict[str, list[Invocation]]
"""The invocations of each bot and event."""


def get_key(bot: str, event: str) -> str:
    """Return the key of the steps of a bot: its handshake, turn, resume or ping."""
    return f"{bot}, {event}"


def read_steps() -> Steps:
    """Return the committed steps."""
    return parse_steps(STEPS_FILE.read_text(encoding="utf-8"))


def parse_steps(text: str) -> Steps:
    """Return the steps of the text of a file."""
    stored = json.loads(text)
    return {key: [Invocation.from_dict(step) for step in steps] for key, steps in stored.items()}


def format_steps(steps: Mapping[str, Sequence[Invocation]]) -> str:
    """Return the text of the file: a line for each request."""
    parts = []
    for key, invocations in steps.items():
        lines = ",\n".join(_format_step(step) for step in invocations)
        parts.append(f" {json.dumps(key)}: [\n{lines}\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _format_step(step: Invocation) -> str:
    head = {"function": step.function} | ({"waited": step.waited} if step.waited else {})
    calls = [{name: value for name, value in asdict(call).items() if value} for call in step.calls]
    lines = ",\n".join(f"    {json.dumps(call)}" for call in calls)
    return f'  {json.dumps(head)[:-1]}, "calls": [\n{lines}\n  ]}}'

"""The simulation as a world; ``python -m tests.comparison.simulated`` plays all scenarios and prints the transcripts.

In a process of its own, as moto would answer requests of the same process to a stack.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conversations.domain import ids
from conversations.domain.principal import Principal
from tests import events
from tests.builders import FAR_FUTURE, a_user, a_visitor
from tests.comparison.playing import BOT_ID, CLOSED, Frame, Transcript, play
from tests.comparison.scenarios import SCENARIOS
from tests.faults.lambdas import Invocation
from tests.faults.plans import Plan
from tests.faults.simulation import SimulatedConnection, Simulation, create_harness
from tests.template import ROOT
from tools.bots.packages import read_package


class SimulatedWorld:
    """A simulation as a ``World``: after each step it runs until nothing is left to happen."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._principals: dict[str, Principal] = {}
        self._connections: dict[str, tuple[str, Principal]] = {}
        self._frames: defaultdict[str, list[Frame]] = defaultdict(list)
        self._opened = 0

    # ---------------------------------------------------------------------------------------------- FrameListener
    def on_frame(self, connection_id: str, frame: Frame) -> None:
        """Keep a frame."""
        self._frames[connection_id.partition("-")[0]].append(frame)

    def on_close(self, connection_id: str) -> None:
        """Keep that the server has closed a connection."""
        self._frames[connection_id.partition("-")[0]].append(dict(CLOSED))

    # ------------------------------------------------------------------------------------------------------ World
    def connect(self, device: str, user: str, query: Mapping[str, str]) -> None:
        """Open a connection, and let the function see the query."""
        principal = self._find_principal(user)
        self._opened += 1
        connection_id = f"{device}-{self._opened}"
        self._connections[device] = connection_id, principal
        connection = self._simulation.sockets.connections[connection_id] = SimulatedConnection(self)
        self._simulation.history.record("open", connection=connection_id, device=device)

        def end(invocation: Invocation) -> None:
            connection.open = invocation.response["statusCode"] == 200

        name = "connect.visitor" if principal.anonymous else "connect"
        self._simulation.invoke("connect", events.socket(name, principal, connection_id, query=query), then=end)

    def close(self, device: str) -> None:
        """Close a connection, of which API Gateway informs the function."""
        connection_id, principal = self._connections.pop(device)
        self._simulation.sockets.connections[connection_id].open = False
        self._simulation.invoke("disconnect", events.socket("disconnect", principal, connection_id))

    def send(self, device: str, frame: Frame) -> None:
        """Invoke the function of the route."""
        connection_id, principal = self._connections[device]
        event = events.socket(frame["type"], principal, connection_id, frame=frame)
        self._simulation.invoke(frame["type"], event)

    def request(
        self, user: str, operation: str, conversation: str | None, body: object, query: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Invoke the function of an operation."""
        principal = self._find_principal(user)
        event = events.rest(operation, principal, body=body, query=query or None, conversation_id=conversation)
        ended: list[Invocation] = []
        self._simulation.invoke(operation, event, waiting="rest", then=ended.append)
        self._simulation.run()
        response = ended[0].response
        return response["statusCode"], json.loads(response["body"] or "null")

    def settle(self) -> Mapping[str, Sequence[Frame]]:
        """Run until nothing is left to happen."""
        self._simulation.run()
        frames, self._frames = self._frames, defaultdict(list)
        return frames

    def _find_principal(self, user: str) -> Principal:
        if user not in self._principals:
            is_visitor = user.startswith("visitor")
            now = self._simulation.clock()
            made = a_visitor(ids.new_conversation_id(now)) if is_visitor else a_user(user, expires_at=FAR_FUTURE)
            self._principals[user] = made
        return self._principals[user]


def play_all() -> dict[str, Transcript]:
    """Play every scenario, and return the transcripts by their names."""
    package = read_package(ROOT / "bots" / f"{BOT_ID}.gbai").package
    assert package is not None
    transcripts: dict[str, Transcript] = {}
    with TemporaryDirectory() as folder, create_harness(Path(folder)) as harness:
        for name, steps in SCENARIOS.items():
            with harness.run(Plan()) as simulation:
                simulation.publish(package.bot)
                transcripts[name] = play(steps, SimulatedWorld(simulation))
    return transcripts


if __name__ == "__main__":
    json.dump(play_all(), sys.stdout)

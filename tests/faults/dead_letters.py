"""The check of the dead-letter queues: a job is dead-lettered only after its function has run and failed."""

import json
from collections.abc import Iterator, Sequence

from conversations.services.retries import MAX_CRASHES
from tests.faults.clients import SimulatedUser
from tests.faults.simulation import Simulation

TURNS = ("RepliesDeadLetters", "WaitingTurnsDeadLetters")
"""The dead-letter queues of turns."""


def find_undeserved_dead_letters(simulation: Simulation, users: Sequence[SimulatedUser]) -> Iterator[str]:
    """Yield a sentence for every dead letter of a job that neither failed by itself nor killed its functions."""
    owners = [user.principal.owner for user in users if user.expects_failures]
    # Also conversations that a user does not know of, because the response of the request was lost.
    failing = {row["id"] for owner in owners for row in simulation.list_conversations(owner)}
    for name, queue in simulation.queues.items():
        for record in queue.records if "DeadLetters" in name else ():
            conversation_id = json.loads(record.body).get("session_id")
            if name in TURNS and conversation_id in failing:
                continue
            deaths = simulation.deaths[record.body]
            if name not in TURNS or deaths < MAX_CRASHES:
                yield f"{record.body} is in {name}, and it killed {deaths} functions"

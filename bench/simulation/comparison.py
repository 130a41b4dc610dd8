"""Compares the simulation with the running local stack, at a size that one machine can take.

A user sends messages at once to one conversation, whose turns run one after the other. The times of the simulation are
those of one and two messages; what more take is predicted.
"""

import json
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from simpy import Environment

from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from bench.simulation.clients import Clients
from bench.simulation.quotas import Latency, read_quotas
from bench.simulation.system import System
from bench.steps import TURN, get_key, read_steps
from bench.visits import DATA_SCRIPT
from local.settings import find_stack_file
from tests.stack.bots import connect_aws, publish_package
from tests.stack.connection import Connection, open_connection
from tests.stack.users import sign_up

BOT = "dialog with data"
"""Its turns are queued."""
SIZES = (1, 2, 5, 10, 20)
ROUNDS = 5
MAX_DEVIATION = 0.5
_GROUP = "bench"


@dataclass(frozen=True, slots=True)
class Burst:
    """What messages at once take: seconds until the first is acknowledged, and until the last is answered."""

    delivered: float
    answered: float


def measure_burst(connection: Connection, size: int) -> Burst:
    """Send messages at once, and wait for their answers."""
    start = time.monotonic()
    for number in range(size):
        connection.send(type="message", content=f"question {number}", client_message_id=str(uuid4()))
    connection.receive_until(type="status", status="delivered")
    delivered = time.monotonic() - start
    answers = sum(frame["type"] == "message" and frame["sender"] == "bot" for frame in connection.frames)
    connection.frames.clear()
    for _ in range(size - answers if answers < size else 0):
        connection.receive_answer()
    return Burst(delivered, time.monotonic() - start)


def measure_stack() -> dict[int, Burst]:
    """Return the medians of the running stack."""
    stack: dict[str, Any] = json.loads(find_stack_file(os.environ).read_text())
    bot_id = _publish_bot(stack)
    bursts: dict[int, list[Burst]] = {size: [] for size in SIZES}
    for _ in range(ROUNDS):
        for size in SIZES:
            # A user of its own, because of the rate limit.
            with open_connection(stack["ws_url"], token=sign_up(stack, _GROUP), query=f"?bot_id={bot_id}") as opened:
                connection, _ = opened
                connection.receive_answer()
                measure_burst(connection, 1)
                bursts[size].append(measure_burst(connection, size))
    return {size: _take_median(measured) for size, measured in bursts.items()}


def _take_median(bursts: Sequence[Burst]) -> Burst:
    return Burst(
        statistics.median(burst.delivered for burst in bursts), statistics.median(burst.answered for burst in bursts)
    )


def _publish_bot(stack: dict[str, Any]) -> str:
    bot_id = f"bench-{uuid4().hex[:12]}"
    with TemporaryDirectory() as folder:
        package = Path(folder, f"{bot_id}.gbai")
        for name, text in {
            f"{bot_id}.gbdialog/start.bas": DATA_SCRIPT,
            f"{bot_id}.gbot/config.csv": f"name,value\naccess,{_GROUP}\n",
        }.items():
            file = package / name
            file.parent.mkdir(parents=True)
            file.write_text(text)
        return publish_package(package, stack, connect_aws(stack))


def simulate(size: int, latency: Latency) -> Burst:
    """Return the same of the simulation."""
    env = Environment()
    clients = Clients(System(env, read_quotas(), latency, seed=1), read_steps(), BOT)
    for _ in range(size):
        env.process(clients.send(1))
    env.run()
    return Burst(min(clients.seen.delivered), max(clients.seen.answered))


def calibrate(one: Burst, two: Burst) -> Latency:
    """Return the constant times with which one and two messages take what they take on the stack."""
    accept, turn = read_steps()[get_key(BOT, TURN)]
    service = two.answered - one.answered
    request = min(one.delivered / len(accept.calls), service / len(turn.calls))
    return Latency(
        gateway=one.delivered - len(accept.calls) * request,
        queue=service - len(turn.calls) * request,
        cold_start=0,
        own=0,
        round_trip=request,
        spread=0,
    )


def measure() -> Figure:
    """Measure and simulate."""
    measured = measure_stack()
    latency = calibrate(measured[SIZES[0]], measured[SIZES[1]])
    predicted = {size: simulate(size, latency) for size in SIZES}
    rows = [
        Row(
            str(size),
            (
                round(measured[size].answered * 1_000),
                round(predicted[size].answered * 1_000),
                round(measured[size].answered / predicted[size].answered, 2),
            ),
        )
        for size in SIZES
    ]
    deviation = max(abs(measured[size].answered / predicted[size].answered - 1) for size in SIZES)
    return Figure(
        name="simulation_comparison",
        title="messages at once in one conversation",
        compared="the simulation with the local stack: the time until the last answer. The simulation has the times"
        " of one and of two messages on the stack; what more take is predicted.",
        repeated=f"{ROUNDS} bursts of each size, alternately; medians.",
        origin=describe_origin(),
        columns=(Column("local stack", "ms"), Column("simulation", "ms"), Column("ratio")),
        rows=rows,
        plot=Plot("bars", ("local stack", "simulation")),
        bounds=(Bound("deviation of the simulation", round(deviation, 2), MAX_DEVIATION),),
    )


if __name__ == "__main__":
    publish(measure())

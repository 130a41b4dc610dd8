"""What turns that wait for a language model cost, by the number of conversations that one invocation serves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import mean
from threading import Event, Thread
from typing import Any
from urllib.request import urlopen

from bench.figures import Column, Figure, Plot, Row, describe_origin, publish
from bench.waiting_server import ANSWER_SECONDS, PIECES
from bench.waiting_turns import BATCHES
from conversations.services.answer_stream import FLUSH_INTERVALS
from tests.template import properties

CONVERSATIONS = (1, 4, 10)
MEMORY_SIZES = (256, 512, 1_024)
"""MB. The function's own size is one of them."""

VCPU_MEGABYTES = 1_769
"""Memory with which a function has one vCPU ("Configure Lambda function memory")."""

_PERIOD_SECONDS = 0.02
"""Period in which a process is stopped for the time in which it has no processor."""

# List prices, us-east-1, arm64: docs/architecture.md, "What it costs".
GB_SECOND = 0.0000133334
INVOCATION = 0.20 / 1e6
SQS_REQUEST = 0.50 / 1e6
READ_UNIT = 0.125 / 1e6
FRAME = 1.00 / 1e6
LOG_GB = 0.50
MILLION = 1_000_000

LOG_RECORD_KB = 1.0
"""Of the structured record of an answer."""

REST_OF_TURN = 13.30 + 1.13
"""Dollars of a turn that runs from a queue, except that queue and the invocation that runs the bot; with a typing
indicator (``docs/prices.toml``, engine ``waiting``)."""

SCHEDULES = {
    "0.1, 0.2, 0.4, 0.5, 0.5 … s (as it is)": FLUSH_INTERVALS,
    "0.1, 0.2, 0.4, 0.8, 1, 1 … s": (0, 0.1, 0.2, 0.4, 0.8, 1.0),
    "0.1, 0.2, 0.4, 0.8, 1.6, 1.6 … s": (0, 0.1, 0.2, 0.4, 0.8, 1.6),
    "0.5, 1, 2, 2 … s": (0, 0.5, 1.0, 2.0),
}
"""Times between the pieces of an answer, piece by piece; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One invocation with a number of conversations, with the processor of a memory size.

    Attributes
    ----------
    conversations, memory
        What was measured; megabytes.
    seconds
        Duration of an invocation.
    cpu_per_turn
        Seconds of processor time.
    megabytes
        Peak memory.
    requests
        AWS requests per turn.
    first_frame
        Seconds from the first piece of the model to the frame with it.
    """

    conversations: int
    memory: int
    seconds: float
    cpu_per_turn: float
    megabytes: float
    requests: Mapping[str, float]
    first_frame: float

    @property
    def flushes(self) -> float:
        """Queries of the owner's devices per turn, except those for the typing indicator and for the message."""
        return sum(number for name, number in self.requests.items() if name.startswith("query connections")) - 2

    @property
    def pieces(self) -> float:
        """Frames with a piece of the answer per turn."""
        return self.requests["frame delta"]


@contextmanager
def limited_processor(process_id: int, share: float) -> Iterator[None]:
    """Give a process the share of a processor that a function has: stop it for the rest of each period."""
    if share >= 1:
        yield
        return
    ended = Event()

    def limit() -> None:
        # Lambda counts processor time; this process waits most of the time, and loses only what it would use.
        while not ended.is_set():
            os.kill(process_id, signal.SIGSTOP)
            time.sleep(_PERIOD_SECONDS * (1 - share))
            os.kill(process_id, signal.SIGCONT)
            time.sleep(_PERIOD_SECONDS * share)

    thread = Thread(target=limit)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def model_server() -> Iterator[int]:
    """Run the server of the benchmark, and yield its port."""
    command = [sys.executable, "-m", "bench.waiting_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - fixed commands
        try:
            yield int(_read_line(server))
        finally:
            server.terminate()


def run_batches(conversations: int, memory: int, port: int) -> Measurement:
    """Run batches in a process of its own."""
    command = [sys.executable, "-m", "bench.waiting_turns", str(conversations), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - fixed commands
        line = _read_line(process)
        if line != "ready":
            raise SystemExit(f"The turns cannot be run: {line}")
        _read_delays(port)
        with limited_processor(process.pid, memory / VCPU_MEGABYTES):
            result: dict[str, Any] = json.loads(_read_line(process))
    return Measurement(conversations, memory, first_frame=mean(_read_delays(port)), **result)


def _read_line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline().strip() if process.stdout else ""


def _read_delays(port: int) -> list[float]:
    with urlopen(f"http://127.0.0.1:{port}/delays") as response:
        delays: list[float] = json.loads(response.read())
    return delays


@dataclass(frozen=True, slots=True)
class Costs:
    """Dollars per million turns."""

    lambda_time: float
    invocations: float
    sqs: float
    queries: float
    log: float
    pieces: float

    @property
    def waiting(self) -> float:
        """What waiting costs without streaming."""
        return self.lambda_time + self.invocations + self.sqs + self.log

    @property
    def total(self) -> float:
        """Everything that a turn of a bot without a model does not cost, and the queue."""
        return self.waiting + self.queries + self.pieces

    @property
    def with_rest(self) -> float:
        """The whole turn, without the model's price."""
        return self.total + REST_OF_TURN


def compute_costs(each: Measurement, pieces: float) -> Costs:
    """Compute what a turn costs with a number of pieces, each with its query."""
    number = each.conversations
    # A send; the receive and the delete of a batch; and the early delete of each job but the last.
    sqs_requests = 1 + 2 / number + (number - 1) / number
    return Costs(
        lambda_time=each.seconds * each.memory / 1_024 * GB_SECOND * MILLION / number,
        invocations=INVOCATION * MILLION / number,
        sqs=sqs_requests * SQS_REQUEST * MILLION,
        # Few devices are less than 4 KB. A query without text looks for stop requests.
        queries=(pieces + each.flushes - each.pieces) * READ_UNIT * MILLION,
        log=LOG_RECORD_KB * LOG_GB * MILLION / 1e6,
        pieces=pieces * FRAME * MILLION,
    )


def count_pieces(intervals: tuple[float, ...]) -> int:
    """Return the pieces of an answer of ``ANSWER_SECONDS`` with these intervals, of which the last one repeats."""
    at, number = ANSWER_SECONDS / PIECES, 0
    while at <= ANSWER_SECONDS:
        number += 1
        at += intervals[min(number, len(intervals) - 1)]
    return number


def measure() -> Figure:
    """Run the benchmarks, and print what the turns cost."""
    memory = int(properties("RunWaitingTurnsFunction")["MemorySize"])
    with model_server() as port:
        measured = [run_batches(max(CONVERSATIONS), size, port) for size in MEMORY_SIZES]
        measured += [run_batches(number, memory, port) for number in CONVERSATIONS[:-1]]
    own = sorted((each for each in measured if each.memory == memory), key=lambda each: each.conversations)
    _print_costs(own)
    _print_schedules(own)
    return Figure(
        name="waiting",
        title="conversations of an invocation, and its memory",
        compared="batches of turns that wait for a language model, by their number and by the memory of the function"
        " `run_waiting_turns`.",
        repeated=f"{BATCHES} batches of each after one that is not counted; means.",
        origin=describe_origin(),
        columns=(
            Column("invocation", "s"),
            Column("processor per turn", "ms"),
            Column("peak memory", "MB"),
            Column("first frame after the piece", "ms"),
        ),
        rows=list(map(_build_row, measured)),
        plot=Plot("bars", ("processor per turn", "first frame after the piece")),
        note=f"The model sends {PIECES} pieces in {ANSWER_SECONDS:g} seconds to one device per conversation. The"
        f" process is stopped for the part of each {_PERIOD_SECONDS * 1_000:g} ms in which a function of that memory"
        f" would have no processor (one for {VCPU_MEGABYTES:,} MB).",
    )


def _print_costs(own: Sequence[Measurement]) -> None:
    _print_head(f"per million turns of {ANSWER_SECONDS:g} s", own)
    costs = [compute_costs(each, each.pieces) for each in own]
    for label, name in _ROWS.items():
        print(f"| {label} | " + " | ".join(f"${getattr(cost, name):.2f}" for cost in costs) + " |")


def _print_schedules(own: Sequence[Measurement]) -> None:
    _print_head("the sum by the times between pieces", own)
    for label, intervals in SCHEDULES.items():
        _print_schedule(label, count_pieces(intervals), own)
    _print_schedule("not streamed", 0, own)


def _print_schedule(label: str, pieces: int, own: Sequence[Measurement]) -> None:
    totals = " | ".join(f"${compute_costs(each, pieces).total:.2f}" for each in own)
    print(f"| {label}: {pieces} pieces | {totals} |")


def _print_head(label: str, own: Sequence[Measurement]) -> None:
    columns = " | ".join(f"{each.conversations} per invocation" for each in own)
    print(f"\n| {label} | {columns} |\n|---|" + "---|" * len(own))


_ROWS = {
    "Lambda: duration": "lambda_time",
    "Lambda: requests": "invocations",
    "SQS FIFO: send, receive, delete": "sqs",
    "CloudWatch Logs: the record of the model": "log",
    "**waiting**": "waiting",
    "DynamoDB: queries of the pieces and for stop requests": "queries",
    "WebSocket: frames with pieces": "pieces",
    "**sum**": "total",
    "with the rest of the turn": "with_rest",
}


def _build_row(each: Measurement) -> Row:
    processor, delay = round(each.cpu_per_turn * 1_000), round(each.first_frame * 1_000)
    values = (round(each.seconds, 2), processor, round(each.megabytes), delay)
    return Row(f"{each.conversations}, {each.memory} MB", values)


if __name__ == "__main__":
    publish(measure())

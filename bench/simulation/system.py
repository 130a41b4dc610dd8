"""The deployed system: invocations that make requests, each against the quotas of its service."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from simpy import Environment

from bench.simulation.quotas import Latency, Quotas, Rate
from bench.simulation.resources import Bucket, Clock, Executions, Job, Process, Queue, RefusedError
from bench.steps import FRAME, QUEUE, Call, Invocation
from conversations.adapters.aws import CLIENT_CONFIG
from conversations.services.retries import MAX_OUTAGE_BACKOFF_SECONDS
from tests.template import functions as list_functions
from tests.template import properties, template

_ATTEMPTS: int = getattr(CLIENT_CONFIG, "retries")["total_max_attempts"]  # noqa: B009 - not in the stubs
_MAX_SDK_BACKOFF = 20.0
"""Seconds (botocore, retry mode ``standard``)."""

_MB_PER_GB = 1_024


def _ignore() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Watcher:
    """What is done when an invocation does something that its client notices.

    Attributes
    ----------
    queued
        A job was queued.
    sent
        A frame was sent.
    missed
        A frame was refused, so the connection is closed (ADR 65).
    """

    queued: Callable[[], None] = _ignore
    sent: Callable[[], None] = _ignore
    missed: Callable[[], None] = _ignore


UNWATCHED = Watcher()


@dataclass(slots=True)
class System:
    """A stack under load.

    Attributes
    ----------
    env
        The simulation.
    quotas, latency
        What limits it, and how long things take.
    seed
        Of all random numbers.
    amounts
        What AWS bills, by the names of ``docs/prices.toml``.
    hot
        The conversations whose partition keys are watched; all others are far below the quota of a key, because a
        user sends a message per second at most.
    """

    env: Environment
    quotas: Quotas
    latency: Latency
    seed: int
    amounts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    hot: frozenset[int] = frozenset()
    dice: Random = field(init=False)
    clock: Clock = field(init=False)
    executions: Executions = field(init=False)
    turns: Queue = field(init=False)
    api: Bucket = field(init=False)
    handshakes: Bucket = field(init=False)
    fifo: Bucket = field(init=False)
    routes: dict[str, Bucket] = field(default_factory=dict)
    tables: dict[str, Bucket] = field(default_factory=dict)
    partitions: dict[tuple[str, int], Bucket] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=lambda: dict(_read_memory()))

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311 - the same in each run
        self.clock = Clock(self.dice, self.latency.spread)
        self.executions = Executions(self.quotas)
        self.turns = Queue(self.env, self.quotas.turn_executions, lambda: self.clock.draw(self.latency.queue))
        self.api = Bucket("api_requests", self.quotas.api_requests)
        self.handshakes = Bucket("handshakes", self.quotas.handshakes)
        self.fifo = Bucket("fifo_requests", self.quotas.fifo_requests)

    # ---------------------------------------------------------------------------------------------- API Gateway

    def receive_frame(self, route: str) -> None:
        """Let a frame of a client pass.

        Raises
        ------
        RefusedError
            If the account or the route has received too many.
        """
        if route not in self.routes:
            rate = self.quotas.pings if route == "ping" else self.quotas.route_frames
            self.routes[route] = Bucket(f"route_{route}", rate)
        self.routes[route].take(self.env.now)
        self.api.take(self.env.now)
        self.amounts["frame"] += 1

    # ---------------------------------------------------------------------------------------------- Lambda

    def invoke(self, invocation: Invocation, group: int, watcher: Watcher = UNWATCHED) -> Process:
        """Run an invocation.

        Parameters
        ----------
        invocation
            Its function and requests.
        group
            The conversation.
        watcher
            What notices its effects.

        Raises
        ------
        RefusedError
            If there is no execution for it, or a service refuses one of its requests again and again.
        """
        function = invocation.function
        is_cold = self.executions.begin(function, self.env.now)
        self.amounts["invocation"] += 1
        began = self.env.now
        try:
            if is_cold:
                yield self.env.timeout(self.clock.draw(self.latency.cold_start))
            yield self.env.timeout(self.clock.draw(self.latency.own) + invocation.waited)
            for call in invocation.calls:
                yield from self._make(call, group, watcher)
        finally:
            seconds = self.env.now - began
            self.executions.end(function, seconds)
            self.amounts["duration"] += seconds * self.memory[function]

    def _make(self, call: Call, group: int, watcher: Watcher) -> Process:
        try:
            yield from self._request(call, group)
        except RefusedError:
            if call.operation != FRAME:
                raise
            watcher.missed()
            return
        if call.operation == FRAME:
            watcher.sent()
        elif call.operation == QUEUE:
            watcher.queued()

    def _request(self, call: Call, group: int) -> Process:
        """Make a request, with the retries of the SDK."""
        for attempt in range(_ATTEMPTS):
            yield self.env.timeout(self.clock.draw(self.latency.round_trip))
            try:
                self._admit(call, group)
            except RefusedError:
                if attempt + 1 == _ATTEMPTS:
                    raise
                yield self.env.timeout(min(self.dice.random() * 2**attempt, _MAX_SDK_BACKOFF))
            else:
                return

    def _admit(self, call: Call, group: int) -> None:
        now = self.env.now
        if call.operation == FRAME:
            self.api.take(now)
            self.amounts["frame"] += 1
        elif call.operation == QUEUE:
            self.fifo.take(now)
            self.amounts["queue"] += 1
        for kind, units_by_table in (("write", call.writes), ("read", call.reads)):
            for table, units in units_by_table.items():
                self._get_table(table, kind).take(now, units)
                if group in self.hot:
                    self._get_partition(table, kind, group).take(now, units)
                self.amounts[kind] += units

    def _get_table(self, table: str, kind: str) -> Bucket:
        name = f"{table}_{kind}"
        if name not in self.tables:
            rate = self.quotas.table_writes if kind == "write" else self.quotas.table_reads
            self.tables[name] = Bucket(name, rate)
        return self.tables[name]

    def _get_partition(self, table: str, kind: str, group: int) -> Bucket:
        name = f"{table}_{kind}"
        if (name, group) not in self.partitions:
            rate = self.quotas.partition_writes if kind == "write" else self.quotas.partition_reads
            self.partitions[name, group] = Bucket(f"{name} of a key", rate)
        return self.partitions[name, group]

    # ---------------------------------------------------------------------------------------------- queues

    def queue(self, invocation: Invocation, group: int, watcher: Watcher, done: Callable[[], None]) -> None:
        """Queue the job of an invocation, and call ``done`` after it; if it is refused, it is tried again."""
        first = self.env.now

        def run() -> Process:
            self.amounts["queue"] += 2
            try:
                yield from self.invoke(invocation, group, watcher)
            except RefusedError:
                # As conversations.services.retries does while a service is unavailable.
                return min(max((self.env.now - first) / 2, 1), MAX_OUTAGE_BACKOFF_SECONDS)
            done()
            return None

        self.turns.send(Job(group, run))

    # ---------------------------------------------------------------------------------------------- faults and results

    def throttle_tables(self, share: float, seconds: float) -> Process:
        """Let the tables refuse all but a share of their units for some time."""
        before = self.quotas
        self._set_tables(Rate(before.table_writes.value * share, 1), Rate(before.table_reads.value * share, 1))
        yield self.env.timeout(seconds)
        self._set_tables(before.table_writes, before.table_reads)

    def _set_tables(self, writes: Rate, reads: Rate) -> None:
        self.quotas = replace(self.quotas, table_writes=writes, table_reads=reads)
        for name, bucket in self.tables.items():
            bucket.rate = writes if name.endswith("_write") else reads

    def forget(self) -> None:
        """Begin to count again."""
        self.amounts.clear()
        for usage in (self.executions.usage, self.turns.usage, *(bucket.usage for bucket in self.list_buckets())):
            usage.asked = usage.refused = usage.busy = 0

    def list_buckets(self) -> list[Bucket]:
        """Return all quotas with a rate."""
        account = [self.api, self.handshakes, self.fifo, self.executions.rate]
        return [*account, *self.routes.values(), *self.tables.values(), *self.partitions.values()]


def _read_memory() -> dict[str, float]:
    """Return the gigabytes of each function."""
    default = template()["Globals"]["Function"]["MemorySize"]
    return {
        folder: properties(name).get("MemorySize", default) / _MB_PER_GB for folder, name in list_functions().items()
    }

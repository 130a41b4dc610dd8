"""What can be exhausted: token buckets, executions of Lambda, and FIFO queues with their workers."""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simpy import Environment, Event

from bench.simulation.quotas import Quotas, Rate

type Process = Generator[Event, Any, Any]
"""A process of simpy."""


class RefusedError(Exception):
    """A quota refuses a request.

    Attributes
    ----------
    resource
        The name of the quota.
    """

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.resource = resource


@dataclass(slots=True)
class Usage:
    """How much of a quota was asked for.

    Attributes
    ----------
    asked, refused
        Units.
    busy
        Seconds for which executions ran, added up.
    """

    asked: float = 0
    refused: float = 0
    busy: float = 0


@dataclass(slots=True)
class Bucket:
    """A token bucket, as AWS throttles.

    Attributes
    ----------
    name
        Of the quota.
    rate
        The quota.
    usage
        What was asked of it.
    """

    name: str
    rate: Rate
    usage: Usage = field(default_factory=Usage)
    _tokens: float = field(init=False)
    _at: float = 0

    def __post_init__(self) -> None:
        self._tokens = self.rate.burst

    def take(self, now: float, units: float = 1) -> None:
        """Take units.

        Raises
        ------
        RefusedError
            If there are not enough.
        """
        self._tokens = min(self.rate.burst, self._tokens + (now - self._at) * self.rate.value)
        self._at = now
        self.usage.asked += units
        if self._tokens < units:
            self.usage.refused += units
            raise RefusedError(self.name)
        self._tokens -= units


@dataclass(slots=True)
class Executions:
    """The executions of an account, and the environments of its functions.

    Attributes
    ----------
    quotas
        Of the account.
    usage
        The invocations, and their seconds.
    """

    quotas: Quotas
    usage: Usage = field(default_factory=Usage)
    rate: Bucket = field(init=False)
    cold_starts: int = 0
    _running: int = 0
    _idle: dict[str, int] = field(default_factory=dict)
    _new: dict[str, Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rate = Bucket("invocations", self.quotas.invocations)

    def begin(self, function: str, now: float) -> bool:
        """Take an execution, and return whether it needs a new environment.

        Raises
        ------
        RefusedError
            If the account has none left.
        """
        self.rate.take(now)
        self.usage.asked += 1
        if self._running >= self.quotas.executions:
            self.usage.refused += 1
            raise RefusedError("executions")
        is_cold = not self._idle.get(function)
        if is_cold:
            if function not in self._new:
                self._new[function] = Bucket("environments", self.quotas.environments)
            self._new[function].take(now)
            self.cold_starts += 1
        else:
            self._idle[function] -= 1
        self._running += 1
        return is_cold

    def end(self, function: str, seconds: float) -> None:
        """Give an execution back after some seconds; its environment stays for the next one."""
        self.usage.busy += seconds
        self._running -= 1
        self._idle[function] = self._idle.get(function, 0) + 1


@dataclass(slots=True)
class Job:
    """A job of a FIFO queue.

    Attributes
    ----------
    group
        Its conversation.
    run
        Returns the process that runs it, whose value is the seconds until the next try; None if it is done.
    """

    group: int
    run: Callable[[], Process]


@dataclass(slots=True)
class Queue:
    """A FIFO queue, and the functions that work on it: one job of a group at a time, in order.

    Attributes
    ----------
    env
        The simulation.
    workers
        The maximum of executions (``MaximumConcurrency``).
    latency
        Returns the seconds from a send to the start of a function.
    """

    env: Environment
    workers: int
    latency: Callable[[], float]
    usage: Usage = field(default_factory=Usage)
    _jobs: dict[int, deque[Job]] = field(default_factory=dict)
    _ready: deque[int] = field(default_factory=deque)
    _running: int = 0

    def send(self, job: Job) -> None:
        """Queue a job."""
        self.usage.asked += 1
        if job.group in self._jobs:
            self._jobs[job.group].append(job)
            return
        self._jobs[job.group] = deque([job])
        self._ready.append(job.group)
        self._start()

    @property
    def length(self) -> int:
        """Return how many jobs are queued or running."""
        return sum(map(len, self._jobs.values()))

    def _start(self) -> None:
        while self._ready and self._running < self.workers:
            self._running += 1
            self.env.process(self._work(self._ready.popleft()))

    def _work(self, group: int) -> Process:
        yield self.env.timeout(self.latency())
        jobs, began = self._jobs[group], self.env.now
        delay: float | None = yield from jobs[0].run()
        self.usage.busy += self.env.now - began
        self._running -= 1
        if delay is not None:
            self.env.process(self._wait(group, delay))
        else:
            jobs.popleft()
            self._continue(group)
        self._start()

    def _wait(self, group: int, delay: float) -> Process:
        """Hold a group back until its job is visible again."""
        yield self.env.timeout(delay)
        self._ready.append(group)
        self._start()

    def _continue(self, group: int) -> None:
        if self._jobs[group]:
            self._ready.append(group)
        else:
            del self._jobs[group]


@dataclass(slots=True)
class Clock:
    """Draws times from lognormal distributions.

    Attributes
    ----------
    dice
        The source of randomness.
    spread
        The deviation of the logarithm.
    """

    dice: Random
    spread: float

    def draw(self, mean: float) -> float:
        """Return a time with this mean."""
        if not self.spread:
            return mean
        # The mean of a lognormal distribution with the median 1.
        return mean * self.dice.lognormvariate(-self.spread * self.spread / 2, self.spread)

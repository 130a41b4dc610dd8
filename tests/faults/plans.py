"""Which faults a run has, and when: serializable, so that a failed run can be repeated."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """A fault of an AWS call, or of the response of an invocation."""

    REQUEST_LOST = "request lost"
    """The request and the SDK's retries are lost."""
    FIRST_TRY_LOST = "first try lost"
    """The first try is lost, and the SDK's second one arrives."""
    RESPONSE_LOST = "response lost"
    """The request is executed, and the response and all retries are lost."""
    EXECUTED_TWICE = "executed twice"
    """The request is executed, the response is lost, and the SDK's retry executes it again."""
    THROTTLED = "throttled"
    """The service throttles every try."""
    CONFLICT = "conflict"
    """A transaction conflicts with another one on the same item."""
    PARTIAL = "partial"
    """A batch is returned as completely unprocessed."""
    SLOW = "slow"
    """The call takes four seconds."""
    KILLED_BEFORE = "killed before"
    """The invocation is killed before the request is sent."""
    KILLED_AFTER = "killed after"
    """The invocation is killed after the request was executed and before the response arrives."""
    DELAYED = "delayed"
    """The invocation is killed, and its request arrives when everything else has ended."""
    STALLED = "stalled"
    """The invocation stops until everything else has ended and then continues: two workers on one record."""
    GONE = "gone"
    """The connection was closed without notice: 410."""
    HALF_OPEN = "half open"
    """API Gateway accepts the frame for a connection whose client is gone."""
    BROKEN_OFF = "broken off"
    """The language model or the bot server breaks off its answer."""
    INVALID = "invalid"
    """The answer of the bot server is invalid."""
    NOT_RUN = "not run"
    """The record was received, and Lambda was throttled, so no function ran."""
    REDELIVERED = "redelivered"
    """The record, or the stream's batch, was processed and is delivered again."""


_KILLS = (Fault.KILLED_BEFORE, Fault.STALLED, Fault.SLOW)
_READ = (Fault.REQUEST_LOST, Fault.FIRST_TRY_LOST, Fault.THROTTLED, *_KILLS)
_WRITE = (*_READ, Fault.RESPONSE_LOST, Fault.EXECUTED_TWICE, Fault.KILLED_AFTER, Fault.DELAYED)
_SOCKET = (*_WRITE, Fault.GONE, Fault.HALF_OPEN)

BACKOFF = "Backoff"
"""``Operation.name`` of the wait between two tries."""

_OF_NAME: Mapping[str, Sequence[Fault]] = {
    "GetItem": _READ,
    "Query": _READ,
    "BatchGetItem": (*_READ, Fault.PARTIAL),
    "BatchWriteItem": (*_WRITE, Fault.PARTIAL),
    "GetObject": _READ,
    "TransactWriteItems": (*_WRITE, Fault.CONFLICT),
    "Ask": (Fault.THROTTLED, *_KILLS),
    "Piece": (Fault.BROKEN_OFF, *_KILLS),
    "Post": (Fault.THROTTLED, Fault.INVALID, *_KILLS),
    "Event": (Fault.BROKEN_OFF, *_KILLS),
    BACKOFF: _KILLS,
}

RETURN = "Return"
"""``Operation.name`` of the end of an invocation."""

_RETURNS: Mapping[str, Sequence[Fault]] = {"rest": (Fault.RESPONSE_LOST,), "queue": (Fault.REDELIVERED,)}

RECEIVE = "Receive"
"""``Operation.name`` of the start of an invocation by a queue."""

_RECEIVES = (Fault.NOT_RUN,)


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation of a call.

    Attributes
    ----------
    service
        ``dynamodb``, ``sqs``, ``s3``, ``sesv2``, ``sns``, ``sockets``, ``model`` or ``bot_server``; for the start and
        the end of an invocation its caller: ``rest`` or ``queue``.
    name
        The name in the API, ``RECEIVE`` or ``RETURN``; of a model ``Ask`` for the request and ``Piece`` for what
        follows; of a bot server ``Post`` and ``Event``; of both ``BACKOFF``.
    """

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service} {self.name}"

    def list_faults(self) -> Sequence[Fault]:
        """Return the faults that it may have."""
        if self.name == RETURN:
            return _RETURNS.get(self.service, ())
        if self.name == RECEIVE:
            return _RECEIVES
        if self.service == "sockets":
            return _SOCKET
        return _OF_NAME.get(self.name, _WRITE)


MILD = frozenset({Fault.FIRST_TRY_LOST, Fault.SLOW})
"""Faults that only cost time; they are injected at random only."""


type Step = Mapping[str, str | int | float]
"""What a device of a workload does, as ``tests/faults/workloads.py`` has it."""


@dataclass(slots=True)
class Plan:
    """Decides which faults are injected, and which of several possible moves is next.

    Attributes
    ----------
    at
        Faults by the number of the call, counted from 1.
    seed
        Seed of the random numbers; without one everything happens in a fixed order.
    rate
        Probability that a call has a random fault.
    choices
        The decisions of a recorded run by their numbers, counted from 1; every other one is as in fixed order. None
        if they are random.
    steps
        What users do, if the scenario is a workload.
    taken
        The decisions of the run that were not as in fixed order.
    """

    at: Mapping[int, Fault] = field(default_factory=dict)
    seed: int | None = None
    rate: float = 0.0
    choices: Mapping[int, float] | None = None
    steps: Sequence[Step] = ()
    taken: dict[int, float] = field(init=False, default_factory=dict)
    _random: random.Random = field(init=False, default_factory=random.Random)
    _decisions: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._random.seed(self.seed or 0)

    @property
    def is_sequential(self) -> bool:
        """Whether the order is fixed and no fault is random."""
        return self.seed is None and not self.choices

    def get_fault(self, number: int, operation: Operation) -> Fault | None:
        """Return the fault of a call, None if it has none."""
        if number in self.at:
            # A call may be another one than in the recorded run.
            return self.at[number] if self.at[number] in operation.list_faults() else None
        possible = operation.list_faults()
        if possible and self._is_random and self._random.random() < self.rate:
            return self._random.choice(possible)
        return None

    def choose[Move](self, moves: Sequence[Move]) -> Move:
        """Return the next move."""
        return moves[int(self._decide(lambda: self._random.randrange(len(moves)), 0)) % len(moves)]

    def draw(self, probability: float) -> bool:
        """Return True with this probability; in fixed order always False."""
        return bool(self._decide(lambda: self._random.random() < probability, 0))

    def draw_number(self, minimum: float, maximum: float) -> float:
        """Return a random number from a range; in fixed order the minimum."""
        number = self._decide(lambda: self._random.uniform(minimum, maximum), minimum)
        # A recorded decision may be another one than in the recorded run.
        return min(max(number, minimum), maximum)

    def record(self, faults: Mapping[int, Fault]) -> "Plan":
        """Return the plan that repeats the run of this one, in which these faults were injected."""
        return Plan(faults, self.seed, choices=dict(self.taken), steps=self.steps)

    @property
    def _is_random(self) -> bool:
        return self.seed is not None and self.choices is None

    def _decide(self, draw: Callable[[], float], default: float) -> float:
        self._decisions += 1
        choice = draw() if self._is_random else (self.choices or {}).get(self._decisions, default)
        if choice != default:
            self.taken[self._decisions] = choice
        return choice

    def __str__(self) -> str:
        faults = ",".join(f"{number}={fault.replace(' ', '-')}" for number, fault in self.at.items())
        if self.choices is not None:
            return f"recorded: {len(self.steps)} steps, {len(self.choices)} decisions, faults {faults or 'none'}"
        if not self.is_sequential:
            return f"seed={self.seed},rate={self.rate}"
        return faults or "none"

"""What goes wrong in a run, and when: written down so that a run that failed can be run again."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What may happen to one AWS call, or to what an invocation answers."""

    LOST = "lost"
    """The request never arrives, nor do the SDK's retries."""
    HICCUP = "hiccup"
    """The first try never arrives; the SDK's second one does."""
    UNHEARD = "unheard"
    """It is done, and then the line is dead: neither the answer nor a retry gets through."""
    TWICE = "twice"
    """It is done, the answer is lost, and the SDK does it again."""
    THROTTLED = "throttled"
    """The service is busy, and says so to every try."""
    CONFLICT = "conflict"
    """A transaction meets another one on the same item."""
    PARTIAL = "partial"
    """A batch comes back with nothing done and everything to be asked for again."""
    SLOW = "slow"
    """It takes four seconds."""
    KILLED = "killed before"
    """The invocation dies, and the request is never made."""
    KILLED_AFTER = "killed after"
    """The request is done, and the invocation dies before it hears of it."""
    LATE = "late"
    """The invocation dies; its request is under way, and is done when everything else is over."""
    STALLED = "stalled"
    """The invocation stands still until everything else is over, and then goes on: two workers on the same record."""
    GONE = "gone"
    """The socket has been closed without a word: 410."""
    DEAF = "deaf"
    """API Gateway takes the frame for a socket whose line is dead already."""
    REPEATED = "repeated"
    """The record, or the stream's batch, is done and is handed out again."""


_KILLS = (Fault.KILLED, Fault.STALLED, Fault.SLOW)
_READ = (Fault.LOST, Fault.HICCUP, Fault.THROTTLED, *_KILLS)
_WRITE = (*_READ, Fault.UNHEARD, Fault.TWICE, Fault.KILLED_AFTER, Fault.LATE)
_SOCKET = (*_WRITE, Fault.GONE, Fault.DEAF)

_OF_NAME: Mapping[str, Sequence[Fault]] = {
    "GetItem": _READ,
    "Query": _READ,
    "BatchGetItem": (*_READ, Fault.PARTIAL),
    "BatchWriteItem": (*_WRITE, Fault.PARTIAL),
    "TransactWriteItems": (*_WRITE, Fault.CONFLICT),
}

RETURN = "Return"
"""What ``Operation.name`` is for the end of an invocation."""

_RETURNS: Mapping[str, Sequence[Fault]] = {"rest": (Fault.UNHEARD,), "queue": (Fault.REPEATED,)}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a call asks for.

    Attributes
    ----------
    service
        ``dynamodb``, ``sqs``, ``sockets``; for the end of an invocation who waits for it: ``rest`` or ``queue``.
    name
        The API's name of it, or ``RETURN``.
    """

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service} {self.name}"

    def faults(self) -> Sequence[Fault]:
        """Return what may go wrong with it."""
        if self.name == RETURN:
            return _RETURNS.get(self.service, ())
        if self.service == "sockets":
            return _SOCKET
        return _OF_NAME.get(self.name, _WRITE)


MILD = frozenset({Fault.HICCUP, Fault.SLOW})
"""What alone changes nothing but the time; it happens in the runs by chance."""


@dataclass(slots=True)
class Plan:
    """Decides what goes wrong, and what happens next where several things may.

    Attributes
    ----------
    at
        Faults at calls, counted from 1 in the order in which the run makes them.
    seed
        Where chance begins; without one there is none, and one thing happens after the other.
    rate
        How likely a call is to fail by chance.
    """

    at: Mapping[int, Fault] = field(default_factory=dict)
    seed: int | None = None
    rate: float = 0.0
    _chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._chance.seed(self.seed or 0)

    @property
    def orderly(self) -> bool:
        """Whether nothing is left to chance."""
        return self.seed is None

    def fault(self, number: int, operation: Operation) -> Fault | None:
        """Say what goes wrong with a call."""
        if number in self.at:
            return self.at[number]
        possible = operation.faults()
        if possible and not self.orderly and self._chance.random() < self.rate:
            return self._chance.choice(possible)
        return None

    def choose[Move](self, moves: Sequence[Move]) -> Move:
        """Say which of several things happens next."""
        return moves[0] if self.orderly else self._chance.choice(moves)

    def happens(self, likelihood: float) -> bool:
        """Toss a coin; without chance it always falls on the same side."""
        return not self.orderly and self._chance.random() < likelihood

    def between(self, least: float, most: float) -> float:
        """Return a number from a range; without chance the least."""
        return least if self.orderly else self._chance.uniform(least, most)

    def __str__(self) -> str:
        if not self.orderly:
            return f"seed={self.seed},rate={self.rate}"
        return ",".join(f"{number}={fault.replace(' ', '-')}" for number, fault in self.at.items()) or "nothing"

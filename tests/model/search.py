"""Exhaustive search: every state that the model can reach, breadth first, so a counterexample is a shortest one."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from tests.model.protocol import Protocol, Step
from tests.model.state import OUTCOMES, State

type Ways = dict[State, tuple[State, str] | None]
"""States with the last step of a shortest way to each, and the state before it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found.

    Attributes
    ----------
    ways
        The states that were found.
    ends
        The number of those in which nothing more happens.
    broken
        The name of the first invariant or outcome that does not hold; None if all do.
    trace
        The steps to the state in which it does not hold.
    """

    ways: Mapping[State, tuple[State, str] | None]
    ends: int
    broken: str | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.broken is None:
            return f"{len(self.ways):,} states, {self.ends:,} ends"
        steps = (f"{number:3}. {step}" for number, step in enumerate(self.trace, start=1))
        return "\n".join([f"broken: {self.broken}", *steps])


def search(protocol: Protocol) -> Result:
    """Visit all states, or those before the first one in which an invariant or an outcome does not hold."""
    ways: Ways = {protocol.initial: None}
    waiting = deque([protocol.initial])
    ends = 0
    while waiting:
        state = waiting.popleft()
        steps: list[Step] = list(protocol.list_steps(state))
        ends += not steps
        broken = find_broken(protocol, state, is_end=not steps)
        if broken is not None:
            return Result(ways, ends, broken, build_trace(ways, state))
        for step, following in (*steps, *protocol.list_faults(state)):
            way = state, step
            # One look-up instead of two: most of the time is spent on the hashes of states.
            if ways.setdefault(following, way) is way:
                waiting.append(following)
    return Result(ways, ends)


def find_broken(protocol: Protocol, state: State, *, is_end: bool) -> str | None:
    """Return the name of an invariant, or in an end of an outcome, that does not hold; None if all do."""
    rules = {**protocol.invariants, **OUTCOMES} if is_end else protocol.invariants
    return next((name for name, holds in rules.items() if not holds(state)), None)


def build_trace(ways: Mapping[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    """Return the steps of a shortest way to a state."""
    steps: list[str] = []
    before = ways[state]
    while before is not None:
        steps.append(before[1])
        before = ways[before[0]]
    return tuple(reversed(steps))

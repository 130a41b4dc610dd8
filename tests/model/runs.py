"""A selection of the model's runs, in which as many kinds of steps as possible follow each other."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from tests.model.protocol import Protocol, Step
from tests.model.search import build_trace, search
from tests.model.state import State

type Run = tuple[Step, ...]


@cache
def select_runs(protocol: Protocol, limit: int) -> list[Run]:
    """Return at most ``limit`` runs that have as many pairs of kinds of successive steps as possible; always the same.

    Each run is the shortest way to a state, continued to an end.
    """
    ways = search(protocol).ways
    runs = {(*follow(protocol, build_trace(ways, state)), *_continue(protocol, state)) for state in ways}
    pairs = {run: list_pairs(run) for run in sorted(runs, key=lambda run: (len(run), [step for step, _ in run]))}
    selected: list[Run] = []
    covered: set[tuple[str, str]] = set()
    while len(selected) < limit:
        best = max(pairs, key=lambda run: len(pairs[run] - covered))
        if pairs[best] <= covered:
            break
        covered |= pairs[best]
        selected.append(best)
    return selected


def get_kind(step: str) -> str:
    """Return a step without its numbers."""
    return re.sub(r"\d", "", step)


def list_pairs(run: Run) -> set[tuple[str, str]]:
    """Return the pairs of kinds of successive steps of a run."""
    kinds = ["", *(get_kind(step) for step, _ in run)]
    return set(pairwise(kinds))


def follow(protocol: Protocol, names: tuple[str, ...]) -> Iterator[Step]:
    """Yield the steps of a trace with the states that follow them."""
    state = protocol.initial
    for name in names:
        following = dict([*protocol.list_faults(state), *protocol.list_steps(state)])
        state = following[name]
        yield name, state


def _continue(protocol: Protocol, state: State) -> Iterator[Step]:
    while step := next(iter(protocol.list_steps(state)), None):
        state = step[1]
        yield step

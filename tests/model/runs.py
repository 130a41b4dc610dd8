"""A selection of the model's runs, in which as many kinds of steps as possible follow each other."""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from tests.model.protocol import Protocol, Step
from tests.model.search import search
from tests.model.state import State

type Run = tuple[Step, ...]


@cache
def select_runs(protocol: Protocol, limit: int) -> list[Run]:
    """Return at most ``limit`` runs that have as many pairs of kinds of successive steps as possible; always the same.

    Each run is the shortest way to a state, continued to an end.
    """
    ways = search(protocol).ways
    runs = [(*_build_run(ways, state), *_continue(protocol, state)) for state in ways]
    by_steps = {tuple(step for step, _ in run): run for run in runs}
    pairs = {steps: list_pairs(steps) for steps in sorted(by_steps, key=lambda steps: (len(steps), steps))}
    selected: list[Run] = []
    covered: set[tuple[str, str]] = set()
    while len(selected) < limit:
        best = max(pairs, key=lambda steps: len(pairs[steps] - covered))
        if pairs[best] <= covered:
            break
        covered |= pairs[best]
        selected.append(by_steps[best])
    return selected


@cache
def get_kind(step: str) -> str:
    """Return a step without its numbers."""
    return re.sub(r"\d", "", step)


def list_pairs(steps: Sequence[str]) -> set[tuple[str, str]]:
    """Return the pairs of kinds of successive steps."""
    return set(pairwise(["", *map(get_kind, steps)]))


def follow(protocol: Protocol, trace: Sequence[str]) -> Iterator[Step]:
    """Yield the steps of a trace with the states that follow them, up to the first step that cannot happen."""
    state = protocol.initial
    for name in trace:
        following = dict([*protocol.list_faults(state), *protocol.list_steps(state)])
        if name not in following:
            return
        state = following[name]
        yield name, state


def approach(protocol: Protocol, unprotected: Protocol) -> Run:
    """Return a run that follows the counterexample of a protocol without some protection as far as possible.

    It goes on with what the protection makes of the next step, to an end.
    """
    run = tuple(follow(protocol, search(unprotected).trace))
    possible = {name for name, _ in unprotected.list_steps(run[-1][1])}
    instead = [step for step in protocol.list_steps(run[-1][1]) if step[0] not in possible]
    run = (*run, *instead[:1])
    return (*run, *_continue(protocol, run[-1][1]))


def _build_run(ways: Mapping[State, tuple[State, str] | None], state: State) -> Iterator[Step]:
    """Return the steps of a shortest way to a state, with the states that follow them."""
    steps: list[Step] = []
    while way := ways[state]:
        steps.append((way[1], state))
        state = way[0]
    return reversed(steps)


def _continue(protocol: Protocol, state: State) -> Iterator[Step]:
    while step := next(iter(protocol.list_steps(state)), None):
        state = step[1]
        yield step


def sample_runs(protocol: Protocol, number: int, seed: int) -> list[Run]:
    """Return random runs to an end; the same ones for the same seed."""
    choose = random.Random(seed).choice
    return [tuple(_walk(protocol, choose)) for _ in range(number)]


def _walk(protocol: Protocol, choose: Callable[[Sequence[Step]], Step]) -> Iterator[Step]:
    state = protocol.initial
    while steps := list(protocol.list_steps(state)):
        step = choose([*steps, *protocol.list_faults(state)])
        state = step[1]
        yield step

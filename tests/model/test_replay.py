"""Runs of the model, step by step with the real functions: the history and what each device shows are the same."""

from collections.abc import Iterator
from itertools import chain

import pytest

from conversations.engines.rules import RuleEngine
from tests.faults.plans import Plan
from tests.faults.simulation import FaultHarness, create_harness
from tests.model.configurations import REPLAYED
from tests.model.protocol import Protocol
from tests.model.replay import Replay
from tests.model.runs import Run, follow, get_kind, select_runs
from tests.model.search import search

RUNS = 6
"""Runs of each protocol: together about 500 steps."""


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultHarness]:
    with create_harness(tmp_path_factory.mktemp("histories")) as opened, pytest.MonkeyPatch.context() as patch:
        # The bot of the model may take long, so its turns begin with what they announce: docs/adr/0068.
        patch.setattr(RuleEngine, "may_wait", lambda *_: True)
        # It runs from the queue; the model of turns that run inline is not replayed.
        patch.setattr(RuleEngine, "is_pure", lambda *_: False)
        yield opened


@pytest.mark.parametrize("name", REPLAYED)
def test_functions_do_what_the_model_does(harness: FaultHarness, name: str) -> None:
    differences = [find_difference(harness, REPLAYED[name], run) for run in select_runs(REPLAYED[name], RUNS)]

    assert [difference for difference in differences if difference is not None] == []


def test_every_kind_of_step_is_replayed() -> None:
    replayed = {
        get_kind(step) for protocol in REPLAYED.values() for run in select_runs(protocol, RUNS) for step, _ in run
    }

    assert replayed == {kind for protocol in REPLAYED.values() for kind in list_kinds(protocol)}


def test_replay_notices_a_difference(harness: FaultHarness) -> None:
    """A model in which an overtaking turn does not step back answers in another order than the functions."""
    protocol = Protocol((0, 1), without=frozenset({"turn-order"}))
    counterexample = tuple(follow(protocol, search(protocol).trace))

    difference = find_difference(harness, protocol, counterexample)

    assert difference is not None
    assert counterexample[-1][0] == "worker 0 stores a1"


def find_difference(harness: FaultHarness, protocol: Protocol, run: Run) -> str | None:
    """Replay a run, and return its steps to the first difference with it; None if there is none."""
    with harness.run(Plan()) as simulation:
        replay, before = Replay(simulation, protocol), protocol.initial
        done: list[str] = []
        for step, after in run:
            done.append(f"{len(done) + 1}. {step}")
            try:
                replay.perform(step, before, after)
                difference = replay.find_difference(after)
            except AssertionError as error:
                difference = f"{step} is another step of the functions: {error}"
            if difference is not None:
                break
            before = after
        replay.end()
    return None if difference is None else "\n".join([*done, difference])


def list_kinds(protocol: Protocol) -> set[str]:
    steps = chain.from_iterable((*protocol.list_steps(s), *protocol.list_faults(s)) for s in search(protocol).ways)
    return {get_kind(step) for step, _ in steps}

"""Runs of the models, step by step with the real functions: what is stored, queued and shown is the same."""

from collections.abc import Iterator
from itertools import chain

import pytest

from conversations.engines.rules import RuleEngine
from tests.faults.plans import Plan
from tests.faults.simulation import FaultHarness, create_harness
from tests.model.configurations import PROTECTIONS, REPLAYED, SAMPLED, take_out
from tests.model.inline import InlineProtocol
from tests.model.inline_replay import InlineReplay
from tests.model.protocol import Protocol
from tests.model.replay import Replay
from tests.model.runs import Run, approach, follow, get_kind, sample_runs, select_runs
from tests.model.search import search

RUNS = 6
"""Selected runs of each protocol: together about 1,400 steps."""

SAMPLES, SEED = 8, 1
"""Random runs of each protocol: together about 1,500 steps."""

EFFECTS = {name for name, protocol in PROTECTIONS.items() if "effect" in protocol.does}
"""Protections of what a script does once, which is not replayed."""


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultHarness]:
    with create_harness(tmp_path_factory.mktemp("histories")) as opened:
        yield opened


@pytest.mark.parametrize("name", REPLAYED)
def test_functions_do_what_the_model_does(harness: FaultHarness, name: str) -> None:
    assert list_differences(harness, REPLAYED[name], select_runs(REPLAYED[name], RUNS)) == []


@pytest.mark.parametrize("name", SAMPLED)
def test_functions_do_what_the_model_does_in_any_order(harness: FaultHarness, name: str) -> None:
    assert list_differences(harness, SAMPLED[name], sample_runs(SAMPLED[name], SAMPLES, SEED)) == []


@pytest.mark.parametrize("name", sorted(PROTECTIONS.keys() - EFFECTS))
def test_functions_leave_the_way_to_a_counterexample(harness: FaultHarness, name: str) -> None:
    """They follow it to the step that the protection prevents."""
    assert list_differences(harness, PROTECTIONS[name], [approach_counterexample(name)]) == []


def test_every_kind_of_step_is_replayed() -> None:
    runs = [run for protocol in REPLAYED.values() for run in select_runs(protocol, RUNS)]
    runs += [approach_counterexample(name) for name in PROTECTIONS.keys() - EFFECTS]

    replayed = {get_kind(step) for run in runs for step, _ in run}
    assert replayed >= {kind for protocol in REPLAYED.values() for kind in list_kinds(protocol)}


def test_replay_notices_a_difference(harness: FaultHarness) -> None:
    """A model in which an overtaking turn does not step back answers in another order than the functions."""
    protocol = Protocol((0, 1), without=frozenset({"turn-order"}))
    counterexample = tuple(follow(protocol, search(protocol).trace))

    difference = find_difference(harness, protocol, counterexample)

    assert difference is not None
    assert counterexample[-1][0] == "worker 0 stores a1"


def approach_counterexample(name: str) -> Run:
    return approach(PROTECTIONS[name], take_out(name))


def list_differences(harness: FaultHarness, protocol: Protocol, runs: list[Run]) -> list[str]:
    differences = [find_difference(harness, protocol, run) for run in runs]
    return [difference for difference in differences if difference is not None]


def find_difference(harness: FaultHarness, protocol: Protocol, run: Run) -> str | None:
    """Replay a run, and return its steps to the first difference with it; None if there is none."""
    with harness.run(Plan()) as simulation, pytest.MonkeyPatch.context() as patch:
        is_inline = isinstance(protocol, InlineProtocol)
        # The bot of the first model may use services: it runs from the queue, and its turns begin with what they
        # announce (docs/adr/0068).
        patch.setattr(RuleEngine, "is_pure", lambda *_: is_inline)
        patch.setattr(RuleEngine, "may_wait", lambda *_: not is_inline)
        replay, before = (InlineReplay if is_inline else Replay)(simulation, protocol), protocol.initial
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

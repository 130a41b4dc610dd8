"""The promises of the contract's section 4, with AWS failing at every step. ``make faults`` is the long run."""

from collections.abc import Iterator

import pytest

from tests.faults.plans import Plan
from tests.faults.runs import every_single_fault, run
from tests.faults.scenarios import SCENARIOS
from tests.faults.simulation import Laboratory, laboratory

SEEDS = range(1, 3)


@pytest.fixture(scope="module")
def here() -> Iterator[Laboratory]:
    with laboratory() as opened:
        yield opened


@pytest.mark.parametrize("scenario", ["rest_sends", "socket_sends"])
def test_no_single_fault_at_any_call_breaks_a_promise(here: Laboratory, scenario: str) -> None:
    outcomes = [run(here, scenario, plan) for plan in every_single_fault(here, scenario)]

    assert len(outcomes) > 100
    assert [str(each) for each in outcomes if each.violations] == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_faults_by_chance_break_a_promise(here: Laboratory, scenario: str) -> None:
    outcomes = [run(here, scenario, Plan(seed=seed, rate=0.08)) for seed in SEEDS]

    assert [str(each) for each in outcomes if each.violations] == []
    assert any(each.faults for each in outcomes)


@pytest.mark.parametrize("scenario", ["two_devices", "claimed_while_answering"])
def test_a_run_can_be_repeated(here: Laboratory, scenario: str) -> None:
    one, other = (run(here, scenario, Plan(seed=7, rate=0.1)) for _ in range(2))

    assert one.faults == other.faults
    assert one.calls == other.calls

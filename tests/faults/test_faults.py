"""The promises of the contract's section 4 with faults in every AWS call; ``make faults`` is the long run."""

import pytest

from tests.faults.plans import Plan
from tests.faults.runs import list_single_fault_plans, run
from tests.faults.scenarios import SCENARIOS
from tests.faults.simulation import FaultHarness
from tests.faults.streaming_scenarios import STREAMING_SCENARIOS

SEEDS = range(1, 3)


@pytest.mark.parametrize("scenario", ["rest_sends", "socket_sends"])
def test_no_single_fault_breaks_a_promise(harness: FaultHarness, scenario: str) -> None:
    outcomes = [run(harness, scenario, plan) for plan in list_single_fault_plans(harness, scenario)]

    assert len(outcomes) > 100
    assert [str(outcome) for outcome in outcomes if outcome.violations] == []


@pytest.mark.parametrize(
    ("service", "scenario"),
    [
        ("sesv2", "mails_sent"),
        ("sns", "texts_sent"),
        ("s3", "files_written"),
        ("s3", "mails_received"),
        ("sockets", "device_watches"),
    ],
)
def test_no_single_fault_of_a_service_breaks_a_promise(harness: FaultHarness, service: str, scenario: str) -> None:
    calls = run(harness, scenario, Plan()).calls
    numbers = {number for number, (operation, _) in enumerate(calls, start=1) if operation.service == service}

    plans = [plan for plan in list_single_fault_plans(harness, scenario) if numbers.intersection(plan.at)]
    outcomes = [run(harness, scenario, plan) for plan in plans]

    assert len(outcomes) >= 20
    assert [str(outcome) for outcome in outcomes if outcome.violations] == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_random_faults_break_no_promise(harness: FaultHarness, scenario: str) -> None:
    outcomes = [run(harness, scenario, Plan(seed=seed, rate=0.08)) for seed in SEEDS]

    assert [str(outcome) for outcome in outcomes if outcome.violations] == []
    assert any(outcome.faults for outcome in outcomes)


@pytest.mark.parametrize("scenario", STREAMING_SCENARIOS)
def test_answers_are_streamed_stopped_and_follow_their_conversation(harness: FaultHarness, scenario: str) -> None:
    assert run(harness, scenario, Plan()).violations == []


@pytest.mark.parametrize("scenario", ["two_devices", "claimed_while_answering", "model_stop", "server_away"])
def test_run_is_deterministic(harness: FaultHarness, scenario: str) -> None:
    one, other = (run(harness, scenario, Plan(seed=7, rate=0.1)) for _ in range(2))

    assert one.faults == other.faults
    assert one.calls == other.calls

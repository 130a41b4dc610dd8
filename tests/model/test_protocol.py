"""The model: each of its protections is needed, and its runs end. ``python -m tests.model`` searches all states."""

import tomllib
from pathlib import Path

import pytest

from tests.model.configurations import CONFIGURATIONS, PROTECTIONS, UNMARKED, take_out
from tests.model.protocol import Protocol
from tests.model.search import search
from tests.model.state import OUTCOMES, State

SAFEGUARDS = Path(__file__).parents[1] / "safeguards" / "safeguards.toml"


@pytest.mark.parametrize("name", PROTECTIONS)
def test_model_has_a_counterexample_only_without_the_protection(name: str) -> None:
    protocol = PROTECTIONS[name]

    unprotected = search(take_out(name))

    assert search(protocol).broken is None
    assert unprotected.broken is not None
    assert unprotected.trace


def test_protections_are_safeguards_of_the_code() -> None:
    safeguards = tomllib.loads(SAFEGUARDS.read_text())

    assert {name for name in PROTECTIONS if name not in safeguards} == UNMARKED


def test_every_promise_is_broken_without_some_protection() -> None:
    broken = {search(take_out(name)).broken for name in PROTECTIONS}
    # No stored message ever changes its place, and devices show nothing else.
    never = {"3 order: every device shows what is stored, at its place"}

    promises = {name for protocol in PROTECTIONS.values() for name in protocol.invariants}
    assert broken | never == {*promises, *OUTCOMES}


def test_counterexample_is_the_shortest() -> None:
    result = search(take_out("send-idempotency-record"))

    assert str(result).splitlines() == [
        "broken: 2 nothing is doubled: no message, no answer, no effect",
        "  1. device 0 sends m0",
        "  2. m0 is stored",
        "  3. the send of m0 dies",
        "  4. device 0 sends m0 again",
        "  5. m0 is stored",
    ]


@pytest.mark.parametrize("name", PROTECTIONS)
def test_every_run_ends(name: str) -> None:
    """Only then the promises of the last state are kept by every run."""
    protocol = PROTECTIONS[name]
    following = {state: {after for _, after in _list_all(protocol, state)} for state in search(protocol).ways}
    before: dict[State, int] = dict.fromkeys(following, 0)
    for states in following.values():
        for state in states:
            before[state] += 1

    first = [protocol.initial]
    visited = 0
    while first:
        visited += 1
        for state in following[first.pop()]:
            before[state] -= 1
            if before[state] == 0:
                first.append(state)

    assert visited == len(following)


def test_configurations_cover_all_protections() -> None:
    """What a protection needs happens in a configuration that is searched completely."""
    for protocol in PROTECTIONS.values():
        assert any(protocol.does <= each.does and protocol.crashes <= each.crashes for each in CONFIGURATIONS.values())


def _list_all(protocol: Protocol, state: State) -> list[tuple[str, State]]:
    return [*protocol.list_steps(state), *protocol.list_faults(state)]

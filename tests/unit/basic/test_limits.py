"""The limits of a turn."""

import json

import pytest

from basic.machine.execution_state import MAX_STATE_BYTES
from basic.machine.outcome import Status
from tests.unit.basic.fake_host import Dialog, FakeHost

DOUBLING = 's = "0123456789abcdef"\nFOR i = 1 TO 13\ns = s + s\nNEXT\n'
"""128 KB of text."""


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("DO\nLOOP", "1:1: the turn takes more than 100,000 instructions"),
        ("ON ERROR RESUME NEXT\nDO\nLOOP", "2:1: the turn takes more than 100,000 instructions"),
        ("SUB s\ns()\nEND SUB\ns()", "2:1: calls are nested more than 100 deep"),
        (f"{DOUBLING}s = s + s + s", "5:11: a text is longer than 256 KB"),
        (f"{DOUBLING}a = [s, s]", "5:5: a value is larger than 256 KB"),
        (f"{DOUBLING}a = #{{a: s, b: s}}", "5:5: a value is larger than 256 KB"),
        (f"{DOUBLING}FOR i = 1 TO 8\nTALK s\nNEXT", "6:1: the turn sends more than 1,000,000 bytes"),
        (f"{DOUBLING}a = s + 1\nb = s\nHEAR x", "7:1: a value is larger than 256 KB"),
        ("a = []\nFOR i = 1 TO 40\na = [a]\nNEXT", "3:5: a value is nested more than 32 deep"),
        ("m" + ".m" * 40 + " = 1", "1:1: a value is nested more than 32 deep"),
        ("a = [1]\nFOR i = 1 TO 40\na = [a, a]\nNEXT", "3:5: a value is larger than 256 KB"),
        ("m = NEW OBJECT\nFOR i = 1 TO 40\nm.m = m\nNEXT", "3:1: a value is nested more than 32 deep"),
        (f'{DOUBLING}x = ""\nDO\nx = MAX(1, 2) + s\nLOOP', "7:15: the turn takes more than 100,000 instructions"),
        (f"{DOUBLING}a = []\nFOR i = 1 TO 3\na[UBOUND(a)] = s\nNEXT\nTALK a", "9:1: a value is larger than 256 KB"),
    ],
)  # fmt: skip
def test_turn_over_its_budget_is_stopped(script: str, fault: str) -> None:
    dialog = Dialog(script)

    assert dialog.status is Status.FAILED
    assert dialog.fault == f"start.bas:{fault}"
    assert len(json.dumps(dialog.outcome.state)) <= MAX_STATE_BYTES


def test_turn_over_its_time_limit_is_stopped() -> None:
    assert Dialog("DO\nLOOP", host=FakeHost(tick=1)).fault == "start.bas:1:1: the turn takes more than 60 seconds"
    slow = FakeHost(tick=20)
    assert "more than 60 seconds" in Dialog('FOR i = 1 TO 9\nREMEMBER "i", i\nNEXT', host=slow).fault
    assert slow.memory == {("user", "i"): 3}


def test_next_turn_has_a_budget_of_its_own() -> None:
    dialog = Dialog('FOR t = 1 TO 3\nFOR i = 1 TO 9000\nNEXT\nx = HEAR "?"\nNEXT\nTALK "done"')

    assert dialog.hear("1", "2", "3")[-1] == "done"


def test_too_large_state_is_replaced_by_the_previous_one() -> None:
    dialog = Dialog(f'kept = "yes"\nHEAR x\n{DOUBLING}t = s + 1\nHEAR y')

    dialog.hear("go")
    assert dialog.status is Status.FAILED
    assert dialog.fault == "start.bas:8:1: a value is larger than 256 KB"
    assert (dialog.variable("kept"), dialog.variable("s")) == ("yes", None)
    assert dialog.hear("still there?") == []


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ('ON ERROR RESUME NEXT\nTALK "12345"\nTALK "67890"\nTALK "1"', "4:1"),
        ('TALK "1234567890"\nHEAR x WITH "Well?"', "2:1"),
        ("BEGIN TALK\n1234567890\nEND TALK\nBEGIN TALK\n1\nEND TALK", "4:1"),
    ],
)
def test_message_over_the_capacity_of_the_host_is_a_fault_and_earlier_messages_are_sent(
    script: str, place: str
) -> None:
    dialog = Dialog(script, host=FakeHost(room=10))

    assert dialog.status is Status.FAILED
    assert dialog.fault == f"start.bas:{place}: the host has no more room"
    assert "".join(dialog.messages) == "1234567890"


def test_retry_message_counts_towards_the_capacity() -> None:
    dialog = Dialog("HEAR n AS INTEGER", host=FakeHost(room=3))
    dialog.hear("many")

    assert dialog.fault == "start.bas:1:1: the host has no more room"

"""``bench/steps.json``: the requests of a turn, which the simulation replays."""

import json

import pytest

from bench.steps import FRAME, PING, QUEUE, STEPS_FILE, TURN, format_steps, get_key, read_steps
from tools.bill import BOTS, MODEL, REQUESTS, get_turn, read_counts

OUTBOX_CHECK = 0.01
"""Invocations of a turn's share of the outbox checks, which are no step of it."""


# A model reads the history, which is longer in the later turns that the bill counts.
@pytest.mark.parametrize("bot", [bot for bot in BOTS if bot != MODEL])
def test_steps_of_a_turn_are_what_the_bill_has_counted(bot: str) -> None:
    turn, counted = read_steps()[get_key(bot, TURN)], get_turn(read_counts(), bot)
    calls = [call for invocation in turn for call in invocation.calls]

    assert len(turn) == pytest.approx(counted["invocation"], abs=2 * OUTBOX_CHECK)
    # The outbox checks read a unit less often than a message is sent, and queue three requests per hundred.
    assert sum(sum(call.writes.values()) for call in calls) == counted["write"]
    assert sum(sum(call.reads.values()) for call in calls) == pytest.approx(counted["read"], abs=1)
    assert len(calls) == pytest.approx(counted[REQUESTS], abs=0.5)
    # A frame of the user is counted too.
    assert sum(call.operation == FRAME for call in calls) + 1 == pytest.approx(counted["frame"], abs=0.2)


def test_ping_is_answered_with_a_frame_and_nothing_else() -> None:
    (ping,) = read_steps()[get_key("rules", PING)]

    assert [call.operation for call in ping.calls] == [FRAME]


def test_file_is_written_as_it_is_read() -> None:
    text = STEPS_FILE.read_text(encoding="utf-8")

    assert format_steps(read_steps()) == text
    assert {QUEUE, FRAME} <= {
        call["operation"] for steps in json.loads(text).values() for step in steps for call in step["calls"]
    }

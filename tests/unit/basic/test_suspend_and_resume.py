"""A dialog that is run_in_turns at every HEAR behaves like one that runs without a pause."""

import copy
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from random import Random
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from basic.host import HttpResponse
from basic.library import STANDARD
from basic.machine.execution_state import ExecutionState, Frame
from basic.machine.hear import answer_hear
from basic.machine.machine import OPERATIONS, Machine
from basic.machine.outcome import Event, QuickRepliesEvent, Status, StoredState, TalkEvent
from basic.machine.run import Run, TurnContext
from basic.program import Program
from basic.turn import TurnFacts
from basic.values import Value
from tests.unit.basic.fake_host import NOW, Dialog, FakeHost, compile_scripts
from tests.unit.basic.scripts import SLOW, bots

ANSWERS = st.lists(st.sampled_from(["yes", "no", "7", "two words", "", "1", "x", "Y"]), min_size=3, max_size=12)


STORED_FIELDS = ("variables", "suggestions", "instructions", "contexts", "prompt", "collections", "tools", "answered")
"""The fields of the state except running scripts."""


def facts() -> TurnFacts:
    """Return the same facts for each turn, so that the number of turns does not matter."""
    return TurnFacts(NOW, Random(1), "en")


def a_host() -> FakeHost:
    answered = HttpResponse(200, "OK", {"content-type": "application/json"}, '{"data": [1, 2]}')
    return FakeHost(answers={"https://x.test/": answered}, result=[{"n": 1}, {"n": 2}])


class Observation(NamedTuple):
    """What an observer sees of a dialog."""

    messages: list[str | float]
    status: Status | None
    stored_part: dict[str, Value]
    list_requests: list[object]
    logged: list[str]
    memory: dict[tuple[str, str], Value]


def format_events(events: Iterable[Event]) -> list[str | float]:
    """Return the messages and the delays."""
    return [
        event.text if isinstance(event, TalkEvent) else event.seconds
        for event in events
        if not isinstance(event, QuickRepliesEvent)
    ]


def stored_part(state: StoredState) -> dict[str, Value]:
    loaded = json.loads(json.dumps(state))
    return {name: loaded[name] for name in STORED_FIELDS}


def list_requests(host: FakeHost) -> list[object]:
    return [request for _, request in (*host.requests, *host.tables)]


def run_without_suspension(program: Program, answers: list[str]) -> Observation:
    """Run without suspension: a HEAR receives its answer immediately, and nothing is stored."""
    left = list(answers)

    def hear(run: Run, operands: Any, second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
        OPERATIONS["hear"](run, operands, second)
        while (pending := run.state.pending) is not None and left:
            run.status = None
            run.facts = replace(facts(), error=run.state.error)
            answer_hear(run, pending, left.pop(0))

    host = a_host()
    run = Run(program, STANDARD, ExecutionState(program.id), TurnContext("turn", facts(), host))
    run.enter(Frame("start"))
    run.execute({**OPERATIONS, "hear": hear})
    state = {name: value for name, value in asdict(run.state).items() if name in STORED_FIELDS}
    return Observation(
        format_events(run.events), run.status, stored_part(state), list_requests(host), host.logged, host.memory
    )


def run_in_turns(program: Program, answers: list[str]) -> Observation:
    """Run in turns: the state is serialized between messages, and every turn runs twice."""
    machine = Machine(program)
    host = a_host()
    outcome = machine.start("start", TurnContext("turn-0", facts(), host))
    messages = format_events(outcome.events)
    for number, text in enumerate(answers, start=1):
        if outcome.status is not Status.WAITING:
            break
        stored = json.dumps(outcome.state)
        state: StoredState = json.loads(stored)
        tries = [copy.deepcopy(host) for _ in range(2)]
        outcome, again = (
            machine.run(item, text, TurnContext(f"turn-{number}", facts(), outside))
            for item, outside in zip((state, json.loads(stored)), tries, strict=True)
        )
        assert outcome == again
        assert tries[0] == tries[1]
        assert state == json.loads(stored), "a turn must not change the state it starts from"
        host = tries[0]
        messages += format_events(outcome.events)
    return Observation(
        messages, outcome.status, stored_part(outcome.state), list_requests(host), host.logged, host.memory
    )


@SLOW
@given(bots(), ANSWERS)
def test_suspended_dialog_equals_one_that_runs_without_a_pause(scripts: tuple[str, str], answers: list[str]) -> None:
    program = compile_scripts(*scripts)

    without_suspension = run_without_suspension(program, answers)
    in_turns = run_in_turns(program, answers)

    assert in_turns == without_suspension


def test_statements_before_a_hear_run_once() -> None:
    dialog = Dialog('PRINT "once"\nFOR i = 1 TO 2\nPRINT "round " + i\nx = HEAR "?"\nNEXT\nTALK "end"')

    assert dialog.hear("a", "b") == ["?", "?", "end"]
    assert dialog.host.logged == ["once", "round 1", "round 2"]


def test_hear_in_an_expression_preserves_operands() -> None:
    dialog = Dialog('FUNCTION f(n)\nPRINT n\nRETURN n\nEND FUNCTION\nTALK f(1) + "-" + (HEAR "?") + "-" + f(2)')

    assert dialog.hear("x") == ["?", "1-x-2"]
    assert dialog.host.logged == ["1", "2"]


def test_hear_waits_inside_nested_blocks_and_calls() -> None:
    dialog = Dialog(
        """
        SUB ask(question)
          SWITCH question
          CASE "colour"
            DO
              answer = HEAR question
              IF answer <> "" THEN EXIT DO
            LOOP
            TALK question + ": " + answer
          END SWITCH
        END SUB
        FOR EACH q IN ["size", "colour"]
          IF q = "colour" THEN
            CALL ask(q)
          END IF
        NEXT
        x = CALL "second"
        TALK "second said " + x
        """,
        'HEAR y AS "Tea", "Coffee"\nRETURN y',
    )

    assert dialog.hear("", "red", "2") == ["colour", "colour", "colour: red", "second said Coffee"]
    assert dialog.status is Status.ENDED

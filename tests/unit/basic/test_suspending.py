"""A dialog that is put away at every HEAR says what one says that never stopped."""

import json
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basic.library import STANDARD
from basic.machine.hearing import answer
from basic.machine.machine import OPERATIONS, Machine
from basic.machine.outcome import Outcome, State, Status, Talk
from basic.machine.run import Run, Turn
from basic.machine.session import Frame, Session
from basic.program import Program
from basic.turn import TurnFacts
from basic.values import Value
from tests.unit.basic.scripts import bots
from tests.unit.basic.world import NOW, Dialog, World, program_of

ANSWERS = st.lists(st.sampled_from(["yes", "no", "7", "two words", "", "1", "x", "Y"]), min_size=3, max_size=12)


def a_turn(number: int) -> Turn:
    return Turn(f"turn-{number}", TurnFacts(NOW, Random(1), "en"), World())


def straight_through(program: Program, answers: list[str]) -> tuple[list[str], Status | None, Any]:
    """Run as one piece: a HEAR takes its answer on the spot, and nothing is ever saved."""
    left = list(answers)

    def hear(run: Run, operands: Any, second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
        OPERATIONS["hear"](run, operands, second)
        while (pending := run.session.pending) is not None and left:
            run.status = None
            answer(run, pending, left.pop(0))

    run = Run(program, STANDARD, Session(program.id), a_turn(0))
    run.enter(Frame("start"))
    run.go({**OPERATIONS, "hear": hear})
    return [event.text for event in run.events if isinstance(event, Talk)], run.status, run.session.variables


def suspended(program: Program, answers: list[str]) -> tuple[list[str], Status, Value, int]:
    """Run in turns: what lies between two messages is text, and every turn is tried twice."""
    machine = Machine(program)
    said: list[str] = []

    def keep(outcome: Outcome) -> tuple[str, Status]:
        said.extend(event.text for event in outcome.events if isinstance(event, Talk))
        return json.dumps(outcome.state), outcome.status

    stored, status = keep(machine.start("start", a_turn(0)))
    turns = 0
    while status is Status.WAITING and turns < len(answers):
        state: State = json.loads(stored)
        turn = turns + 1
        tried = machine.run(state, answers[turns], a_turn(turn))
        again = machine.run(json.loads(stored), answers[turns], a_turn(turn))
        assert tried == again
        assert state == json.loads(stored), "a turn must not change the state it starts from"
        stored, status = keep(tried)
        turns = turn
    return said, status, json.loads(stored)["variables"], turns


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(bots(), ANSWERS)
def test_a_dialog_put_away_at_every_hear_says_the_same(scripts: tuple[str, str], answers: list[str]) -> None:
    program = program_of(*scripts)

    said, status, variables = straight_through(program, answers)
    said_in_turns, status_in_turns, variables_in_turns, _ = suspended(program, answers)

    assert said_in_turns == said
    assert status_in_turns is status
    if status is not Status.FAILED:
        assert variables_in_turns == json.loads(json.dumps(variables))


def test_nothing_before_a_hear_runs_again() -> None:
    dialog = Dialog('PRINT "once"\nFOR i = 1 TO 2\nPRINT "round " + i\nx = HEAR "?"\nNEXT\nTALK "end"')

    assert dialog.hear("a", "b") == ["?", "?", "end"]
    assert dialog.world.logged == ["once", "round 1", "round 2"]


def test_a_hear_in_an_expression_keeps_what_was_worked_out_before_it() -> None:
    dialog = Dialog('FUNCTION f(n)\nPRINT n\nRETURN n\nEND FUNCTION\nTALK f(1) + "-" + (HEAR "?") + "-" + f(2)')

    assert dialog.hear("x") == ["?", "1-x-2"]
    assert dialog.world.logged == ["1", "2"]


def test_a_hear_waits_inside_everything_at_once() -> None:
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

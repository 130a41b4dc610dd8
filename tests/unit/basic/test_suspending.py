"""A dialog that is put away at every HEAR says what one says that never stopped."""

import copy
import json
from collections.abc import Iterable
from dataclasses import asdict
from random import Random
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from basic.host import HttpResponse
from basic.library import STANDARD
from basic.machine.hearing import answer
from basic.machine.machine import OPERATIONS, Machine
from basic.machine.outcome import Event, Offer, State, Status, Talk
from basic.machine.run import Run, Turn
from basic.machine.session import Frame, Session
from basic.program import Program
from basic.turn import TurnFacts
from basic.values import Value
from tests.unit.basic.scripts import SLOW, bots
from tests.unit.basic.world import NOW, Dialog, World, compile_program

ANSWERS = st.lists(st.sampled_from(["yes", "no", "7", "two words", "", "1", "x", "Y"]), min_size=3, max_size=12)


KEPT = ("variables", "suggestions", "instructions", "contexts", "prompt", "collections", "tools", "answered")
"""What a state holds besides what runs."""


def facts() -> TurnFacts:
    """Return the same for each turn, so that it makes no difference how many there are."""
    return TurnFacts(NOW, Random(1), "en")


def a_world() -> World:
    answered = HttpResponse(200, "OK", {"content-type": "application/json"}, '{"data": [1, 2]}')
    return World(answers={"https://x.test/": answered}, found=[{"n": 1}, {"n": 2}])


class Told(NamedTuple):
    """What somebody outside sees of a dialog."""

    said: list[str | float]
    status: Status | None
    kept: dict[str, Value]
    asked: list[object]
    logged: list[str]
    memory: dict[tuple[str, str], Value]


def told(events: Iterable[Event]) -> list[str | float]:
    """Return the messages and the pauses."""
    return [
        event.text if isinstance(event, Talk) else event.seconds for event in events if not isinstance(event, Offer)
    ]


def kept(state: State) -> dict[str, Value]:
    loaded = json.loads(json.dumps(state))
    return {name: loaded[name] for name in KEPT}


def asked(world: World) -> list[object]:
    return [request for _, request in (*world.requests, *world.tables)]


def straight_through(program: Program, answers: list[str]) -> Told:
    """Run as one piece: a HEAR takes its answer on the spot, and nothing is ever saved."""
    left = list(answers)

    def hear(run: Run, operands: Any, second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
        OPERATIONS["hear"](run, operands, second)
        while (pending := run.session.pending) is not None and left:
            run.status = None
            run.facts = facts()
            answer(run, pending, left.pop(0))

    world = a_world()
    run = Run(program, STANDARD, Session(program.id), Turn("turn", facts(), world))
    run.enter(Frame("start"))
    run.go({**OPERATIONS, "hear": hear})
    state = {name: value for name, value in asdict(run.session).items() if name in KEPT}
    return Told(told(run.events), run.status, kept(state), asked(world), world.logged, world.memory)


def suspended(program: Program, answers: list[str]) -> Told:
    """Run in turns: what lies between two messages is text, and every turn is tried twice."""
    machine = Machine(program)
    world = a_world()
    outcome = machine.start("start", Turn("turn-0", facts(), world))
    said = told(outcome.events)
    for number, text in enumerate(answers, start=1):
        if outcome.status is not Status.WAITING:
            break
        stored = json.dumps(outcome.state)
        state: State = json.loads(stored)
        tries = [copy.deepcopy(world) for _ in range(2)]
        outcome, again = (
            machine.run(each, text, Turn(f"turn-{number}", facts(), outside))
            for each, outside in zip((state, json.loads(stored)), tries, strict=True)
        )
        assert outcome == again
        assert tries[0] == tries[1]
        assert state == json.loads(stored), "a turn must not change the state it starts from"
        world = tries[0]
        said += told(outcome.events)
    return Told(said, outcome.status, kept(outcome.state), asked(world), world.logged, world.memory)


@SLOW
@given(bots(), ANSWERS)
def test_a_dialog_put_away_at_every_hear_says_the_same(scripts: tuple[str, str], answers: list[str]) -> None:
    program = compile_program(*scripts)

    in_one_piece = straight_through(program, answers)
    in_turns = suspended(program, answers)

    assert in_turns == in_one_piece


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

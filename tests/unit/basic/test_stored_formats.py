"""Stored programs and dialog states: what an earlier release stored is compiled to the same, and continues."""

import json
from pathlib import Path

from basic.machine.machine import Machine
from basic.machine.outcome import Status, TalkEvent
from basic.package import build
from basic.program import dump_program, load_program
from tests.unit.basic.fake_host import Dialog

STORED = Path(__file__).parent / "stored_formats"
SOURCE, PROGRAM, STATE = (
    (STORED / name).read_text(encoding="utf-8") for name in ("start.bas", "program.json", "state.json")
)


def test_bytecode_and_json_keys_are_unchanged() -> None:
    program = build({"start.bas": SOURCE}).program

    assert program is not None
    assert json.loads(dump_program(program)) == json.loads(PROGRAM)


def test_stored_program_is_equal_after_deserialization() -> None:
    assert dump_program(load_program(PROGRAM)) == PROGRAM.strip()


def test_first_turn_stores_the_same_state() -> None:
    dialog = Dialog(SOURCE)

    assert dialog.outcome.state == json.loads(STATE)


def test_stored_state_continues_with_the_stored_program() -> None:
    machine, turn = Machine(load_program(PROGRAM)), Dialog("TALK 1").turn

    first = machine.run(json.loads(STATE), "2026-01-31", turn())
    second = machine.run(first.state, "2026-02-01", turn())

    assert [event.text for event in first.events if isinstance(event, TalkEvent)] == ["Day 2?"]
    assert [event.text for event in second.events if isinstance(event, TalkEvent)] == ["4"]
    assert second.status is Status.ENDED

"""A bot in the style of the founding document's example: it asks for the role, and everything else follows from it."""

import json

import pytest

from basic.machine.machine import Machine
from basic.machine.outcome import Status, Suggestion, Talk
from tests.unit.basic.world import Dialog, World, compile_program

OFFICE = """
' The first thing people meet.
role = GET role
IF role = "" THEN
    role = HEAR "What is your role?"
    SET role, role
END IF

SWITCH role
    CASE "manager", "boss"
        SET CONTEXT "You are an executive assistant."
        USE KB "reports"
        USE TOOL "second"
        ADD SUGGESTION "Revenue of this month"
        ADD SUGGESTION "meetings" AS "Plan a meeting"
    CASE "developer"
        SET CONTEXT "You are a senior developer."
        USE KB "code"
        ADD SUGGESTION "Review my change"
    DEFAULT
        SET CONTEXT "You are a helpful assistant."
        ADD SUGGESTION "Help"
END SWITCH

BEGIN TALK
    Welcome, ${role}!
    What can I do for you?
END TALK
"""
PLAN = """
DESCRIPTION "Plans a meeting."
PARAM day AS DATE LIKE "2026-12-01" DESCRIPTION "When?"
SAVE "meetings", #{day: day, by: role}
RETURN "Planned for " + FORMAT day AS "dd/MM/yyyy"
"""


@pytest.mark.parametrize(
    ("role", "collections", "tools", "labels"),
    [
        ("manager", ["reports"], ["second"], ["Revenue of this month", "Plan a meeting"]),
        ("developer", ["code"], [], ["Review my change"]),
        ("Manager", [], [], ["Help"]),
    ],
)
def test_everything_follows_from_the_role(
    role: str, collections: list[str], tools: list[str], labels: list[str]
) -> None:
    dialog = Dialog(OFFICE, PLAN, world=World(collections=("reports", "code")))
    assert dialog.events() == (Talk("What is your role?"),)

    # Another process, much later: nothing but text is left of the dialog.
    stored = json.dumps(dialog.outcome.state)
    machine = Machine(compile_program(OFFICE, PLAN))
    outcome = machine.run(json.loads(stored), role, dialog.turn())

    *_, last = outcome.events
    assert isinstance(last, Talk)
    assert [event.text for event in outcome.events if isinstance(event, Talk)] == [
        f"Welcome, {role}!",
        "What can I do for you?",
    ]
    assert [suggestion.label for suggestion in last.suggestions] == labels
    assert (outcome.state["collections"], outcome.state["tools"]) == (collections, tools)
    assert outcome.status is Status.ENDED


def test_who_has_said_it_is_not_asked_again() -> None:
    dialog = Dialog(OFFICE, PLAN, values={"role": "guest"})

    assert dialog.events() == (
        Talk("Welcome, guest!"),
        Talk("What can I do for you?", (Suggestion("Help", "text", "Help"),)),
    )


def test_its_tool_runs_in_the_same_session_and_answers() -> None:
    dialog = Dialog(OFFICE, PLAN, values={"role": "guest"})

    outcome = dialog.machine.start("second", dialog.turn(), dialog.outcome.state, {"day": "2026-12-01"})

    assert outcome.result == "Planned for 01/12/2026"
    ((_, request),) = dialog.world.tables
    assert request.row == {"day": "2026-12-01", "by": "guest"}

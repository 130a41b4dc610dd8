"""A bot whose dialog depends on the user's role."""

import json

import pytest

from basic.machine.machine import Machine
from basic.machine.outcome import QuickReply, Status, TalkEvent
from tests.unit.basic.fake_host import Dialog, FakeHost, compile_scripts

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
def test_dialog_depends_on_the_role(role: str, collections: list[str], tools: list[str], labels: list[str]) -> None:
    dialog = Dialog(OFFICE, PLAN, host=FakeHost(collections=("reports", "code")))
    assert dialog.events() == (TalkEvent("What is your role?"),)

    # Another process resumes from the serialized state.
    stored = json.dumps(dialog.outcome.state)
    machine = Machine(compile_scripts(OFFICE, PLAN))
    outcome = machine.run(json.loads(stored), role, dialog.turn())

    *_, last = outcome.events
    assert isinstance(last, TalkEvent)
    assert [event.text for event in outcome.events if isinstance(event, TalkEvent)] == [
        f"Welcome, {role}!\nWhat can I do for you?",
    ]
    assert [suggestion.label for suggestion in last.quick_replies] == labels
    assert (outcome.state["collections"], outcome.state["tools"]) == (collections, tools)
    assert outcome.status is Status.ENDED


def test_known_role_is_not_asked_again() -> None:
    dialog = Dialog(OFFICE, PLAN, values={"role": "guest"})

    assert dialog.events() == (
        TalkEvent("Welcome, guest!\nWhat can I do for you?", (QuickReply("Help", "text", "Help"),)),
    )


def test_tool_runs_in_the_same_dialog_and_returns_an_answer() -> None:
    dialog = Dialog(OFFICE, PLAN, values={"role": "guest"})

    outcome = dialog.machine.start("second", dialog.turn(), dialog.outcome.state, {"day": "2026-12-01"})

    assert outcome.result == "Planned for 01/12/2026"
    ((_, request),) = dialog.host.tables
    assert request.row == {"day": "2026-12-01", "by": "guest"}

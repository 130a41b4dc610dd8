"""CREATE TASK and CREATE DRAFT: the rows that a host is asked to store."""

import pytest

from basic.host import EffectKey
from tests.unit.basic.fake_host import Dialog

CREATED = {"created_at": "2026-11-22 12:00:00"}


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ('CREATE TASK "Call"', {"title": "Call", "assignee": None, "due": None, "project": None}),
        (
            'CREATE_TASK " Call ", "bia", "2026-12-01", 7',
            {"title": "Call", "assignee": "bia", "due": "2026-12-01", "project": 7},
        ),
        ('x = CREATE TASK("Call", "bia")', {"title": "Call", "assignee": "bia", "due": None, "project": None}),
    ],
)
def test_task_is_a_row_of_tasks(statement: str, row: dict[str, object]) -> None:
    dialog = Dialog(statement)

    assert dialog.outcome.fault is None, dialog.fault
    assert dialog.host.created == [(EffectKey("turn-1", 1), "tasks", {**row, "status": "open", **CREATED})]


def test_draft_is_a_row_of_drafts() -> None:
    dialog = Dialog('x = CREATE DRAFT "ada@example.com, bia@example.com", "", "Hello\nAda", []\nTALK x')

    assert dialog.messages == ["row-1"]
    assert [(table, row) for _, table, row in dialog.host.created] == [
        (
            "drafts",
            {
                "to": ["ada@example.com", "bia@example.com"],
                "subject": "Hello",
                "text": "Hello\nAda",
                "status": "draft",
                **CREATED,
            },
        )
    ]
    assert dialog.host.mails == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ('CREATE TASK "  "', "the title is empty"),
        ('CREATE DRAFT "ada", "A", "B"', "recipient 1 of the mail is not a mail address"),
    ],
)
def test_invalid_rows_are_refused(statement: str, message: str) -> None:
    dialog = Dialog(statement)

    assert dialog.fault.endswith(message)
    assert dialog.host.created == []

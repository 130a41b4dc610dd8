"""Tasks and drafts that scripts create: once, with the user as their owner."""

from typing import Any

import pytest

from basic.filters.filter import MATCH_ALL
from tests.builders import a_visitor
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.scripts import ADA, ScriptWorld

SCRIPT = """
HEAR what
id = CREATE TASK what, "bia"
CREATE DRAFT "ada@example.com", "Task", what
SEND MAIL "bia@example.com", "Task", what
UPDATE "tasks", "id=${id}", #{status: "sent"}
TALK UBOUND(FIND "tasks") + " task"
"""


class Office(CrashingScriptWorld):
    """An office that creates a task and a draft, and sends a mail, in one turn."""

    def __init__(self) -> None:
        super().__init__(SCRIPT)
        self.send_message("Call")

    def rows(self, table: str) -> list[dict[str, Any]]:
        return list(self.tables.find(table, MATCH_ALL))


STEPS = Office().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_leaves_one_task_one_draft_and_at_most_one_mail(step: int, *, after: bool) -> None:
    office = Office()
    office.run_until(step, after=after)
    office.run_until(0, after=False)

    (task,), (draft,) = office.rows("tasks"), office.rows("drafts")
    assert (task["title"], task["assignee"]) == ("Call", "bia")
    assert (draft["to"], draft["subject"], draft["text"]) == (["ada@example.com"], "Task", "Call")
    assert len(office.mail.sent) <= 1
    assert {key.table for key in office.owned_rows.owners[ADA.owner]} == {"tasks", "drafts"}
    if office.mail.sent and office.get_bot_messages(office.conversation) == ["1 task"]:
        assert task["status"] == "sent"


def test_rows_of_a_visitor_belong_to_the_bot() -> None:
    world = ScriptWorld('CREATE TASK "Call"\nTALK UBOUND(FIND "tasks")')

    assert world.chat(owner=a_visitor()) == ["1"]
    assert world.owned_rows.owners == {}


def test_table_of_the_package_says_what_a_task_may_have() -> None:
    world = ScriptWorld('CREATE TASK "Call"\nTALK "Done"', {"tables": "TABLE tasks\nFIELD name AS STRING\nEND TABLE"})

    assert world.chat() == ["Sorry, something went wrong on my side."]
    assert world.tables.find("tasks", MATCH_ALL) == []

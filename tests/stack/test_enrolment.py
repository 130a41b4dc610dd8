"""The enrolment bot on a running stack, which is restarted in the middle of the form."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import choices, randrange
from string import ascii_lowercase
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conversations.adapters.dynamodb.automation_store import DynamoDBAutomationStore
from conversations.domain.automations import RunStatus, ScheduledJob
from tests.bots import shipped_bundle
from tests.documents import read_pdf
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import TIMEOUT_SECONDS, Connection
from tests.stack.mailbox import list_mails, wait_for_mails
from tests.stack.test_drive import list_files
from tests.stack.test_faults import restart_stack
from tests.stack.test_shop import ask
from tests.stack.test_uploads import PNG, upload_on_socket

BOT = "enrolment"
WEEKDAYS = {"Pottery": 0, "Bookbinding": 2, "Watercolours": 5}


def choose_course() -> tuple[str, datetime]:
    """Return the course that begins last, and when: in four days or more, so the stack itself reminds no one yet."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days, course = max(((weekday - today.weekday() - 1) % 7 + 1, course) for course, weekday in WEEKDAYS.items())
    return course, today + timedelta(days=days)


def begin_form(connection: Connection, student: str) -> None:
    """Answer the first questions of the form."""
    assert "Pottery" in connection.receive_answer()["content"]
    assert ask(connection, "Enrol in a course") == "What is your name?"
    assert ask(connection, student) == "When were you born?"
    assert ask(connection, "3 May 1990") == "To which mail address shall we send the confirmation?"
    assert ask(connection, f"{student}@example.com") == "Which course would you like to take?"


def end_form(connection: Connection, course: str) -> tuple[dict[str, Any], str]:
    """Answer the others with a document; return the message with the confirmation, and the last one."""
    assert ask(connection, course).startswith("Would you like to add a document")
    assert ask(connection, "yes") == "Please attach it."
    document = upload_on_socket(connection, PNG, name="certificate.png", content_type="image/png")
    connection.send_message("certificate.png", attachments=[{"file_id": document["file_id"]}])
    return connection.receive_answer(), str(connection.receive_answer()["content"])


def list_tasks(api: httpx.Client) -> list[dict[str, Any]]:
    """Return the tasks in the export, which are on its last pages."""
    page: dict[str, Any] = {"next_cursor": None}
    tasks: list[dict[str, Any]] = []
    while "next_cursor" in page:
        page = api.get("/me/export", params={"cursor": page["next_cursor"]} if page["next_cursor"] else {}).json()
        tasks += [row["row"] for row in page.get("rows", [])]
    return tasks


def run_reminders(stack: Stack, aws: Callable[[str], Any], due: datetime) -> None:
    """Queue a due time of the reminders twice, as EventBridge Scheduler may do, and wait until its script has run."""
    ((schedule, script),) = shipped_bundle(BOT).program.list_schedules()
    job = ScheduledJob(bot_id=BOT, script=script, schedule=schedule, due=due, max_late_seconds=3600)
    for _ in range(2):
        aws("sqs").send_message(
            QueueUrl=stack["outputs"]["AutomationsQueueUrl"],
            MessageBody=job.model_dump_json(),
            MessageGroupId=BOT,
            MessageDeduplicationId=str(uuid4()),
        )
    store = DynamoDBAutomationStore(aws("dynamodb"), stack["outputs"]["BotDataTableName"])
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        (*runs,) = [run for run in store.list_runs(BOT, 100) if run.due == due]
        if runs and runs[0].ended_at is not None:
            assert [(run.status, run.fault) for run in runs] == [(RunStatus.DONE, "")]
            return
        time.sleep(0.5)
    pytest.fail("the script was not run")


def test_enrolment_is_confirmed_mailed_and_reminded_of_once_although_the_stack_restarts(
    stack: Stack, aws: Callable[[str], Any], api: httpx.Client, connect: OpenConnection, token: str
) -> None:
    if "pids" not in stack:
        pytest.skip("a stack on AWS sends mail to real addresses")
    course, begins = choose_course()
    student = "".join(choices(ascii_lowercase, k=20))
    with connect(token=token, query=f"?bot_id={BOT}") as (connection, connected):
        begin_form(connection, student)

    restart_stack(stack)

    with connect(token=token, query=f"?session_id={connected['session_id']}") as (connection, _):
        confirmation, last = end_form(connection, course)
    assert last.startswith(f"You are enrolled in {course}, which begins on {begins:%A, %-d %B %Y}.")
    number = last.removesuffix(".").rpartition(" ")[2]

    (file,) = confirmation["attachments"]
    assert (file["name"], file["content_type"]) == (f"{number}.pdf", "application/pdf")
    pdf = httpx.get(file["url"], follow_redirects=True).content
    (page,) = read_pdf(pdf)
    for text in (f"Confirmation of enrolment {number}", student.title(), "born on 3 May 1990", "received"):
        assert text in page

    (mail,) = wait_for_mails(stack, student)
    assert mail.attachments == {f"{number}.pdf": pdf}
    assert sorted(list_files(api)) == [f"{number}.pdf", "certificate.png"]
    (task,) = list_tasks(api)
    assert (task["title"], task["assignee"], task["due"]) == (
        f"Prepare a place for {student.title()} in {course}",
        "office@example.com",
        begins.date().isoformat(),
    )

    # On the day before one run reminds, and no other; two days before none does. A due time runs once, so each is new.
    morning = begins - timedelta(hours=15, seconds=randrange(3600))
    for due, count in ((morning - timedelta(days=1), 0), (morning, 1), (morning + timedelta(hours=1), 1)):
        run_reminders(stack, aws, due)
        assert [f"{course} begins tomorrow" in each.text for each in list_mails(stack, student)].count(True) == count

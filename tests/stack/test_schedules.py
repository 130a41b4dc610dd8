"""Bots with scripts on schedules, written and computed, and for the rows that they write, on a running stack."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_faults import restart_stack
from tests.stack.test_mail import read_mailbox
from tests.stack.test_script_bots import receive_contents
from tools.__main__ import main

TIMEOUT_SECONDS = 240
"""MiniStack looks every ten seconds which schedules are due; a busy machine takes longer to run them."""

START = """
DO
    TALK UBOUND(FIND "copies") + " copies of " + UBOUND(FIND "reports") + " reports"
    HEAR more
LOOP
"""
REPORT = """
SET SCHEDULE "{first:%Y-%m-%d %H:%M}"
SET SCHEDULE "{second:%Y-%m-%d %H:%M}"
SET SCHEDULE "{daily:%M %H} * * *"
SEND MAIL "ada@example.com", "Report of {bot_id}", "At " + FORMAT(NOW(), "HH:mm") + "."
SAVE "reports", #{{at: NOW()}}
"""
COPY = """
ON INSERT OF "reports"
SEND MAIL "ada@example.com", "Copy for {bot_id}", operation
SAVE "copies", #{{of: row.id}}
"""


@dataclass(frozen=True, slots=True)
class Reports:
    """A bot whose report is due at two times, and every day at one that is hours away; the token of its user."""

    bot_id: str
    token: str
    first: datetime
    second: datetime


@pytest.fixture
def reports(stack: Stack, token: str, tmp_path: Path) -> Reports:
    """The bot, published."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS sends mail to real addresses")
    # The next minute that is at least half a minute away.
    first = (datetime.now(UTC) + timedelta(seconds=90)).replace(second=0, microsecond=0)
    reports = Reports(f"reports-{uuid4().hex[:12]}", token, first, first + timedelta(minutes=2))
    publish(tmp_path, stack, reports.bot_id, reports.first, reports.second)
    return reports


def publish(folder: Path, stack: Stack, bot_id: str, first: datetime, second: datetime) -> None:
    scripts = folder / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    daily = first - timedelta(hours=2)
    report = REPORT.format(bot_id=bot_id, first=first, second=second, daily=daily)
    (scripts / "start.bas").write_text(START, encoding="utf-8")
    (scripts / "report.bas").write_text(report, encoding="utf-8")
    (scripts / "copy.bas").write_text(COPY.format(bot_id=bot_id), encoding="utf-8")
    publish_package(scripts.parent, stack)


def wait_for_mails(stack: Stack, *subjects: str) -> str:
    """Return the mailbox when it has these mails."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not all(subject in (page := read_mailbox(stack)) for subject in subjects):
        if time.monotonic() > deadline:
            pytest.fail(f"not mailed within {TIMEOUT_SECONDS} seconds: {subjects}")
        time.sleep(2)
    return page


def list_runs(bot_id: str, capsys: pytest.CaptureFixture[str], *, ended: int) -> list[str]:
    """Return what `conversations bots schedules` prints, when so many runs are done."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        assert main(["bots", "schedules", bot_id]) == 0
        lines = capsys.readouterr().out.splitlines()
        if sum(line.endswith("  done") for line in lines) >= ended:
            return lines
        if time.monotonic() > deadline:
            pytest.fail(f"not done within {TIMEOUT_SECONDS} seconds: {lines}")
        time.sleep(1)


def list_schedules(stack: Stack, aws: Callable[[str], Any], bot_id: str) -> list[str]:
    """Return the expressions of a bot's schedules in EventBridge Scheduler."""
    client, group = aws("scheduler"), stack["outputs"]["Schedules"].split(",")[0]
    names = [each["Name"] for each in client.list_schedules(GroupName=group, MaxResults=100)["Schedules"]]
    schedules = [client.get_schedule(GroupName=group, Name=name) for name in names]
    return sorted(
        each["ScheduleExpression"] for each in schedules if each["Description"].endswith(f" of the bot {bot_id}")
    )


def test_script_runs_at_its_times_once_although_the_stack_restarts(
    stack: Stack,
    aws: Callable[[str], Any],
    reports: Reports,
    connect: OpenConnection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bot_id, first = reports.bot_id, reports.first
    daily = f"cron({first.minute} {(first - timedelta(hours=2)).hour} * * ? *)"
    moments = [f"at({moment:%Y-%m-%dT%H:%M:%S})" for moment in (first, reports.second)]
    assert list_schedules(stack, aws, bot_id) == [*moments, daily]

    page = wait_for_mails(stack, f"Report of {bot_id}", f"Copy for {bot_id}")
    assert page.count(f"Report of {bot_id}") == 1
    assert page.count(f"Copy for {bot_id}") == 1
    lines = list_runs(bot_id, capsys, ended=1)
    assert f"report.bas  {first:%Y-%m-%dT%H:%M}  UTC  not due any more" in lines
    assert lines[-1].startswith(f"{first:%Y-%m-%d %H:%M} UTC  report.bas  ")
    # What has run is removed, also by EventBridge Scheduler.
    assert list_schedules(stack, aws, bot_id) == [moments[1], daily]

    restart_stack(stack)

    # The emulator does not save mails, so these were sent after the restart.
    page = wait_for_mails(stack, f"Report of {bot_id}", f"Copy for {bot_id}")
    assert page.count(f"Report of {bot_id}") == 1
    assert page.count(f"Copy for {bot_id}") == 1
    assert f"At {first:%H:%M}." not in page
    runs = [line for line in list_runs(bot_id, capsys, ended=2) if line.endswith("  done")]
    assert len(runs) == 2
    assert runs[1].startswith(f"{first:%Y-%m-%d %H:%M} UTC  report.bas  ")
    with connect(token=reports.token, query=f"?bot_id={bot_id}") as (connection, _):
        assert receive_contents(connection, 1) == ["2 copies of 2 reports"]

    assert main(["bots", "unpublish", bot_id]) == 0
    assert list_schedules(stack, aws, bot_id) == []
    assert f"{bot_id} is not published, so nothing is scheduled." in list_runs(bot_id, capsys, ended=2)


PLAN = """
SET SCHEDULE "0 9 1 1 *", "reminder.bas"
HEAR days
SET SCHEDULE DATEADD(NOW(), 2, "minute"), "reminder.bas"
SET SCHEDULE DATEADD(NOW(), 2, "minute"), "Reminder.bas"
SET SCHEDULE "0 9 * * *" DATEADD(TODAY(), days, "day"), "reminder.bas"
TALK "Planned."
"""
REMINDER = """
SEND MAIL "ada@example.com", "Reminder of {bot_id}", "At " + FORMAT(NOW(), "HH:mm") + "."
"""


@pytest.fixture
def planner(stack: Stack, token: str, tmp_path: Path) -> tuple[Path, str]:
    """The package of a bot that schedules a script, published, and the token of its user."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS sends mail to real addresses")
    bot_id = f"planner-{uuid4().hex[:12]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(PLAN, encoding="utf-8")
    (scripts / "reminder.bas").write_text(REMINDER.format(bot_id=bot_id), encoding="utf-8")
    publish_package(scripts.parent, stack)
    return scripts.parent, token


def test_script_that_another_one_has_scheduled_runs_once(
    stack: Stack,
    aws: Callable[[str], Any],
    planner: tuple[Path, str],
    connect: OpenConnection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package, token = planner
    bot_id = package.stem
    yearly = "cron(0 9 1 JAN ? *)"
    assert list_schedules(stack, aws, bot_id) == [yearly]

    with connect(token=token, query=f"?bot_id={bot_id}") as (connection, _):
        connection.send_message("7")
        assert receive_contents(connection, 1) == ["Planned."]

    deadline = time.monotonic() + TIMEOUT_SECONDS
    while len(created := list_schedules(stack, aws, bot_id)) < 3:
        assert time.monotonic() < deadline, created
        time.sleep(1)
    later = (datetime.now(UTC) + timedelta(days=7)).date()
    assert len(created) == 3
    assert {yearly, f"at({later}T09:00:00)"} < set(created)
    assert main(["bots", "schedules", bot_id]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.endswith("  set by a run of a script")]
    assert [line.partition("  ")[0] for line in listed] == ["reminder.bas"] * 2
    # Another version of the bot has them, too.
    publish_package(package, stack)
    assert list_schedules(stack, aws, bot_id) == created

    page = wait_for_mails(stack, f"Reminder of {bot_id}")
    assert page.count(f"Reminder of {bot_id}") == 1
    runs = [line for line in list_runs(bot_id, capsys, ended=1) if line.endswith("  done")]
    assert len(runs) == 1
    assert list_schedules(stack, aws, bot_id) == [f"at({later}T09:00:00)", yearly]

    assert main(["bots", "unpublish", bot_id]) == 0
    assert list_schedules(stack, aws, bot_id) == []

"""Schedules that publishing creates, completes and removes, and their list, with moto."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.scheduler.models import scheduler_backends

from basic.schedules.phrases import parse_schedule
from conversations.adapters.dynamodb.automation_store import DynamoDBAutomationStore
from conversations.adapters.event_scheduler import format_expression
from conversations.domain.automations import RunResult, RunStatus, ScheduledRun, parse_job
from tests.aws import ACCOUNT, REGION, Aws
from tools.__main__ import main

BUCKET = "published-bots"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:automations.fifo"
SCHEDULES = f"group,{QUEUE},arn:aws:iam::{ACCOUNT}:role/scheduler,arn:aws:sqs:{REGION}:{ACCOUNT}:letters"
TARGET = ("--table", "BotsTable", "--bucket", BUCKET)
DAILY = 'SET SCHEDULE "every day at 9am"\nTALK 1'


@dataclass(frozen=True, slots=True)
class Scheduler:
    """EventBridge Scheduler, and packages to publish."""

    client: Any
    folder: Path

    def list_schedules(self) -> list[dict[str, Any]]:
        names = [each["Name"] for each in self.client.list_schedules(GroupName="group")["Schedules"]]
        schedules = [self.client.get_schedule(GroupName="group", Name=name) for name in names]
        for schedule in schedules:
            del schedule["ResponseMetadata"]
        return sorted(schedules, key=lambda each: str(each["ScheduleExpression"]))

    def list_expressions(self) -> list[str]:
        return [each["ScheduleExpression"] for each in self.list_schedules()]

    def publish(self, *scripts: str, bot_id: str = "shop", config: str = "", target: tuple[str, ...] = ()) -> int:
        package = self.folder / f"{bot_id}.gbai"
        dialog = package / f"{bot_id}.gbdialog"
        dialog.mkdir(parents=True, exist_ok=True)
        for file in dialog.glob("*.bas"):
            file.unlink()
        for number, script in enumerate(scripts):
            (dialog / ("start.bas" if not number else f"s{number}.bas")).write_text(script)
        (package / f"{bot_id}.gbot").mkdir(exist_ok=True)
        (package / f"{bot_id}.gbot/config.csv").write_text(f"name,value\naccess,public\n{config}")
        return run("publish", *(target or (*TARGET, "--schedules", SCHEDULES)), package)


def run(*arguments: str | Path) -> int:
    return main(["bots", *map(str, arguments)])


@pytest.fixture
def scheduler(deployed: Aws, tmp_path: Path) -> Iterator[Scheduler]:
    del deployed
    scheduler_backends[ACCOUNT][REGION].reset()
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=BUCKET)
    client = boto3.client("scheduler", region_name=REGION)
    client.create_schedule_group(Name="group")
    yield Scheduler(client, tmp_path)
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)
    scheduler_backends[ACCOUNT][REGION].reset()


def test_publishing_creates_a_schedule_with_its_job(scheduler: Scheduler) -> None:
    assert scheduler.publish(DAILY, config="timezone,America/Sao_Paulo\n") == 0

    (schedule,) = scheduler.list_schedules()
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == (
        "cron(0 9 * * ? *)",
        "America/Sao_Paulo",
    )
    target = schedule["Target"]
    assert target["Arn"] == QUEUE
    assert target["DeadLetterConfig"]["Arn"].endswith(":letters")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    assert target["SqsParameters"]["MessageGroupId"]
    job = parse_job(target["Input"].replace("<aws.scheduler.scheduled-time>", "2026-11-29T12:00:00Z"))
    assert job.kind == "schedule"
    assert (job.bot_id, job.script, job.schedule) == ("shop", "start", "0 9 * * *")
    assert (job.due, job.max_late_seconds) == (datetime(2026, 11, 29, 12, tzinfo=UTC), 86_400)


def test_publishing_again_changes_nothing(scheduler: Scheduler) -> None:
    scheduler.publish(DAILY)
    before = scheduler.list_schedules()
    scheduler.publish(DAILY)

    assert scheduler.list_schedules() == before


def test_new_version_replaces_the_schedules_of_its_bot_only(scheduler: Scheduler) -> None:
    scheduler.publish(DAILY, 'SET SCHEDULE "every 5 minutes"\nTALK 1')
    scheduler.publish(DAILY, bot_id="other")
    scheduler.publish('SET SCHEDULE "weekdays at 8am"\nTALK 1')

    assert scheduler.list_expressions() == ["cron(0 8 ? * MON-FRI *)", "cron(0 9 * * ? *)"]


def test_interrupted_publication_is_completed_by_the_next(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler.publish(DAILY)
    with monkeypatch.context() as patched:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patched.setattr("tools.bots.schedules.synchronize", die)
        with pytest.raises(KeyboardInterrupt):
            scheduler.publish('SET SCHEDULE "hourly"\nTALK 1')
    assert scheduler.list_expressions() == ["cron(0 9 * * ? *)"]

    scheduler.publish('SET SCHEDULE "hourly"\nTALK 1')

    assert scheduler.list_expressions() == ["cron(0 * * * ? *)"]


def test_unpublishing_removes_and_rollback_restores(scheduler: Scheduler) -> None:
    options = (*TARGET, "--schedules", SCHEDULES)
    scheduler.publish(DAILY)
    assert run("unpublish", *options, "shop") == 0
    assert scheduler.list_expressions() == []

    assert run("rollback", *options, "shop") == 0
    assert scheduler.list_expressions() == ["cron(0 9 * * ? *)"]


def test_unpublishing_again_completes_an_interrupted_one(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    options = (*TARGET, "--schedules", SCHEDULES)
    scheduler.publish(DAILY)
    with monkeypatch.context() as patched:
        patched.setattr("tools.bots.schedules.synchronize", lambda *_: None)
        run("unpublish", *options, "shop")
    assert scheduler.list_expressions() == ["cron(0 9 * * ? *)"]

    assert run("unpublish", *options, "shop") == 1

    assert scheduler.list_expressions() == []


def test_bot_with_schedules_needs_to_know_where(scheduler: Scheduler, capsys: pytest.CaptureFixture[str]) -> None:
    assert scheduler.publish(DAILY, target=TARGET) == 2
    assert "--schedules is missing" in capsys.readouterr().err
    assert scheduler.publish("TALK 1", target=TARGET) == 0


def test_date_in_the_past_is_not_scheduled(scheduler: Scheduler) -> None:
    scheduler.publish('SET SCHEDULE "2020-01-01 10:00"\nSET SCHEDULE "2090-01-01 10:00"\nTALK 1')

    assert scheduler.list_expressions() == ["at(2090-01-01T10:00:00)"]


def test_unknown_time_zone_is_an_error(scheduler: Scheduler, capsys: pytest.CaptureFixture[str]) -> None:
    assert scheduler.publish(DAILY, config="timezone,Brasilia\n") == 1
    captured = capsys.readouterr()
    assert "`Brasilia` is not a time zone" in captured.err + captured.out


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("*/15 * * * *", "cron(0,15,30,45 * * * ? *)"),
        ("0 0 1 jan *", "cron(0 0 1 JAN ? *)"),
        ("0 9 * * 0,6", "cron(0 9 ? * SUN,SAT *)"),
        ("every minute", "cron(* * * * ? *)"),
    ],
)
def test_expression_is_that_of_eventbridge(text: str, expression: str) -> None:
    assert format_expression(parse_schedule(text)) == expression


def test_schedules_and_last_runs_are_listed(
    scheduler: Scheduler, deployed: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduler.publish(DAILY, config="timezone,America/Sao_Paulo\n")
    store = DynamoDBAutomationStore(deployed.dynamodb, "BotDataTable")
    due = datetime(2026, 11, 28, 12, tzinfo=UTC)
    for day, status, fault in ((28, RunStatus.DONE, ""), (29, RunStatus.FAILED, "start.bas:2:1: no")):
        at = due.replace(day=day)
        scheduled = ScheduledRun("shop", "start", "0 9 * * *", at, status, at, at, fault)
        assert store.begin(ScheduledRun("shop", "start", "0 9 * * *", at, started_at=at), at)
        store.end(scheduled, RunResult())
    capsys.readouterr()

    assert run("schedules", *TARGET, "--data-table", "BotDataTable", "shop") == 0

    first, *runs = capsys.readouterr().out.splitlines()
    assert first.startswith("start.bas  0 9 * * *  America/Sao_Paulo  next 20")
    assert runs == [
        "2026-11-29 12:00 UTC  start.bas  12:00:00 to 12:00:00  failed  start.bas:2:1: no",
        "2026-11-28 12:00 UTC  start.bas  12:00:00 to 12:00:00  done",
    ]
    assert run("schedules", *TARGET, "--data-table", "BotDataTable", "none") == 0
    assert "none is not published" in capsys.readouterr().out

"""Schedules that scripts set while they run: the functions with their own permissions, deaths at every call."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.scheduler.models import scheduler_backends

from conversations.adapters.dynamodb.schedule_store import DynamoDBScheduleStore
from conversations.domain.automations import RunStatus, ScheduledJob, parse_job
from conversations.domain.errors import UnavailableError
from conversations.domain.schedules import ScriptSchedule
from tests import events
from tests.aws import ACCOUNT, REGION
from tests.composition import clear_caches
from tests.fakes.scripts import a_bundle
from tests.integration.test_automation_functions import SCHEDULE, SUCCESS, Bots, DeathError, a_job, bots
from tools.bots.schedules import forget_computed, synchronize
from tools.bots.target import PublishTarget

__all__ = ["bots"]

PLANNER = f"""
SET SCHEDULE "{SCHEDULE}"
SET SCHEDULE DATEADD(NOW(), 3, "day"), "follow-up.bas"
SET SCHEDULE "every monday at " + "9am", "follow-up.bas"
"""
FOLLOW_UP = """
count = GET BOT MEMORY "mails"
SET BOT MEMORY "mails", IIF(count = "", 0, count) + 1
"""


@dataclass(frozen=True, slots=True)
class Planning:
    """A deployment whose bot has a script that schedules another one."""

    bots: Bots
    scheduler: Any

    @property
    def store(self) -> DynamoDBScheduleStore:
        return DynamoDBScheduleStore(self.bots.aws.dynamodb, "BotDataTable")

    def plan(self) -> datetime:
        """Run the planning script, and return when its run was due."""
        job = a_job(script="planner")
        assert self.bots.run(job) == SUCCESS
        return ScheduledJob.model_validate_json(job).due

    def relay(self, *schedules: ScriptSchedule) -> None:
        """Invoke the function of the stream for the stored schedules, or for some."""
        event = copy.deepcopy(events.event("create_schedules"))
        (record,) = event["Records"]
        keys = [
            {"bot_table": {"S": f"!schedules#{each.bot_id}"}, "id": {"S": each.id}}
            for each in schedules or self.store.list_all("default")
        ]
        event["Records"] = [record | {"dynamodb": record["dynamodb"] | {"Keys": key}} for key in keys]
        self.bots.functions.invoke("create_schedules", event)

    def list_created(self) -> dict[str, dict[str, Any]]:
        """Return the schedules in EventBridge Scheduler by their expressions."""
        names = [each["Name"] for each in self.scheduler.list_schedules(GroupName="group")["Schedules"]]
        schedules = [self.scheduler.get_schedule(GroupName="group", Name=name) for name in names]
        return {each["ScheduleExpression"]: each for each in schedules}

    def count_mails(self) -> int:
        return int(self.bots.get_memory("mails") or 0)


@pytest.fixture
def planning(bots: Bots) -> Iterator[Planning]:
    scheduler_backends[ACCOUNT][REGION].reset()
    client = boto3.client("scheduler", region_name=REGION)
    client.create_schedule_group(Name="group")
    bots.publish(**{"planner": PLANNER, "follow-up": FOLLOW_UP})
    yield Planning(bots, client)
    scheduler_backends[ACCOUNT][REGION].reset()


def get_job(schedule: dict[str, Any], due: datetime | None = None) -> str:
    """Return the job that EventBridge Scheduler queues."""
    text = "" if due is None else f"{due:%Y-%m-%dT%H:%M:%SZ}"
    return str(schedule["Target"]["Input"]).replace("<aws.scheduler.scheduled-time>", text)


def test_event_of_the_stream_is_understood(planning: Planning) -> None:
    assert planning.bots.functions.invoke("create_schedules", events.event("create_schedules")) is None
    assert planning.list_created() == {}


def test_run_of_a_script_creates_schedules_once(planning: Planning) -> None:
    due = planning.plan() + timedelta(days=3)
    planning.relay()
    planning.relay()

    created = planning.list_created()
    assert created.keys() == {f"at({due:%Y-%m-%dT%H:%M:%S})", "cron(0 9 ? * MON *)"}
    once, weekly = (created[expression] for expression in sorted(created))
    assert once["ActionAfterCompletion"] == "DELETE"
    assert once["Target"]["RoleArn"] == "arn:aws:::SchedulerRole"
    assert once["Target"]["Arn"] == "arn:aws:::AutomationsQueue"
    job = parse_job(get_job(once))
    assert isinstance(job, ScheduledJob)
    assert (job.bot_id, job.script, job.schedule, job.due) == ("default", "follow-up", f"{due:%Y-%m-%dT%H:%M}", due)
    assert json.loads(get_job(weekly))["due"] == ""
    assert {each["Name"][20] for each in created.values()} == {"_"}


def test_one_time_runs_once_and_is_forgotten(planning: Planning) -> None:
    planning.plan()
    planning.relay()
    (once,) = (each for expression, each in planning.list_created().items() if expression.startswith("at("))
    job = parse_job(get_job(once))
    assert isinstance(job, ScheduledJob)
    now = datetime.now(UTC).replace(microsecond=0)

    assert planning.bots.run(get_job(once)) == SUCCESS
    assert planning.bots.run(get_job(once)) == SUCCESS

    assert planning.count_mails() == 1
    assert [each.schedule for each in planning.store.list_all("default")] == ["0 9 * * 1"]
    run = planning.bots.list_runs()[0]
    assert (run.script, run.status, run.due) == ("follow-up", RunStatus.DONE, job.due)
    assert run.due > now


def test_repeated_schedule_runs_at_each_of_its_times(planning: Planning) -> None:
    planning.plan()
    planning.relay()
    weekly = planning.list_created()["cron(0 9 ? * MON *)"]
    now = datetime.now(UTC).replace(second=0, microsecond=0)

    for due in (now - timedelta(minutes=1), now, now):
        assert planning.bots.run(get_job(weekly, due)) == SUCCESS

    assert planning.count_mails() == 2
    assert len(planning.store.list_all("default")) == 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_schedule_runs_once_if_the_functions_die_at_any_call(planning: Planning, *, after: bool) -> None:
    planning.plan()
    planning.relay()
    (once,) = (each for expression, each in planning.list_created().items() if expression.startswith("at("))
    planning.bots.death.calls = 0
    planning.bots.run(get_job(once))
    calls = planning.bots.death.calls

    for at in range(1, calls + 1):
        mails = planning.count_mails()
        due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=at)
        schedule = ScriptSchedule("default", "follow-up", f"{due:%Y-%m-%dT%H:%M}", "UTC")
        planning.store.add(schedule)
        job = a_job(script="follow-up", schedule=schedule.schedule, minutes_ago=at)
        job = job.replace(job.split('"due":"')[1].split('"')[0], f"{due:%Y-%m-%dT%H:%M:%SZ}")
        planning.bots.death.at, planning.bots.death.after, planning.bots.death.calls = at, after, 0
        planning.bots.run_until_done(job)
        planning.bots.death.at = 0

        assert planning.count_mails() == mails + 1, at
        assert planning.store.read("default", schedule.id) is None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [1, 2])
def test_relay_that_dies_creates_the_schedule_when_it_is_invoked_again(
    planning: Planning, at: int, *, after: bool
) -> None:
    planning.plan()
    planning.bots.death.at, planning.bots.death.after, planning.bots.death.calls = at, after, 0
    with pytest.raises(DeathError):
        planning.relay(*planning.store.list_all("default"))
    planning.bots.death.at = 0

    planning.relay()

    assert len(planning.list_created()) == 2


def test_relay_that_is_late_creates_the_schedule_for_the_next_minutes(planning: Planning) -> None:
    due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
    planning.store.add(ScriptSchedule("default", "follow-up", f"{due:%Y-%m-%dT%H:%M}", "UTC"))
    planning.relay()

    ((expression, schedule),) = planning.list_created().items()
    at = datetime.fromisoformat(expression.removeprefix("at(").removesuffix(")")).replace(tzinfo=UTC)
    assert 30 < (at - datetime.now(UTC)).total_seconds() <= 120
    job = parse_job(get_job(schedule))
    assert isinstance(job, ScheduledJob)
    assert job.due == due
    assert planning.bots.run(get_job(schedule)) == SUCCESS
    assert planning.count_mails() == 1


def test_relay_fails_while_the_scheduler_is_unavailable(planning: Planning, monkeypatch: pytest.MonkeyPatch) -> None:
    planning.plan()
    with monkeypatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_SCHEDULER", "http://127.0.0.1:9")
        with pytest.raises(UnavailableError):
            planning.relay()
    assert planning.list_created() == {}


def test_schedule_of_a_script_that_a_new_version_lacks_is_not_run(planning: Planning) -> None:
    planning.plan()
    planning.relay()
    created = planning.list_created()
    planning.bots.publish(start="TALK 1")
    # A warm function knows the earlier version for some seconds.
    clear_caches()

    for schedule in created.values():
        assert planning.bots.run(get_job(schedule, datetime.now(UTC))) == SUCCESS

    assert planning.count_mails() == 0
    assert [each.schedule for each in planning.store.list_all("default")] == ["0 9 * * 1"]


def test_job_without_a_stored_schedule_is_not_run(planning: Planning) -> None:
    assert planning.bots.run(a_job(script="follow-up")) == SUCCESS

    assert planning.count_mails() == 0
    assert planning.bots.list_runs() == []


def test_script_may_schedule_itself_again(planning: Planning) -> None:
    planning.bots.publish(chain=f'SET SCHEDULE "{SCHEDULE}"\nSET SCHEDULE DATEADD(NOW(), 3, "day"), "chain.bas"')
    assert planning.bots.run(a_job(script="chain")) == SUCCESS
    (first,) = planning.store.list_all("default")
    planning.relay()
    (created,) = planning.list_created().values()

    assert planning.bots.run(get_job(created)) == SUCCESS

    (second,) = planning.store.list_all("default")
    assert first.due is not None
    assert second.due == first.due + timedelta(days=3)


@pytest.fixture
def stack() -> PublishTarget:
    """The deployment, as the commands know it."""
    session = boto3.Session(region_name=REGION)
    return PublishTarget("BotsTable", "bots", session, None, "group,queue,role,letters", "BotDataTable")


def test_unpublishing_removes_what_scripts_of_the_bot_have_set(planning: Planning, stack: PublishTarget) -> None:
    planning.plan()
    planning.relay()
    other = ScriptSchedule("other", "follow-up", "0 9 * * *", "UTC")
    planning.store.add(other)
    planning.relay(other)

    forget_computed(stack, "default")
    synchronize(stack, "default", None)

    assert planning.list_created().keys() == {"cron(0 9 * * ? *)"}
    assert (planning.store.list_all("default"), planning.store.list_all("other")) == ([], [other])


def test_publishing_keeps_what_scripts_have_set_and_creates_what_the_relay_could_not(
    planning: Planning, stack: PublishTarget
) -> None:
    planning.plan()
    created, repeated = planning.store.list_all("default")
    planning.relay(created)
    bundle = a_bundle({"start": 'SET SCHEDULE "0 7 * * *"\nTALK 1'})

    synchronize(stack, "default", bundle)
    synchronize(stack, "default", bundle)

    assert len(planning.list_created()) == 3
    planning.store.remove("default", repeated.id)
    synchronize(stack, "default", bundle)
    assert len(planning.list_created()) == 2

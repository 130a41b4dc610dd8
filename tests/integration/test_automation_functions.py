"""Scripts on schedules and for changes of rows: the functions with their own permissions, deaths at every call."""

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.ses.models import ses_backends

from basic.bundle import dump_bundle
from basic.data.store import TableStore
from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL
from conversations.adapters.dynamodb.automation_store import DynamoDBAutomationStore
from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.adapters.dynamodb.table_store import DynamoDBTableStore
from conversations.domain.automations import MAX_TRIGGER_DEPTH, RunStatus, ScheduledJob, ScheduledRun
from conversations.domain.errors import UnavailableError
from conversations.domain.memory import build_memory_key
from tests import events
from tests.aws import ACCOUNT, BUCKET, REGION, Aws
from tests.composition import clear_caches
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.running import Functions, run_functions

SENDER = "bots@example.com"
SUCCESS: dict[str, list[Any]] = {"batchItemFailures": []}
SCHEDULE = "0 9 * * 1-5"
REPORT = f"""
SET SCHEDULE "{SCHEDULE}"
SEND MAIL "ada@example.com", "Report", "Of " + FORMAT(NOW(), "HH:mm")
SAVE "reports", #{{n: 1}}
count = GET BOT MEMORY "reports"
SET BOT MEMORY "reports", IIF(count = "", 0, count) + 1
"""
COPY = """
ON INSERT OF "reports"
SAVE "copies", #{of: row.id, what: operation, table: table_name}
END ON
"""


class DeathError(BaseException):
    """The process of the function died. No code handles it."""


@dataclass(slots=True)
class Death:
    """Kills the function at one of its calls to AWS, before or after the call; 0 is never.

    Attributes
    ----------
    at, after
        The number of the call, and whether it is sent before the death.
    operation
        Kills the function before each call of this name, too.
    calls
        How many calls there were.
    """

    at: int = 0
    after: bool = False
    operation: str = ""
    calls: int = 0

    def before(self, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        """Count a call, and die before it."""
        self.calls += 1
        if (self.calls == self.at and not self.after) or model.name == self.operation:
            raise DeathError

    def later(self, **_: object) -> None:
        """Die after a call."""
        if self.calls == self.at and self.after:
            raise DeathError


@dataclass(frozen=True, slots=True)
class Bots:
    """A deployment with a bot."""

    functions: Functions
    death: Death

    @property
    def aws(self) -> Aws:
        return self.functions.aws

    @property
    def tables(self) -> TableStore:
        return DynamoDBTableStore(self.aws.dynamodb, "BotDataTable", "default")

    def publish(self, **scripts: str) -> None:
        bundle = a_bundle({"start": "TALK 1", **scripts})
        bot = a_script_bot(bundle)
        self.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
        self.functions.publish(bot)

    def run(self, job: str) -> dict[str, Any]:
        event = copy.deepcopy(events.event("run_automation"))
        event["Records"][0]["body"] = job
        return self.functions.invoke("run_automation", event)

    def run_until_done(self, job: str) -> None:
        """Deliver a job again and again, until a function has ended with it. A lease of a dead one has ended then."""
        for _ in range(10):
            try:
                if self.run(job) == SUCCESS:
                    return
            except DeathError:
                pass
            self.expire_leases()
        raise AssertionError("the job is never done")

    def expire_leases(self) -> None:
        for item in self.aws.list_items("BotDataTable"):
            if "lease_end" in item:
                self.aws.dynamodb.update_item(
                    TableName="BotDataTable",
                    Key={"bot_table": item["bot_table"], "id": item["id"]},
                    UpdateExpression="SET lease_end = :past",
                    ExpressionAttributeValues={":past": {"N": "1"}},
                )

    def list_changes(self) -> list[dict[str, Any]]:
        """Return the items of changes of rows."""
        return [item for item in self.aws.list_items("BotDataTable") if item["bot_table"]["S"] == "!changes#default"]

    def relay(self) -> list[str]:
        """Relay the changes whose scripts have not run, as the stream does, and return the jobs that were queued."""
        return [message["Body"] for message in self.relay_messages()]

    def relay_messages(self) -> list[dict[str, Any]]:
        """Relay the changes, and return the messages of their jobs."""
        pending = [item for item in self.list_changes() if "change" in item]
        keys = [{name: item[name] for name in ("bot_table", "id")} for item in pending]
        event = events.event("relay_changes")
        record = event["Records"][0]
        event["Records"] = [record | {"dynamodb": record["dynamodb"] | {"Keys": key}} for key in keys]
        self.functions.invoke("relay_changes", event)
        url = self.aws.names["AutomationsQueue"]
        received: list[dict[str, Any]] = []
        request: Any = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["MessageGroupId"]}
        while batch := self.aws.sqs.receive_message(**request).get("Messages", []):
            for message in batch:
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                received.append({**message})
        return received

    def list_runs(self) -> list[ScheduledRun]:
        return DynamoDBAutomationStore(self.aws.dynamodb, "BotDataTable").list_runs("default", 10)

    def get_memory(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return DynamoDBMemoryStore(self.aws.dynamodb, "BotDataTable").recall(build_memory_key("default", name))


@pytest.fixture
def bots(deployed: Aws) -> Iterator[Bots]:
    death = Death()
    assert boto3.DEFAULT_SESSION is not None
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    ses_backends[ACCOUNT][REGION].sent_messages.clear()
    boto3.DEFAULT_SESSION.events.register("before-call", death.before)
    boto3.DEFAULT_SESSION.events.register("after-call", death.later)
    try:
        with run_functions(deployed, MailFrom=SENDER) as functions:
            yield Bots(functions, death)
    finally:
        boto3.DEFAULT_SESSION.events.unregister("before-call", death.before)
        boto3.DEFAULT_SESSION.events.unregister("after-call", death.later)


def count_mails() -> int:
    return len(ses_backends[ACCOUNT][REGION].sent_messages)


def a_job(*, script: str = "report", schedule: str = SCHEDULE, minutes_ago: float = 0) -> str:
    due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minutes_ago)
    job = ScheduledJob(bot_id="default", script=script, schedule=schedule, due=due, max_late_seconds=3_600)
    return job.model_dump_json()


def test_event_of_the_scheduler_is_understood(bots: Bots) -> None:
    assert bots.functions.invoke("run_automation", events.event("run_automation")) == SUCCESS
    assert bots.functions.invoke("relay_changes", events.event("relay_changes")) is None


def test_due_script_runs_once_with_all_its_effects(bots: Bots) -> None:
    bots.publish(report=REPORT, copy=COPY)
    job = a_job()

    assert bots.run(job) == SUCCESS
    assert bots.run(job) == SUCCESS

    assert count_mails() == 1
    assert len(bots.tables.find("reports", MATCH_ALL)) == 1
    assert bots.get_memory("reports") == 1
    (run,) = bots.list_runs()
    assert (run.script, run.schedule, run.status, run.fault) == ("report", SCHEDULE, RunStatus.DONE, "")
    assert run.started_at is not None
    assert run.ended_at is not None
    assert run.due <= run.started_at <= run.ended_at


def test_next_due_time_runs_again(bots: Bots) -> None:
    bots.publish(report=REPORT)

    for minutes in (2, 1, 0):
        assert bots.run(a_job(minutes_ago=minutes)) == SUCCESS

    assert (count_mails(), bots.get_memory("reports")) == (3, 3)
    assert [run.due for run in bots.list_runs()] == sorted((run.due for run in bots.list_runs()), reverse=True)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_script_runs_once_if_the_function_dies_at_any_call(bots: Bots, *, after: bool) -> None:
    bots.publish(report=REPORT, copy=COPY)
    bots.run(a_job(minutes_ago=50))
    bots.death.calls = 0
    bots.run(a_job(minutes_ago=49))
    calls = bots.death.calls

    for at in range(1, calls + 1):
        mails, rows, memory = count_mails(), len(bots.tables.find("reports", MATCH_ALL)), bots.get_memory("reports")
        changes = len(bots.list_changes())
        bots.death.at, bots.death.after, bots.death.calls = at, after, 0
        bots.run_until_done(a_job(minutes_ago=48 - at))
        bots.death.at = 0

        sent = count_mails() - mails
        run = bots.list_runs()[0]
        if run.status is RunStatus.FAILED:
            # A mail in doubt is not sent again (ADR 50), and the script ends there.
            assert "mail" in run.fault
            assert sent <= 1
        else:
            assert sent == 1
            assert len(bots.tables.find("reports", MATCH_ALL)) == rows + 1
            assert len(bots.list_changes()) == changes + 1
            assert bots.get_memory("reports") == memory + 1


@contextmanager
def dying_before_the_end() -> Iterator[None]:
    """Kill the function before the call that ends a run."""

    def die(*_: object) -> None:
        raise DeathError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoDBAutomationStore, "end", die)
        yield


def test_second_worker_has_no_effect_while_the_first_one_runs(bots: Bots) -> None:
    bots.publish(report=REPORT)
    job = a_job()
    # The first worker still holds the lease.
    with dying_before_the_end(), pytest.raises(DeathError):
        bots.run(job)

    assert bots.run(job) == SUCCESS, "all effects are recorded, so nothing needs the lease"
    assert (count_mails(), bots.get_memory("reports")) == (1, 1)


def test_second_worker_waits_for_the_lease_of_the_first(bots: Bots) -> None:
    bots.publish(report=REPORT)
    job = a_job()
    # The first worker is about to send its mail, and still holds the lease.
    bots.death.operation = "SendEmail"
    with pytest.raises(DeathError):
        bots.run(job)
    bots.death.operation = ""

    assert bots.run(job) != SUCCESS
    assert count_mails() == 0
    assert [run.status for run in bots.list_runs()] == [RunStatus.RUNNING]


def list_journals(bots: Bots) -> list[dict[str, Any]]:
    return [item for item in bots.aws.list_items("BotDataTable") if item["bot_table"]["S"] == "default#!automated"]


def test_journal_of_a_run_that_is_over_is_empty(bots: Bots) -> None:
    bots.publish(report=REPORT, copy=COPY)
    bots.run(a_job(minutes_ago=2))
    with dying_before_the_end(), pytest.raises(DeathError):
        bots.run(a_job(minutes_ago=1))
    contents = [item["answers"]["B"] for item in list_journals(bots)]
    assert (len(contents), contents.count(b"")) == (2, 1)

    bots.run_until_done(a_job(minutes_ago=1))
    for change in bots.relay():
        bots.run(change)

    journals = list_journals(bots)
    assert [item["answers"]["B"] for item in journals] == [b""] * len(journals)
    assert len(journals) == 4


def test_worker_that_began_before_the_end_of_the_run_has_no_effect_after_it(bots: Bots) -> None:
    bots.publish(report=REPORT)
    job = a_job()
    assert bots.run(job) == SUCCESS
    # What the worker has read before: the run was not over.
    (run,) = [item for item in bots.aws.list_items("BotDataTable") if item["bot_table"]["S"] == "default#!runs"]
    bots.aws.dynamodb.put_item(TableName="BotDataTable", Item=run | {"status": {"S": "running"}})
    bots.expire_leases()

    assert bots.run(job) != SUCCESS

    assert (count_mails(), bots.get_memory("reports")) == (1, 1)


def test_due_time_that_is_delivered_again_does_not_run_a_new_version(bots: Bots) -> None:
    bots.publish(report=REPORT)
    job = a_job()
    assert bots.run(job) == SUCCESS
    bots.publish(report=f'{REPORT}\nSEND MAIL "ada@example.com", "New", "Of this version"')
    # A warm function knows the earlier version for some seconds.
    clear_caches()

    assert bots.run(job) == SUCCESS

    assert count_mails() == 1


def test_script_without_a_user_has_the_files_and_rows_of_its_bot(bots: Bots) -> None:
    bots.publish(
        report=f"""
        SET SCHEDULE "{SCHEDULE}"
        WRITE "report.txt", "1"
        WRITE "report.txt", READ("report.txt") + "2"
        COPY "report.txt", "copy.txt"
        MOVE "copy.txt", "moved.txt"
        DELETE FILE "report.txt"
        SAVE "files", #{{name: UBOUND(LIST("/")), content: READ("moved.txt")}}
        SAVE "gone", 1, #{{n: 1}}
        DELETE "gone", "id=1"
        """
    )
    job = a_job()

    assert bots.run(job) == SUCCESS
    assert bots.run(job) == SUCCESS

    assert [(run.status, run.fault) for run in bots.list_runs()] == [(RunStatus.DONE, "")]
    assert list_rows(bots, "files") == [{"name": 1, "content": "12"}]
    assert list_rows(bots, "gone") == []


def test_failing_script_is_listed_and_not_run_again(bots: Bots) -> None:
    bots.publish(report=f'SET SCHEDULE "{SCHEDULE}"\nSAVE "reports", #{{n: 1}}\nx = "a" * 2')
    job = a_job()

    assert bots.run(job) == SUCCESS
    assert bots.run(job) == SUCCESS

    (run,) = bots.list_runs()
    assert run.status is RunStatus.FAILED
    assert run.fault.startswith("report.bas:3:")
    assert len(bots.tables.find("reports", MATCH_ALL)) == 1


def test_question_fails_the_run(bots: Bots) -> None:
    bots.publish(report=f'SET SCHEDULE "{SCHEDULE}"\nHEAR x')

    assert bots.run(a_job()) == SUCCESS

    assert bots.list_runs()[0].fault == "report.bas: HEAR is not possible, because no user is there to answer"


def test_run_that_began_in_time_is_continued_however_late(bots: Bots) -> None:
    bots.publish(report=REPORT)
    job = ScheduledJob.model_validate_json(a_job(minutes_ago=61))
    begun = ScheduledRun("default", job.script, job.schedule, job.due, started_at=job.due)
    assert DynamoDBAutomationStore(bots.aws.dynamodb, "BotDataTable").begin(begun, job.due) == begun

    assert bots.run(job.model_dump_json()) == SUCCESS

    assert (bots.list_runs()[0].status, count_mails()) == (RunStatus.DONE, 1)


def test_late_run_is_missed(bots: Bots) -> None:
    bots.publish(report=REPORT)

    assert bots.run(a_job(minutes_ago=90)) == SUCCESS

    (run,) = bots.list_runs()
    assert run.status is RunStatus.MISSED
    # The due time is a full minute, which began up to a minute ago.
    assert re.fullmatch("it could begin only 9[01] minutes after it was due", run.fault)
    assert count_mails() == 0


@pytest.mark.parametrize(("script", "schedule"), [("report", "0 8 * * *"), ("start", SCHEDULE), ("gone", SCHEDULE)])
def test_schedule_of_an_old_version_is_not_run(bots: Bots, script: str, schedule: str) -> None:
    bots.publish(report=REPORT)

    assert bots.run(a_job(script=script, schedule=schedule)) == SUCCESS

    assert bots.list_runs() == []


def test_invalid_job_is_delivered_again(bots: Bots) -> None:
    assert bots.run('{"kind": "other"}') != SUCCESS


# ------------------------------------------------------------------------------------------------------------ changes


_MANY_CHANGES = 50
"""More than any test makes."""


def run_changes(bots: Bots) -> int:
    """Run the scripts for all changes, also those that these make, and return how many there were."""
    count = 0
    while jobs := bots.relay():
        # Each job is delivered twice.
        for job in [*jobs, *jobs]:
            assert bots.run(job) == SUCCESS
        count += len(jobs)
        assert count < _MANY_CHANGES, "the changes never end"
    return count


def list_rows(bots: Bots, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = bots.tables.find(table, MATCH_ALL)
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def test_script_runs_once_for_each_kind_of_change(bots: Bots) -> None:
    log = 'ON {} OF "orders"\nSAVE "log", #{{op: operation, now: row.n, before: IIF(old = NULL, 0, old.n)}}'
    bots.publish(
        report=f'SET SCHEDULE "{SCHEDULE}"\nSAVE "orders", 7, #{{n: 1}}\nSAVE "orders", 7, #{{n: 1}}\n'
        'UPDATE "orders", "id=7", #{n: 2}\nDELETE "orders", "id=7"',
        inserted=log.format("INSERT"),
        updated=log.format("UPDATE"),
        deleted=log.format("DELETE"),
    )

    assert bots.run(a_job()) == SUCCESS
    assert len(bots.list_changes()) == 3
    run_changes(bots)

    expected = [("DELETE", 2, 2), ("INSERT", 1, 0), ("UPDATE", 2, 1)]
    assert sorted((row["op"], row["now"], row["before"]) for row in list_rows(bots, "log")) == expected
    assert all("change" not in item for item in bots.list_changes()), "the rows are forgotten"


def test_merge_and_computed_update_are_changes(bots: Bots) -> None:
    bots.publish(
        report=f'SET SCHEDULE "{SCHEDULE}"\nMERGE "t", [#{{id: 1, n: 1}}, #{{id: 2, n: 1}}], "id"\n'
        'UPDATE t SET n = n + 1 WHERE id = 1\nMERGE "t", [#{id: 2, n: 5}], "id"',
        changed='ON INSERT OF "t"\nON UPDATE OF "t"\nSAVE "log", #{op: operation, n: row.n}',
    )

    assert bots.run(a_job()) == SUCCESS
    run_changes(bots)

    logged = sorted((row["op"], row["n"]) for row in list_rows(bots, "log"))
    assert logged == [("INSERT", 1), ("INSERT", 1), ("UPDATE", 2), ("UPDATE", 5)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_change_runs_its_script_once_if_the_function_dies_at_any_call(bots: Bots, *, after: bool) -> None:
    bots.publish(report=REPORT, copy=COPY)
    bots.run(a_job(minutes_ago=50))
    (job,) = bots.relay()
    bots.death.calls = 0
    assert bots.run(job) == SUCCESS
    calls = bots.death.calls

    for at in range(1, calls + 1):
        bots.run(a_job(minutes_ago=49 - at))
        change = next(item["id"]["S"] for item in bots.list_changes() if "change" in item)
        bots.death.at, bots.death.after, bots.death.calls = at, after, 0
        bots.run_until_done(json.dumps({"kind": "change", "bot_id": "default", "change_id": change}))
        bots.death.at = 0

        assert len(list_rows(bots, "copies")) == at + 1


def test_changes_that_follow_from_each_other_end(bots: Bots) -> None:
    bots.publish(
        report=f'SET SCHEDULE "{SCHEDULE}"\nSAVE "t", #{{n: 1}}',
        again='ON INSERT OF "t"\nSAVE "t", #{n: row.n + 1}',
    )

    assert bots.run(a_job()) == SUCCESS
    run_changes(bots)

    assert sorted(row["n"] for row in list_rows(bots, "t")) == list(range(1, MAX_TRIGGER_DEPTH + 2))


def test_change_of_a_bot_without_its_script_is_forgotten(bots: Bots) -> None:
    bots.publish(report=REPORT, copy=COPY)
    bots.run(a_job())
    bots.publish(report=REPORT)
    # A warm function knows the earlier version for some seconds.
    clear_caches()

    run_changes(bots)

    assert list_rows(bots, "copies") == []
    assert all("change" not in item for item in bots.list_changes())


def test_changes_of_a_row_are_in_one_group(bots: Bots) -> None:
    bots.publish(
        report=f'SET SCHEDULE "{SCHEDULE}"\nSAVE "t", 1, #{{n: 1}}\nSAVE "t", 1, #{{n: 2}}\nSAVE "t", 2, #{{n: 1}}',
        log='ON INSERT OF "t"\nON UPDATE OF "t"\nPRINT row.n',
    )
    assert bots.run(a_job()) == SUCCESS

    rows = [hashlib.sha256(f"t\n{row_id}".encode()).hexdigest()[:32] for row_id in (1, 1, 2)]
    groups = [message["Attributes"]["MessageGroupId"] for message in bots.relay_messages()]

    assert sorted(groups) == sorted(f"default#{row}" for row in rows)


def test_row_that_is_too_large_for_its_script_is_an_error(bots: Bots) -> None:
    bots.publish(report=REPORT, copy=COPY)
    recorded = bots.tables.record_changes("step", frozenset({("update", "t")}), 1)
    noise = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(13_000))
    recorded.save("t", "1", {"a": noise[:390_000]})

    with pytest.raises(ScriptError, match="too large for the script"):
        recorded.save("t", "1", {"a": noise[400_000:790_000]})


def test_unavailable_table_is_waited_out(bots: Bots, monkeypatch: pytest.MonkeyPatch) -> None:
    bots.publish(report=REPORT)
    with monkeypatch.context() as patched:

        def fail(*_: object, **__: object) -> bool:
            raise UnavailableError

        patched.setattr(DynamoDBAutomationStore, "begin", fail)
        assert bots.run(a_job()) != SUCCESS

    assert bots.run(a_job()) == SUCCESS
    assert count_mails() == 1

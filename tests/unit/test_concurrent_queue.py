"""The entry point that runs the jobs of a FIFO batch side by side."""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.domain import jobs
from conversations.domain.correlation import get_correlation_id
from conversations.domain.errors import DeadLetteredError
from conversations.domain.jobs import AnswerJob, TurnJob
from conversations.entrypoints import concurrent_queue
from conversations.entrypoints.queue import LAST_SECONDS, Job
from tests import events
from tests.builders import a_conversation_id, a_message
from tests.fakes.memory import Database, InMemoryRetryControl

SECONDS_PER_JOB = 60
WAIT_SECONDS = 20
"""How long a test waits for what must happen at once; it fails after that."""


class Context(LambdaContext):
    """An invocation with some time left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._function_name = "test"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
        self._aws_request_id = "8f5d7a34-0a4e-4e8a-9d35-2b9c1c7b6a5e"

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # static in the base class
        return int(self.seconds * 1_000)


@dataclass(slots=True)
class Bots:
    """What runs the jobs.

    Attributes
    ----------
    ran
        The jobs in the order in which they ended.
    started, blocked
        What the jobs of a conversation set when they start, and wait for before they end.
    errors
        What jobs raise, by the id of their message.
    """

    control: InMemoryRetryControl = field(default_factory=lambda: InMemoryRetryControl(Database()))
    context: Context = field(default_factory=lambda: Context(110 + LAST_SECONDS))
    ran: list[AnswerJob] = field(default_factory=list)
    started: dict[str, Event] = field(default_factory=dict)
    blocked: dict[str, Event] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def run(self, job: Job[TurnJob]) -> None:
        assert isinstance(job.input, AnswerJob)
        if started := self.started.get(job.input.conversation_id):
            started.set()
        if blocked := self.blocked.get(job.input.conversation_id):
            assert blocked.wait(WAIT_SECONDS)
        with self.lock:
            self.ran.append(job.input)
        if error := self.errors.get(job.input.message_id):
            raise error

    def handle(self, *queued: AnswerJob, run: Callable[[Job[TurnJob]], None] | None = None) -> list[str]:
        """Handle a batch, and return the receipts of the jobs that are reported as failed."""
        batch = events.records(*queued)
        for number, record in enumerate(batch["Records"]):
            record["receiptHandle"] = f"receipt-{number}"
            record["messageAttributes"] = {"correlation_id": {"stringValue": f"request-{number}"}}
        handler = concurrent_queue.handler(
            jobs.from_json, run or self.run, lambda: self.control, seconds_per_job=SECONDS_PER_JOB
        )
        failures = handler(batch, self.context)["batchItemFailures"]
        return [each["itemIdentifier"].replace("record", "receipt") for each in failures]


def a_job(conversation_id: str | None = None, seq: int = 1) -> AnswerJob:
    conversation_id = conversation_id or a_conversation_id()
    return AnswerJob(conversation_id=conversation_id, message_id=a_message(conversation_id, seq=seq).id)


def some_jobs(number: int) -> list[AnswerJob]:
    """Return messages of one conversation."""
    conversation_id = a_conversation_id()
    return [a_job(conversation_id, seq) for seq in range(1, number + 1)]


def test_jobs_of_a_conversation_run_in_order() -> None:
    bots = Bots()
    here, there = some_jobs(3), some_jobs(3)

    assert bots.handle(*(job for pair in zip(here, there, strict=True) for job in pair)) == []

    assert [job for job in bots.ran if job in here] == here
    assert [job for job in bots.ran if job in there] == there


def test_ten_conversations_run_side_by_side() -> None:
    bots = Bots()
    queued = [a_job() for _ in range(10)]
    bots.started = {job.conversation_id: Event() for job in queued}

    def run(job: Job[TurnJob]) -> None:
        bots.run(job)
        assert all(started.wait(WAIT_SECONDS) for started in bots.started.values())

    assert bots.handle(*queued, run=run) == []


def test_finished_job_is_deleted_while_another_one_runs() -> None:
    bots = Bots()
    slow, fast = a_job(), a_job()
    bots.blocked[slow.conversation_id] = release = Event()

    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(bots.handle, slow, fast)
        try:
            wait_until(lambda: bots.control.completed == ["receipt-1"])
            assert not batch.done()
        finally:
            release.set()
        assert batch.result() == []

    # Lambda deletes it when the invocation returns.
    assert bots.control.completed == ["receipt-1"]


def test_finished_job_is_deleted_before_the_next_one_of_its_conversation() -> None:
    bots = Bots()

    bots.handle(*some_jobs(3))

    assert bots.control.completed == ["receipt-0", "receipt-1"]


def test_only_job_of_a_batch_is_deleted_by_lambda() -> None:
    bots = Bots()

    assert bots.handle(a_job()) == []

    assert bots.control.completed == []


def test_job_that_cannot_be_deleted_is_no_failure() -> None:
    bots = Bots()
    bots.control.busy = True

    assert bots.handle(*some_jobs(2)) == []

    assert len(bots.ran) == 2


def test_failed_job_is_reported_alone() -> None:
    bots = Bots()
    queued = [a_job() for _ in range(3)]
    bots.errors[queued[1].message_id] = RuntimeError("no")

    assert bots.handle(*queued) == ["receipt-1"]

    assert "receipt-1" not in bots.control.completed


def test_failed_job_returns_the_later_ones_of_its_conversation_to_the_queue() -> None:
    """The queue delivers no job of a conversation while another one of it is with a worker."""
    bots = Bots()
    here, other = some_jobs(3), a_job()
    bots.errors[here[1].message_id] = RuntimeError("no")

    assert bots.handle(*here, other) == ["receipt-1", "receipt-2"]

    assert here[2] not in bots.ran
    assert other in bots.ran
    assert bots.control.postponed == [("receipt-2", 0)]


def test_dead_lettered_job_is_done() -> None:
    bots = Bots()
    here = some_jobs(2)
    bots.errors[here[0].message_id] = DeadLetteredError("no")

    assert bots.handle(*here) == []

    assert bots.ran == here


def test_invalid_job_fails_alone() -> None:
    bots = Bots()
    job = a_job()
    batch = events.records("{}", job)

    handler = concurrent_queue.handler(jobs.from_json, bots.run, lambda: bots.control, seconds_per_job=SECONDS_PER_JOB)

    assert handler(batch, bots.context) == {"batchItemFailures": [{"itemIdentifier": "record-0"}]}
    assert bots.ran == [job]


def test_job_without_time_is_returned_to_the_queue() -> None:
    bots = Bots()
    here, other = some_jobs(3), a_job()

    def run(job: Job[TurnJob]) -> None:
        bots.run(job)
        bots.context.seconds -= 51

    assert bots.handle(*here, run=run) == ["receipt-1", "receipt-2"]
    assert bots.ran == here[:1]
    assert bots.control.postponed == [("receipt-1", 0), ("receipt-2", 0)]
    assert bots.control.completed == ["receipt-0"]

    # The first job of a conversation is begun in any case: it would have no more time in another invocation.
    assert bots.handle(other) == []


def test_lines_of_jobs_that_run_side_by_side_have_their_own_ids() -> None:
    bots = Bots()
    queued = [a_job() for _ in range(10)]
    bots.started = {job.conversation_id: Event() for job in queued}
    correlation_ids: dict[str, str | None] = {}

    def run(job: Job[TurnJob]) -> None:
        bots.run(job)
        assert all(started.wait(WAIT_SECONDS) for started in bots.started.values())
        correlation_ids[job.input.conversation_id] = get_correlation_id()

    lines = record_lines(lambda: bots.handle(*queued, run=run))

    assert [line["message"] for line in lines] == ["job done"] * 10
    by_conversation = {line["conversation_id"]: line for line in lines}
    for number, job in enumerate(queued):
        line = by_conversation[job.conversation_id]
        assert (line["message_id"], line["correlation_id"]) == (job.message_id, f"request-{number}")
        assert line["job_id"] == f"record-{number}"
        assert correlation_ids[job.conversation_id] == f"request-{number}"


def test_ids_of_a_job_are_not_in_the_lines_of_the_next_one() -> None:
    bots = Bots()

    lines = record_lines(lambda: [bots.handle(a_job()), bots.handle(a_job())])

    assert [line["job_id"] for line in lines] == ["record-0", "record-0"]
    assert lines[0]["conversation_id"] != lines[1]["conversation_id"]


def record_lines(act: Callable[[], object]) -> list[dict[str, Any]]:
    """Return the log lines of an act."""
    written: list[str] = []

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    logger = logging.getLogger(concurrent_queue.logger.service)
    recorder = Recorder()
    recorder.setFormatter(concurrent_queue.logger.registered_formatter)
    logger.addHandler(recorder)
    try:
        act()
    finally:
        logger.removeHandler(recorder)
    return [json.loads(line) for line in written]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do."""
    pause = Event()
    for _ in range(WAIT_SECONDS * 100):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen")

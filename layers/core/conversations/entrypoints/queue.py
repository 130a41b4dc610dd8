"""Queue entry points: parse the jobs of an SQS batch, run them, and report those that failed.

Example
-------
A function below ``functions/workers`` runs one kind of job::

    def expire_visitors(job: queue.Job[ExpiryCheckJob]) -> None:
        expiry_service().check(job.input)


    handler = queue.handler(ExpiryCheckJob.model_validate_json, expire_visitors)
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from conversations.data_classes import dataclass
from conversations.domain.correlation import CORRELATION_ATTRIBUTE
from conversations.domain.errors import DeadLetteredError
from conversations.domain.ids import get_milliseconds
from conversations.domain.jobs import AnswerJob, Delivery
from conversations.domain.metrics import describe_metrics
from conversations.entrypoints.log_keys import append_job_ids, job_keys

LAST_SECONDS = 5
"""Time that is left for queueing the rest of a job and for reporting the batch."""

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

logger = Logger()


@dataclass(frozen=True, slots=True)
class Record:
    """One message of a queue, not yet parsed.

    Attributes
    ----------
    body
        Its body.
    delivery
        This delivery of it.
    group
        Its message group; None in a queue without order.
    correlation_id
        The correlation id of the request that queued it. Jobs of earlier versions have their own id.
    """

    body: str
    delivery: Delivery
    group: str | None
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Job[Input]:
    """One message of a queue, as it was delivered to this invocation.

    Attributes
    ----------
    input
        Its parsed body.
    delivery
        This delivery of it.
    get_seconds_left
        Returns the seconds that this invocation has left for the job.
    """

    input: Input
    delivery: Delivery
    get_seconds_left: Callable[[], float]


def handler[Input](parse: Callable[[str], Input], run: Callable[[Job[Input]], None], *, fifo: bool = False) -> Handler:
    """Return the Lambda handler of a queue's consumer.

    Failed jobs are reported one by one (partial batch response) and delivered again after the visibility timeout. With
    ``fifo`` a failure also blocks the later jobs of its own message group, and of no other group.

    Parameters
    ----------
    parse
        Parses the body of a job.
    run
        Runs the job. An exception makes it fail; ``DeadLetteredError`` reports that there will be no other try.
    fifo
        Whether the queue is a FIFO queue.
    """

    @logger.inject_lambda_context(clear_state=True)
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        def run_one(record: Record) -> None:
            run_record(record, parse, run, lambda: get_seconds_left(context))

        return build_output(_run_records(read_records(event), run_one, fifo=fifo))

    return handle


def read_records(event: dict[str, Any]) -> list[Record]:
    """Return the messages of a batch."""
    return [_read_record(record) for record in event["Records"]]


def build_output(failed: Iterable[Record]) -> dict[str, Any]:
    """Build the response that names the messages which Lambda delivers again (Lambda, "Partial batch responses")."""
    return {"batchItemFailures": [{"itemIdentifier": record.delivery.job_id} for record in failed]}


def _run_records(records: Iterable[Record], run: Callable[[Record], None], *, fifo: bool) -> list[Record]:
    """Run jobs one after the other, and return those to deliver again."""
    failed: list[Record] = []
    failed_groups = set()
    for record in records:
        # safeguard: queue-fifo-failure
        if fifo and record.group in failed_groups:
            failed.append(record)
            continue
        try:
            run(record)
        except Exception:  # noqa: BLE001 - ``run_record`` has logged it, and the queue delivers the job again
            failed.append(record)
            failed_groups.add(record.group)
    return failed


def get_seconds_left(context: LambdaContext) -> float:
    """Return the seconds that an invocation has left for its jobs."""
    return context.get_remaining_time_in_millis() / 1_000 - LAST_SECONDS


def run_record[Input](
    record: Record,
    parse: Callable[[str], Input],
    run: Callable[[Job[Input]], None],
    time_left: Callable[[], float],
) -> None:
    """Run the job of a record and log its outcome; its ids are in all lines of this thread.

    Raises
    ------
    Exception
        If the job is invalid or failed, and will be delivered again.
    """
    delivery = record.delivery
    with job_keys(logger, record.correlation_id, job_id=delivery.job_id, receives=delivery.receives):
        try:
            job = parse(record.body)
        except ValidationError:
            logger.exception("job failed", **describe_metrics({"Jobs": 1}, outcome="failed"))
            raise
        append_job_ids(logger, job)
        _run_job(Job(job, delivery, time_left), run)


def _run_job[Input](job: Job[Input], run: Callable[[Job[Input]], None]) -> None:
    kind = type(job.input).__name__
    try:
        run(job)
    except DeadLetteredError:
        answers = {"MessagesFailed": int(isinstance(job.input, AnswerJob))}
        logger.exception(
            "job dead-lettered", kind=kind, **describe_metrics({"Jobs": 1, **answers}, outcome="dead-lettered")
        )
        return
    except Exception:
        logger.exception("job failed", kind=kind, **describe_metrics({"Jobs": 1}, outcome="failed"))
        raise
    metrics = {"Jobs": 1} | _measure_turn(job.input)
    logger.info("job done", kind=kind, **describe_metrics(metrics, outcome="done"))


def _measure_turn(job: object) -> dict[str, float]:
    """Return the milliseconds from a message to its answer, for a job that answers one."""
    if not isinstance(job, AnswerJob):
        return {}
    return {"TurnTime": max(time.time() * 1_000 - get_milliseconds(job.message_id), 0)}


def _read_record(record: dict[str, Any]) -> Record:
    attributes, message_id = record["attributes"], record["messageId"]
    first_received_at = datetime.fromtimestamp(int(attributes["ApproximateFirstReceiveTimestamp"]) / 1_000, UTC)
    correlation = record.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    return Record(
        body=record["body"],
        delivery=Delivery(
            message_id, record["receiptHandle"], int(attributes["ApproximateReceiveCount"]), first_received_at
        ),
        group=attributes.get("MessageGroupId"),
        correlation_id=str(correlation.get("stringValue") or message_id),
    )

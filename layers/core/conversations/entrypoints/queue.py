"""Queue entry points: parse the jobs of an SQS batch, run them, and report those that failed.

Import this module first: if pydantic is loaded before Powertools' batch utility, that utility loads the models of its
parser, which lengthens every cold start.

Example
-------
A function below ``functions/workers`` runs one kind of job::

    def expire_visitors(job: queue.Job[ExpiryCheckJob]) -> None:
        expiry_service().check(job.input)


    handler = queue.handler(ExpiryCheckJob.model_validate_json, expire_visitors)
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

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
        def handle_record(record: SQSRecord) -> None:
            run_record(record, parse, run, lambda: get_seconds_left(context))

        processor = _build_processor(fifo=fifo)
        return dict(
            process_partial_response(event=event, record_handler=handle_record, processor=processor, context=context)
        )

    return handle


def _build_processor(*, fifo: bool) -> BatchProcessor:
    # safeguard: queue-fifo-failure
    processor = SqsFifoPartialProcessor(skip_group_on_error=True) if fifo else BatchProcessor(EventType.SQS)
    # A batch that failed completely is reported record by record too; an exception would only hide which.
    processor.raise_on_entire_batch_failure = False
    return processor


def get_seconds_left(context: LambdaContext) -> float:
    """Return the seconds that an invocation has left for its jobs."""
    return context.get_remaining_time_in_millis() / 1_000 - LAST_SECONDS


def run_record[Input](
    record: SQSRecord,
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
    delivery = _parse_delivery(record)
    with job_keys(logger, _get_correlation_id(record), job_id=delivery.job_id, receives=delivery.receives):
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


def _get_correlation_id(record: SQSRecord) -> str:
    """Return the correlation id of the request that queued a job. Jobs of earlier versions have their own id."""
    attribute = record.raw_event.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    return str(attribute.get("stringValue") or record.message_id)


def _parse_delivery(record: SQSRecord) -> Delivery:
    attributes = record.attributes
    first_received_at = datetime.fromtimestamp(int(attributes.approximate_first_receive_timestamp) / 1_000, UTC)
    return Delivery(
        record.message_id, record.receipt_handle, int(attributes.approximate_receive_count), first_received_at
    )

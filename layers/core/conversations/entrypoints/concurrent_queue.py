"""The entry point of a FIFO queue whose jobs mostly wait: it runs the jobs of a batch side by side.

The jobs of a message group run in order. Groups run in threads, and share nothing: each finished job is deleted at
once, so that the next job of its group can start in another invocation while this one still runs, and a failed job is
retried without waiting for the others.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import field
from threading import Lock
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.data_classes import dataclass
from conversations.domain.errors import UnavailableError
from conversations.entrypoints.queue import (
    Handler,
    Job,
    Record,
    build_output,
    get_seconds_left,
    read_records,
    run_record,
)
from conversations.ports.queues import RetryControl

logger = Logger()


def handler[Input](
    parse: Callable[[str], Input],
    run: Callable[[Job[Input]], None],
    control: Callable[[], RetryControl],
    *,
    seconds_per_job: float,
) -> Handler:
    """Return the Lambda handler of a FIFO queue's consumer; failed jobs are reported one by one.

    Parameters
    ----------
    parse
        Parses the body of a job.
    run
        Runs the job, in a thread. An exception makes it fail; ``DeadLetteredError`` reports that there will be no
        other try.
    control
        Returns the control of the queue's deliveries.
    seconds_per_job
        A job that follows another one of its group in the batch is begun only if the invocation has this time left.
        Otherwise it is returned to the queue.
    """

    @logger.inject_lambda_context(clear_state=True)
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        groups: dict[str | None, list[Record]] = {}
        records = read_records(event)
        for record in records:
            groups.setdefault(record.group, []).append(record)
        batch = _Batch(
            run=lambda record: run_record(record, parse, run, lambda: get_seconds_left(context)),
            control=control(),
            has_time=lambda: get_seconds_left(context) >= seconds_per_job,
            unfinished=len(records),
        )
        return build_output(batch.run_groups([*groups.values()]))

    return handle


@dataclass(slots=True)
class _Batch:
    """The jobs of one invocation.

    Attributes
    ----------
    run
        Runs a job. It logs what fails.
    control
        The control of the queue's deliveries.
    has_time
        Returns whether another job of a group can be begun.
    unfinished
        How many jobs have not ended.
    """

    run: Callable[[Record], None]
    control: RetryControl
    has_time: Callable[[], bool]
    unfinished: int
    _lock: Lock = field(default_factory=Lock)

    def run_groups(self, groups: Sequence[Sequence[Record]]) -> Sequence[Record]:
        """Run all groups, and return the jobs to deliver again."""
        if len(groups) == 1:
            return self._run_group(groups[0])
        # safeguard: batch-side-by-side
        with ThreadPoolExecutor(len(groups)) as pool:
            return [record for failed in pool.map(self._run_group, groups) for record in failed]

    def _run_group(self, records: Sequence[Record]) -> Sequence[Record]:
        """Run jobs one after the other until one fails or the time is up; return it and the rest."""
        for index, record in enumerate(records):
            # safeguard: batch-time
            if index and not self.has_time():
                return self._return(records[index:])
            try:
                self.run(record)
            except Exception:  # noqa: BLE001 - ``run`` has logged it, and the queue delivers the job again
                self._finish(1)
                # safeguard: batch-order
                return [record, *self._return(records[index + 1 :])]
            # safeguard: batch-early-delete
            self._complete(record)
        return []

    def _complete(self, record: Record) -> None:
        """Delete a job at once, unless the invocation ends now, after which Lambda deletes it."""
        if self._finish(1):
            with suppress(UnavailableError):
                self.control.complete(record.delivery.receipt)

    def _return(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return jobs to the queue at once, because an earlier one of their group is delivered only with them."""
        self._finish(len(records))
        for record in records:
            with suppress(UnavailableError):
                # safeguard: batch-released
                self.control.delay_retry(record.delivery.receipt, 0)
        return records

    def _finish(self, number: int) -> bool:
        """Count jobs that have ended, and return whether others still run."""
        with self._lock:
            self.unfinished -= number
            return self.unfinished > 0

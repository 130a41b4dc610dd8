"""The consumer of the queue of deletions: continue what one request could not finish."""

from conversations.bootstrap.erasure import erasure_service
from conversations.domain.jobs import ErasureJob
from conversations.entrypoints import queue


def erase_data(job: queue.Job[ErasureJob]) -> None:
    """Delete until everything is gone or the time is up; then queue the rest."""
    erasure_service().resume(job.input, time_left=job.get_seconds_left)


handler = queue.handler(ErasureJob.model_validate_json, erase_data)

"""The consumer of the queue of expiry checks: notify visitors whose conversation has expired."""

from conversations.bootstrap.workers import expiry_service
from conversations.domain.jobs import ExpiryCheckJob
from conversations.entrypoints import queue


def expire_visitors(job: queue.Job[ExpiryCheckJob]) -> None:
    """Check a conversation that may have expired."""
    expiry_service().check(job.input)


handler = queue.handler(ExpiryCheckJob.model_validate_json, expire_visitors)

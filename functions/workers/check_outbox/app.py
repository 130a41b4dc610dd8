"""The consumer of the queue of outbox checks: queue the messages that were stored and not queued (outbox pattern)."""

from aws_lambda_powertools import Logger

from conversations.bootstrap.workers import outbox_relay
from conversations.domain.jobs import OutboxCheckJob
from conversations.entrypoints import queue

logger = Logger()


def check_outbox(job: queue.Job[OutboxCheckJob]) -> None:
    """Queue those of the messages that are still pending."""
    queued = outbox_relay().check(job.input)
    logger.info("checked", stored=len(job.input.messages), queued=queued)


handler = queue.handler(OutboxCheckJob.model_validate_json, check_outbox)

"""The consumer of the queue of delayed messages: deliver the messages after a WAIT."""

from conversations.bootstrap.workers import turn_delivery
from conversations.domain.jobs import DelayedDeliveryJob
from conversations.entrypoints import queue


def deliver_delayed(job: queue.Job[DelayedDeliveryJob]) -> None:
    """Deliver the messages whose delay is over."""
    turn_delivery().deliver_next(job.input)


handler = queue.handler(DelayedDeliveryJob.model_validate_json, deliver_delayed)

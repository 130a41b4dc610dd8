"""The queues on SQS."""

from functools import cache

from conversations.adapters.sqs import (
    SqsDelayedDeliveryQueue,
    SqsErasureQueue,
    SqsExpiryQueue,
    SqsRetryControl,
    SqsTurnQueue,
)
from conversations.bootstrap.clients import sqs
from conversations.config import settings


@cache
def turn_queue() -> SqsTurnQueue:
    """Return the queue of bot turns."""
    return SqsTurnQueue(sqs(), settings().replies_queue_url)


@cache
def expiry_queue() -> SqsExpiryQueue:
    """Return the queue of expiry checks."""
    return SqsExpiryQueue(sqs(), settings().expiries_queue_url)


@cache
def erasure_queue() -> SqsErasureQueue:
    """Return the queue of deletions."""
    return SqsErasureQueue(sqs(), settings().erasures_queue_url)


@cache
def delayed_delivery_queue() -> SqsDelayedDeliveryQueue:
    """Return the queue of delayed messages."""
    return SqsDelayedDeliveryQueue(sqs(), settings().tellings_queue_url)


@cache
def retry_control() -> SqsRetryControl:
    """Return the control of retries and dead letters of bot turns."""
    return SqsRetryControl(sqs(), settings().replies_queue_url, settings().dead_letters_queue_url)

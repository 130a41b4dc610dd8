"""The queues on SQS."""

from conversations.adapters.sqs import (
    SqsDelayedDeliveryQueue,
    SqsErasureQueue,
    SqsExpiryQueue,
    SqsOutboxQueue,
    SqsRetryControl,
    SqsTurnQueue,
)
from conversations.bootstrap.clients import sqs
from conversations.bootstrap.once import once
from conversations.config import settings


@once
def turn_queue() -> SqsTurnQueue:
    """Return the queue of bot turns, with its two lanes."""
    return SqsTurnQueue(sqs(), settings().turns_queue_url, settings().waiting_turns_queue_url)


@once
def expiry_queue() -> SqsExpiryQueue:
    """Return the queue of expiry checks."""
    return SqsExpiryQueue(sqs(), settings().expiries_queue_url)


@once
def erasure_queue() -> SqsErasureQueue:
    """Return the queue of deletions."""
    return SqsErasureQueue(sqs(), settings().erasures_queue_url)


@once
def outbox_queue() -> SqsOutboxQueue:
    """Return the queue of outbox checks."""
    return SqsOutboxQueue(sqs(), settings().outbox_queue_url)


@once
def delayed_delivery_queue() -> SqsDelayedDeliveryQueue:
    """Return the queue of delayed messages."""
    return SqsDelayedDeliveryQueue(sqs(), settings().delayed_messages_queue_url)


@once
def retry_control() -> SqsRetryControl:
    """Return the control of retries and dead letters of bot turns."""
    return SqsRetryControl(sqs(), settings().turns_queue_url, settings().turns_dead_letter_queue_url)


@once
def waiting_retry_control() -> SqsRetryControl:
    """Return the control of retries and dead letters of turns that wait."""
    return SqsRetryControl(sqs(), settings().waiting_turns_queue_url, settings().waiting_turns_dead_letter_queue_url)

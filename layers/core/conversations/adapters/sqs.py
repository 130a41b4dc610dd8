"""Jobs on SQS: the bots' turns in order per conversation (FIFO), all others on standard queues that can delay them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.data_classes import dataclass
from conversations.domain import jobs
from conversations.domain.correlation import CORRELATION_ATTRIBUTE, get_correlation_id
from conversations.domain.jobs import (
    AnswerJob,
    DelayedDeliveryJob,
    DeliverJob,
    ErasureJob,
    ExpiryCheckJob,
    GreetJob,
    OutboxCheckJob,
    TurnJob,
    WelcomeJob,
)
from conversations.ports.queues import (
    DelayedDeliveryQueue,
    ErasureQueue,
    ExpiryQueue,
    OutboxQueue,
    RetryControl,
    TurnQueue,
)

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

_NOT_IN_FLIGHT = frozenset({"InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"})
"""SQS's error codes for a receipt handle whose visibility timeout is over."""


def build_deduplication_id(job: TurnJob) -> str:
    """Return the id by which SQS recognizes a job that was sent twice."""
    match job:
        case AnswerJob():
            # Within five minutes SQS drops a message with an id it has seen, also if that one was received and deleted.
            # A job that is queued again, after those of earlier messages, needs another id.
            # safeguard: requeue-deduplication
            return f"{job.message_id}-in-order" if job.in_order else job.message_id
        case WelcomeJob():
            return f"welcome-{job.connection_id}"
        case GreetJob():
            return f"open-{job.conversation_id}"
        case DeliverJob():
            return f"deliver-{job.message_id}"


@dataclass(frozen=True, slots=True)
class SqsTurnQueue(TurnQueue):
    """``TurnQueue`` on a FIFO queue for each lane: one message group per conversation."""

    client: "SQSClient"
    queue_url: str
    waiting_queue_url: str

    def put(self, job: TurnJob, *, waits: bool) -> None:
        """Send the job; see ``TurnQueue.put``."""
        _send_turn(self.client, self.waiting_queue_url if waits else self.queue_url, job)


@dataclass(frozen=True, slots=True)
class SqsRetryControl(RetryControl):
    """``RetryControl``: a delivery id is a receipt handle, its delay a visibility timeout."""

    client: "SQSClient"
    queue_url: str
    dead_letters_url: str

    def complete(self, delivery_id: str) -> None:
        """Delete the message; see ``RetryControl.complete``."""
        with _if_in_flight(), service_errors():
            self.client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=delivery_id)

    def delay_retry(self, delivery_id: str, seconds: int) -> None:
        """Change the visibility timeout; see ``RetryControl.delay_retry``."""
        with _if_in_flight(), service_errors():
            self.client.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=delivery_id, VisibilityTimeout=seconds
            )

    def send_to_dead_letter_queue(self, job: TurnJob) -> None:
        """Send the job to the dead-letter queue; see ``RetryControl.send_to_dead_letter_queue``."""
        _send_turn(self.client, self.dead_letters_url, job)


@dataclass(frozen=True, slots=True)
class SqsDelayedDeliveryQueue(DelayedDeliveryQueue):
    """``DelayedDeliveryQueue`` on a standard queue, as FIFO queues cannot delay single messages."""

    client: "SQSClient"
    queue_url: str

    def put(self, job: DelayedDeliveryJob, *, seconds: int) -> None:
        """Send the job; see ``DelayedDeliveryQueue.put``."""
        _send_delayed(self.client, self.queue_url, job.model_dump_json(), seconds)


@dataclass(frozen=True, slots=True)
class SqsExpiryQueue(ExpiryQueue):
    """``ExpiryQueue`` on a standard queue, as FIFO queues cannot delay single messages; the check is idempotent."""

    client: "SQSClient"
    queue_url: str

    def put(self, job: ExpiryCheckJob, *, seconds: int) -> None:
        """Send the job; see ``ExpiryQueue.put``."""
        _send_delayed(self.client, self.queue_url, job.model_dump_json(), seconds)


@dataclass(frozen=True, slots=True)
class SqsOutboxQueue(OutboxQueue):
    """``OutboxQueue`` on a standard queue, which delays all its messages."""

    client: "SQSClient"
    queue_url: str

    def put(self, job: OutboxCheckJob) -> None:
        """Send the job; see ``OutboxQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url, MessageBody=job.model_dump_json(), MessageAttributes=build_attributes()
            )


@dataclass(frozen=True, slots=True)
class SqsErasureQueue(ErasureQueue):
    """``ErasureQueue`` on a standard queue: erasing is idempotent."""

    client: "SQSClient"
    queue_url: str

    def put(self, job: ErasureJob) -> None:
        """Send the job; see ``ErasureQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url,
                MessageBody=job.model_dump_json(exclude_none=True),
                MessageAttributes=build_attributes(),
            )


@contextmanager
def _if_in_flight() -> Iterator[None]:
    """Ignore that a delivery is over already."""
    try:
        yield
    except ClientError as error:
        # safeguard: queue-late-backoff
        if get_error_code(error).rpartition(".")[2] not in _NOT_IN_FLIGHT:
            raise


def _send_turn(client: "SQSClient", queue_url: str, job: TurnJob) -> None:
    with service_errors():
        client.send_message(
            QueueUrl=queue_url,
            MessageBody=jobs.to_json(job),
            # safeguard: queue-group
            MessageGroupId=job.conversation_id,
            # safeguard: queue-deduplication
            MessageDeduplicationId=build_deduplication_id(job),
            MessageAttributes=build_attributes(),
        )


def _send_delayed(client: "SQSClient", queue_url: str, body: str, seconds: int) -> None:
    with service_errors():
        client.send_message(
            QueueUrl=queue_url, MessageBody=body, DelaySeconds=seconds, MessageAttributes=build_attributes()
        )


def build_attributes() -> "dict[str, MessageAttributeValueTypeDef]":
    """Return the message attribute with the correlation id of the invocation, which the job's log lines repeat."""
    correlation_id = get_correlation_id()
    if correlation_id is None:
        return {}
    return {CORRELATION_ATTRIBUTE: {"DataType": "String", "StringValue": correlation_id}}

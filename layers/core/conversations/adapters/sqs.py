"""What is to be done later: the bots' work (FIFO, in order per conversation), and what waits by itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.domain import jobs
from conversations.domain.jobs import DelayedDeliveryJob, ErasureJob, ExpiryCheckJob, TurnJob

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_TOO_LATE = frozenset({"InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"})
"""What SQS says when the work is to be handed out again already."""


@dataclass(frozen=True, slots=True)
class SqsErasureQueue:
    """``ErasureQueue``: a standard queue, since erasing twice is erasing once."""

    client: "SQSClient"
    queue_url: str

    def put(self, erasure: ErasureJob) -> None:
        """Queue the rest; see ``ErasureQueue.put``."""
        with service_errors():
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=erasure.model_dump_json(exclude_none=True))


@dataclass(frozen=True, slots=True)
class SqsExpiryQueue:
    """``ExpiryQueue``: a standard queue, since only those delay single messages, and looking twice is looking once."""

    client: "SQSClient"
    queue_url: str

    def put(self, check: ExpiryCheckJob, *, seconds: int) -> None:
        """Queue the check; see ``ExpiryQueue.put``."""
        with service_errors():
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=check.model_dump_json(), DelaySeconds=seconds)


@dataclass(frozen=True, slots=True)
class SqsDelayedDeliveryQueue:
    """``DelayedDeliveryQueue``: a standard queue, since only those delay single messages; a telling names what comes next."""

    client: "SQSClient"
    queue_url: str

    def put(self, telling: DelayedDeliveryJob, *, seconds: int) -> None:
        """Queue the telling; see ``DelayedDeliveryQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url, MessageBody=telling.model_dump_json(), DelaySeconds=seconds
            )


@dataclass(frozen=True, slots=True)
class SqsRetryControl:
    """``Receipts``."""

    client: "SQSClient"
    queue_url: str
    dead_letters_url: str

    def delay_retry(self, receipt: str, seconds: int) -> None:
        """Make the work visible again later; see ``Receipts.postpone``."""
        try:
            with service_errors():
                self.client.change_message_visibility(
                    QueueUrl=self.queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
        except ClientError as error:
            if get_error_code(error).rpartition(".")[2] not in _TOO_LATE:
                raise

    def send_to_dead_letter_queue(self, work: TurnJob) -> None:
        """Put the work into the dead-letter queue; see ``Receipts.bury``."""
        SqsTurnQueue(self.client, self.dead_letters_url).put(work)


@dataclass(frozen=True, slots=True)
class SqsTurnQueue:
    """``TurnQueue``."""

    client: "SQSClient"
    queue_url: str

    def put(self, work: TurnJob) -> None:
        """Queue the work; see ``TurnQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url,
                MessageBody=jobs.to_json(work),
                MessageGroupId=work.session_id,
                MessageDeduplicationId=jobs.deduplication_id(work),
            )

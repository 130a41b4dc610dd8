"""What is to be done later: the bots' work (FIFO, in order per conversation), and what waits by itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import code_of, service_errors
from conversations.domain import work as works
from conversations.domain.work import Erasure, ExpiryCheck, Telling, Work

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_TOO_LATE = frozenset({"InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"})
"""What SQS says when the work is to be handed out again already."""


@dataclass(frozen=True, slots=True)
class SqsErasureQueue:
    """``ErasureQueue``: a standard queue, since erasing twice is erasing once."""

    client: "SQSClient"
    queue_url: str

    def put(self, erasure: Erasure) -> None:
        """Queue the rest; see ``ErasureQueue.put``."""
        with service_errors():
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=erasure.model_dump_json(exclude_none=True))


@dataclass(frozen=True, slots=True)
class SqsExpiryQueue:
    """``ExpiryQueue``: a standard queue, since only those delay single messages, and looking twice is looking once."""

    client: "SQSClient"
    queue_url: str

    def put(self, check: ExpiryCheck, *, seconds: int) -> None:
        """Queue the check; see ``ExpiryQueue.put``."""
        with service_errors():
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=check.model_dump_json(), DelaySeconds=seconds)


@dataclass(frozen=True, slots=True)
class SqsTellingQueue:
    """``TellingQueue``: a standard queue, since only those delay single messages; a telling names what comes next."""

    client: "SQSClient"
    queue_url: str

    def put(self, telling: Telling, *, seconds: int) -> None:
        """Queue the telling; see ``TellingQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url, MessageBody=telling.model_dump_json(), DelaySeconds=seconds
            )


@dataclass(frozen=True, slots=True)
class SqsReceipts:
    """``Receipts``."""

    client: "SQSClient"
    queue_url: str
    dead_letters_url: str

    def postpone(self, receipt: str, seconds: int) -> None:
        """Make the work visible again later; see ``Receipts.postpone``."""
        try:
            with service_errors():
                self.client.change_message_visibility(
                    QueueUrl=self.queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
        except ClientError as error:
            if code_of(error).rpartition(".")[2] not in _TOO_LATE:
                raise

    def bury(self, work: Work) -> None:
        """Put the work into the dead-letter queue; see ``Receipts.bury``."""
        SqsWorkQueue(self.client, self.dead_letters_url).put(work)


@dataclass(frozen=True, slots=True)
class SqsWorkQueue:
    """``WorkQueue``."""

    client: "SQSClient"
    queue_url: str

    def put(self, work: Work) -> None:
        """Queue the work; see ``WorkQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url,
                MessageBody=works.to_json(work),
                MessageGroupId=work.session_id,
                MessageDeduplicationId=works.deduplication_id(work),
            )

"""What is to be done later: the bots' work (FIFO, in order per conversation), and what is left to erase."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.domain import work as works
from conversations.domain.work import Erasure, Work

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


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

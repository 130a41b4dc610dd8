"""The bots' work on an SQS FIFO queue: in order per conversation, conversations side by side."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.domain import work as works
from conversations.domain.work import Work

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


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

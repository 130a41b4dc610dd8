"""The jobs of automations on SQS: of changed rows and of received mails."""

import hashlib
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.sqs import build_attributes
from conversations.data_classes import dataclass
from conversations.domain.automations import ChangeJob, MailJob
from conversations.ports.automations import ChangeQueue, MailJobQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MAX_GROUP_LENGTH = 128
"""Characters of the id of a message group (SQS quota)."""


@dataclass(frozen=True, slots=True)
class SqsChangeQueue(ChangeQueue):
    """``ChangeQueue`` on a FIFO queue: one message group per row."""

    client: "SQSClient"
    queue_url: str

    def put(self, job: ChangeJob) -> None:
        """Send the job; see ``ChangeQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url,
                MessageBody=job.model_dump_json(),
                MessageGroupId=build_change_group(job),
                MessageDeduplicationId=job.change_id,
                MessageAttributes=build_attributes(),
            )


def build_change_group(job: ChangeJob) -> str:
    """Return the message group of a change, which is that of its row: the first part of the id."""
    # safeguard: change-order
    return f"{job.bot_id}#{job.change_id.partition('#')[0]}"[-_MAX_GROUP_LENGTH:]


@dataclass(frozen=True, slots=True)
class SqsMailJobQueue(MailJobQueue):
    """``MailJobQueue`` on a FIFO queue: one message group per mail, so a slow script holds back no other mail."""

    client: "SQSClient"
    queue_url: str

    def put(self, job: MailJob) -> None:
        """Send the job; see ``MailJobQueue.put``."""
        with service_errors():
            self.client.send_message(
                QueueUrl=self.queue_url,
                MessageBody=job.model_dump_json(),
                MessageGroupId=_hash(job.bot_id, job.mail_id),
                MessageDeduplicationId=_hash(job.bot_id, job.mail_id, job.address_hash),
                MessageAttributes=build_attributes(),
            )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

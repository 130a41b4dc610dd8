"""Received mails in the bucket of the drives, where Amazon SES stores them."""

from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.s3_objects import request_object
from conversations.data_classes import dataclass
from conversations.domain.errors import MailUnreadableError
from conversations.domain.received_mail import MAILS_PREFIX, MAX_MAIL_BYTES
from conversations.ports.automations import MailStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class S3MailStore(MailStore):
    """``MailStore`` on a bucket.

    Attributes
    ----------
    s3
        Returns the client of S3.
    bucket
        The name of the bucket.
    """

    s3: "Callable[[], S3Client]"
    bucket: str

    def read(self, mail_id: str) -> bytes | None:
        """Get the object of a mail; see ``MailStore.read``."""
        key = f"{MAILS_PREFIX}{mail_id}"
        response = request_object(lambda: self.s3().get_object(Bucket=self.bucket, Key=key))
        if response is None:
            return None
        with response["Body"] as body:
            # Before anything is read.
            # safeguard: mail-size
            if response["ContentLength"] > MAX_MAIL_BYTES:
                raise MailUnreadableError(f"the mail has more than {MAX_MAIL_BYTES >> 20} MB")
            with service_errors():
                return body.read()

"""The bucket of the bots' compiled programs and of the indexes of their knowledge bases."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.domain.errors import NotFoundError, ProgramNotFoundError
from conversations.ports.bots import ProgramStore
from conversations.ports.knowledge import KnowledgeStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Without the permission to list a bucket, S3 answers a missing key with AccessDenied.
_MISSING = frozenset({"NoSuchKey", "AccessDenied"})


@dataclass(frozen=True, slots=True)
class S3ProgramStore(ProgramStore):
    """``ProgramStore`` on a bucket: one object per version."""

    client: "S3Client"
    bucket: str

    def read(self, key: str) -> str:
        """Return the text of a version; see ``ProgramStore.read``."""
        content = _read(self.client, self.bucket, key)
        if content is None:
            raise ProgramNotFoundError(f"The bucket has no object {key}.")
        return content.decode()


@dataclass(frozen=True, slots=True)
class S3KnowledgeStore(KnowledgeStore):
    """``KnowledgeStore`` on the same bucket: one object per index."""

    client: "S3Client"
    bucket: str

    def read(self, key: str) -> bytes:
        """Return an index; see ``KnowledgeStore.read``."""
        content = _read(self.client, self.bucket, key)
        if content is None:
            raise NotFoundError(f"The bucket has no object {key}.")
        return content


def _read(client: "S3Client", bucket: str, key: str) -> bytes | None:
    """Return the content of an object; None if there is none."""
    try:
        with service_errors():
            return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if get_error_code(error) in _MISSING:
            return None
        raise

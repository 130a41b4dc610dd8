"""The bucket of the bots' compiled programs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.domain.errors import ProgramNotFoundError
from conversations.ports.bots import ProgramStore

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
        try:
            with service_errors():
                return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()
        except ClientError as error:
            if get_error_code(error) in _MISSING:
                raise ProgramNotFoundError(f"The bucket has no object {key}.") from error
            raise

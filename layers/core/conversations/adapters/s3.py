"""The bucket of the bots' compiled programs and of the indexes of their knowledge bases."""

from typing import TYPE_CHECKING

from conversations.adapters.s3_objects import read_object
from conversations.data_classes import dataclass
from conversations.domain.errors import NotFoundError, ProgramNotFoundError
from conversations.ports.bots import ProgramStore
from conversations.ports.knowledge import KnowledgeStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class S3ProgramStore(ProgramStore):
    """``ProgramStore`` on a bucket: one object per version."""

    client: "S3Client"
    bucket: str

    def read(self, key: str) -> str:
        """Return the text of a version; see ``ProgramStore.read``."""
        content = read_object(self.client, self.bucket, key)
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
        content = read_object(self.client, self.bucket, key)
        if content is None:
            raise NotFoundError(f"The bucket has no object {key}.")
        return content

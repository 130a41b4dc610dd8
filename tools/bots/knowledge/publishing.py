"""Stores the indexes of knowledge bases, with vectors if the bot has an embedding model."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.domain.errors import UnavailableError
from conversations.domain.knowledge import Passage
from conversations.domain.model import ModelReference, ModelRefusedError
from conversations.engines.knowledge.index import build_index
from conversations.engines.knowledge.vectors import MAX_DIMENSIONS, quantize
from conversations.ports.knowledge import MAX_BATCH, Embedder, Embedders
from tools.bots.knowledge.bases import KnowledgeBase

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_TRIES = 4
_REQUEST_SECONDS = 30


class EmbeddingError(Exception):
    """The embedding model has no vectors for the passages. The text is shown to the user."""


@dataclass(frozen=True, slots=True)
class KnowledgePublisher:
    """Stores indexes in the bucket of the bots.

    Attributes
    ----------
    s3, bucket
        The bucket.
    embedders
        Returns the embedding models.
    sleep
        Waits for some seconds before another try.
    """

    s3: "S3Client"
    bucket: str
    embedders: Callable[[], Embedders]
    sleep: Callable[[float], None] = time.sleep

    def store(self, bases: Mapping[str, KnowledgeBase], embedding: ModelReference | None) -> None:
        """Store the indexes of bases, by their keys. One that is stored already is not built again.

        Raises
        ------
        EmbeddingError
            If the embedding model does not answer.
        """
        for key, base in bases.items():
            if not self._exists(key):
                vectors = () if embedding is None else self._embed(base.passages, embedding)
                content = build_index(base.passages, vectors)
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType="application/octet-stream")

    def _exists(self, key: str) -> bool:
        try:
            self.s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            # Without the permission to list a bucket, S3 answers a missing key with 403.
            if error.response["Error"]["Code"] in ("403", "404"):
                return False
            raise
        return True

    def _embed(self, passages: Sequence[Passage], reference: ModelReference) -> list[bytes]:
        try:
            embedder = self.embedders().get(reference)
            batches = [self._embed_batch(embedder, batch) for batch in batched(passages, MAX_BATCH, strict=False)]
        except (UnavailableError, ModelRefusedError) as error:
            raise EmbeddingError(f"the embedding model {reference.model} does not answer: {error}") from None
        vectors = [quantize(vector) for batch in batches for vector in batch]
        lengths = {len(vector) for vector in vectors}
        if len(lengths) != 1 or max(lengths) > MAX_DIMENSIONS:
            raise EmbeddingError(f"the vectors of {reference.model} have {sorted(lengths)} numbers")
        return vectors

    def _embed_batch(self, embedder: Embedder, passages: Sequence[Passage]) -> list[list[float]]:
        texts = [
            "\n".join(part for part in (passage.name, passage.heading, passage.text) if part) for passage in passages
        ]
        for attempt in range(1, MAX_TRIES):
            try:
                return embedder.embed(texts, "document", _REQUEST_SECONDS)
            except UnavailableError:
                self.sleep(2**attempt)
        return embedder.embed(texts, "document", _REQUEST_SECONDS)

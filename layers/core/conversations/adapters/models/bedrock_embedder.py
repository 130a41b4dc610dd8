"""``Embedder`` for Amazon Bedrock: InvokeModel, in the formats of the models of Amazon (Titan) and Cohere."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from pydantic import BaseModel, ConfigDict, ValidationError

from conversations.adapters.models.bedrock import provider_errors
from conversations.data_classes import dataclass
from conversations.domain.model import ModelReference, ModelUnavailableError
from conversations.ports.knowledge import Purpose

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

CLIENT_CONFIG = Config(
    # The second one is for a connection that was kept open for too long. A search continues without a vector.
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=2,
    read_timeout=5,
)

_COHERE_TYPES: Mapping[Purpose, str] = {"document": "search_document", "query": "search_query"}


class _TitanResponse(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, allow_inf_nan=False)

    embedding: list[float]


class _CohereVectors(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, allow_inf_nan=False)

    float: "list[list[float]]"


class _CohereResponse(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, allow_inf_nan=False)

    embeddings: list[list[float]] | _CohereVectors


@dataclass(frozen=True, slots=True)
class BedrockEmbedder:
    """An embedding model of Amazon Bedrock.

    Attributes
    ----------
    client
        Returns the client, which is created when it is needed.
    reference
        The model.
    """

    client: Callable[[], "BedrockRuntimeClient"]
    reference: ModelReference

    def embed(self, texts: Sequence[str], purpose: Purpose, seconds: float) -> list[list[float]]:
        """Return the vectors of texts; see ``Embedder.embed``. The time limit is that of ``CLIENT_CONFIG``."""
        del seconds
        try:
            vectors = self._embed_cohere(texts, purpose) if self._is_cohere else [self._embed_titan(t) for t in texts]
        except ValidationError:
            raise ModelUnavailableError("the response of Bedrock has no embeddings") from None
        if len(vectors) != len(texts) or not all(vectors):
            raise ModelUnavailableError(f"the response of Bedrock has {len(vectors)} embeddings for {len(texts)} texts")
        return vectors

    @property
    def _is_cohere(self) -> bool:
        # With a prefix it is an inference profile, such as `eu.cohere.embed-v4:0`.
        return "cohere." in self.reference.model

    def _embed_titan(self, text: str) -> list[float]:
        return _TitanResponse.model_validate_json(self._invoke({"inputText": text})).embedding

    def _embed_cohere(self, texts: Sequence[str], purpose: Purpose) -> list[list[float]]:
        body = {"texts": [*texts], "input_type": _COHERE_TYPES[purpose], "truncate": "END"}
        embeddings = _CohereResponse.model_validate_json(self._invoke(body)).embeddings
        return embeddings.float if isinstance(embeddings, _CohereVectors) else embeddings

    def _invoke(self, body: Mapping[str, Any]) -> bytes:
        with provider_errors():
            response = self.client().invoke_model(
                modelId=self.reference.model,
                body=json.dumps(body),
                contentType="application/json",
                accept="application/json",
            )
            return response["body"].read()

"""The search in knowledge bases. The adapters of embedding models are loaded for the first bot that uses one."""

from dataclasses import replace
from typing import TYPE_CHECKING

import boto3

from basic.host import HttpRequest, HttpResponse
from basic.http.client import HttpClient
from conversations.adapters.models.providers import Providers
from conversations.adapters.s3 import S3KnowledgeStore
from conversations.bootstrap.clients import s3
from conversations.bootstrap.endpoints import secret_values, streaming_client
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.domain.model import ModelReference
from conversations.engines.knowledge.bases import CachedBases
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from conversations.ports.knowledge import Embedder

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient


@once
def knowledge_search() -> KnowledgeSearch:
    """Return the search of functions that may ask embedding models."""
    return KnowledgeSearch(_bases(), _embedders)


@once
def word_search() -> KnowledgeSearch:
    """Return the search of functions that may not: by words alone."""
    return KnowledgeSearch(_bases())


@once
def _bases() -> CachedBases:
    return CachedBases(S3KnowledgeStore(s3(), settings().bots_bucket))


@once
def _embedders() -> Providers[Embedder]:
    return Providers[Embedder](
        secrets=secret_values(),
        openai=_load_openai,
        bedrock=_load_bedrock,
        allows_plain_keys=settings().allows_local_endpoints(),
    )


def _load_openai(reference: ModelReference, key: str) -> Embedder:
    from conversations.adapters.models.openai_embedder import OpenAIEmbedder  # noqa: PLC0415 - slow to load

    # An author names the endpoint, so a deployment for developers may reach its own machine.
    client = HttpClient(permits=streaming_client().permits)

    def send(request: HttpRequest, seconds: float) -> HttpResponse:
        return replace(client, seconds=seconds).send(request)

    return OpenAIEmbedder(send, reference, key)


def _load_bedrock(reference: ModelReference) -> Embedder:
    from conversations.adapters.models.bedrock_embedder import BedrockEmbedder  # noqa: PLC0415 - slow to load

    return BedrockEmbedder(_bedrock_runtime, reference)


@once
def _bedrock_runtime() -> "BedrockRuntimeClient":
    from conversations.adapters.models import bedrock_embedder  # noqa: PLC0415 - slow to load

    return boto3.client("bedrock-runtime", config=bedrock_embedder.CLIENT_CONFIG)

"""The language models of this deployment. The adapter of a provider is loaded for the first bot that uses it."""

from typing import TYPE_CHECKING

import boto3

from conversations.adapters.models.providers import Providers
from conversations.bootstrap.endpoints import secret_values, streaming_client
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.domain.model import ModelReference
from conversations.ports.models import LanguageModel

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient


@once
def language_models() -> Providers[LanguageModel]:
    """Return the language models of all providers."""
    return Providers[LanguageModel](
        secrets=secret_values(),
        openai=_load_openai,
        bedrock=_load_bedrock,
        allows_plain_keys=settings().allows_local_endpoints(),
    )


def _load_openai(reference: ModelReference, key: str) -> LanguageModel:
    from conversations.adapters.models.openai import OpenAIModel  # noqa: PLC0415 - slow to load

    return OpenAIModel(streaming_client(), reference, key)


def _load_bedrock(reference: ModelReference) -> LanguageModel:
    from conversations.adapters.models.bedrock import BedrockModel  # noqa: PLC0415 - slow to load

    return BedrockModel(bedrock_runtime, reference)


@once
def bedrock_runtime() -> "BedrockRuntimeClient":
    """Return the client of Bedrock."""
    from conversations.adapters.models import bedrock  # noqa: PLC0415 - slow to load

    return boto3.client("bedrock-runtime", config=bedrock.CLIENT_CONFIG)

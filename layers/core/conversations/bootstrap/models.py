"""Language models, and what every request needs that leaves the deployment: a guarded client, and secrets."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from basic.http import guard
from conversations.adapters.aws import CLIENT_CONFIG
from conversations.adapters.models.language_models import ProviderModels
from conversations.adapters.secret_values import SecretValues
from conversations.adapters.streaming_request import StreamingClient, is_public_or_loopback
from conversations.config import settings
from conversations.domain.model import ModelReference
from conversations.ports.models import LanguageModel

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient


@cache
def language_models() -> ProviderModels:
    """Return the language models of all providers."""
    return ProviderModels(
        client=streaming_client(),
        secrets=secret_values(),
        bedrock=_load_bedrock,
        allows_plain_keys=settings().allows_local_endpoints(),
    )


@cache
def streaming_client() -> StreamingClient:
    """Return the client of requests to URLs that authors of bots configure."""
    if settings().allows_local_endpoints():
        return StreamingClient(permits=is_public_or_loopback)
    return StreamingClient(permits=guard.is_public)


@cache
def secret_values() -> SecretValues:
    """Return the secrets of this deployment's bots."""
    return SecretValues(ssm, secrets_manager)


@cache
def ssm() -> "SSMClient":
    """Return the client of Systems Manager."""
    return boto3.client("ssm", config=CLIENT_CONFIG)


@cache
def secrets_manager() -> "SecretsManagerClient":
    """Return the client of Secrets Manager."""
    return boto3.client("secretsmanager", config=CLIENT_CONFIG)


def _load_bedrock(reference: ModelReference) -> LanguageModel:
    """Load the adapter of Bedrock for the first bot that needs it."""
    from conversations.adapters.models.bedrock import BedrockModel  # noqa: PLC0415 - see above

    return BedrockModel(bedrock_runtime, reference)


@cache
def bedrock_runtime() -> "BedrockRuntimeClient":
    """Return the client of Bedrock."""
    from conversations.adapters.models import bedrock  # noqa: PLC0415 - see `_load_bedrock`

    return boto3.client("bedrock-runtime", config=bedrock.CLIENT_CONFIG)

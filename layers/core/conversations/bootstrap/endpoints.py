"""What requests need to endpoints that authors of bots configure: a guarded client, and secrets."""

from typing import TYPE_CHECKING

import boto3

from basic.http import guard
from conversations.adapters.aws import CLIENT_CONFIG
from conversations.adapters.secret_values import SecretValues
from conversations.adapters.streaming_request import StreamingClient, is_public_or_loopback
from conversations.bootstrap.once import once
from conversations.config import settings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient


@once
def streaming_client() -> StreamingClient:
    """Return the client of requests to URLs that authors of bots configure."""
    permits = is_public_or_loopback if settings().allows_local_endpoints() else guard.is_public
    return StreamingClient(permits=permits)


@once
def secret_values() -> SecretValues:
    """Return the secrets of this deployment's bots."""
    return SecretValues(_ssm, _secrets_manager)


@once
def _ssm() -> "SSMClient":
    return boto3.client("ssm", config=CLIENT_CONFIG)


@once
def _secrets_manager() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=CLIENT_CONFIG)

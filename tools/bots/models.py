"""The language models of bots that run in the terminal, with the AWS credentials of the environment."""

from dataclasses import replace

import boto3

from basic.host import HttpRequest, HttpResponse
from basic.http.client import HttpClient
from conversations.adapters.models.bedrock import CLIENT_CONFIG, BedrockModel
from conversations.adapters.models.openai import OpenAIModel
from conversations.adapters.models.providers import Providers
from conversations.adapters.secret_values import SecretValues
from conversations.adapters.streaming_request import StreamingClient, is_public_or_loopback
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from conversations.ports.models import LanguageModel
from tools.bots.model_session import SessionModels


def load_models() -> SessionModels:
    """Return the language models. They may be on this machine."""
    secrets = SecretValues(lambda: boto3.client("ssm"), lambda: boto3.client("secretsmanager"))
    streaming = StreamingClient(permits=is_public_or_loopback)
    models = Providers[LanguageModel](
        secrets=secrets,
        openai=lambda reference, key: OpenAIModel(streaming, reference, key),
        bedrock=lambda reference: BedrockModel(
            lambda: boto3.client("bedrock-runtime", config=CLIENT_CONFIG), reference
        ),
        allows_plain_keys=True,
    )
    client = HttpClient(permits=is_public_or_loopback)

    def send(request: HttpRequest, seconds: float) -> HttpResponse:
        return replace(client, seconds=seconds).send(request)

    return SessionModels(Answerer(models), McpClient(send, secrets))

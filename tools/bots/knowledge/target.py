"""What publishing to a stack reaches outside of it: embedding models and websites.

Addresses are those that the functions of the stack may reach: an embedding model that only this machine can reach would
make vectors for questions that the stack cannot ask.
"""

from collections.abc import Callable
from dataclasses import replace

from basic.host import HttpRequest, HttpResponse
from basic.http import guard
from basic.http.client import HttpClient
from conversations.adapters.models.bedrock_embedder import CLIENT_CONFIG, BedrockEmbedder
from conversations.adapters.models.openai_embedder import OpenAIEmbedder
from conversations.adapters.models.providers import Providers
from conversations.adapters.secret_values import SecretValues
from conversations.adapters.streaming_request import is_public_or_loopback
from conversations.ports.knowledge import Embedder
from tools.bots.knowledge.websites import WebsiteReader
from tools.bots.target import PublishTarget

_WEBSITE_SECONDS = 10


def build_website_reader(stack: PublishTarget) -> WebsiteReader:
    """Return what reads websites."""
    client = HttpClient(permits=_get_guard(stack), seconds=_WEBSITE_SECONDS)
    return WebsiteReader(client.fetch)


def build_embedders(stack: PublishTarget) -> Providers[Embedder]:
    """Return the embedding models, with the keys of the stack."""
    session, endpoint = stack.session, stack.endpoint_url
    client = HttpClient(permits=_get_guard(stack))

    def send(request: HttpRequest, seconds: float) -> HttpResponse:
        return replace(client, seconds=seconds).send(request)

    return Providers[Embedder](
        secrets=SecretValues(
            lambda: session.client("ssm", endpoint_url=endpoint),
            lambda: session.client("secretsmanager", endpoint_url=endpoint),
        ),
        openai=lambda reference, key: OpenAIEmbedder(send, reference, key),
        bedrock=lambda reference: BedrockEmbedder(
            lambda: session.client("bedrock-runtime", config=CLIENT_CONFIG), reference
        ),
        allows_plain_keys=endpoint is not None,
    )


def _get_guard(stack: PublishTarget) -> Callable[[str], bool]:
    return guard.is_public if stack.endpoint_url is None else is_public_or_loopback

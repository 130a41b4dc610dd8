"""Embedding models over real connections: one contract for OpenAI-compatible endpoints and both formats of Bedrock."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from basic.host import HttpRequest, HttpResponse
from basic.http.client import HttpClient
from conversations.adapters.models.bedrock_embedder import CLIENT_CONFIG, BedrockEmbedder
from conversations.adapters.models.openai_embedder import OpenAIEmbedder
from conversations.adapters.models.providers import Providers
from conversations.adapters.streaming_request import is_public_or_loopback
from conversations.domain.model import ModelReference, ModelRefusedError, ModelUnavailableError
from conversations.ports.knowledge import Embedder
from tests.bot_server import LOOPBACK, Behaviour, ScriptedServer, respond, respond_json, serving
from tests.fakes.models import FakeSecrets

VECTORS = [[1.0, 0.5], [0.0, -1.0]]


def send(request: HttpRequest, seconds: float) -> HttpResponse:
    return HttpClient(permits=is_public_or_loopback, seconds=seconds).send(request)


def create_openai(server: ScriptedServer) -> Embedder:
    return OpenAIEmbedder(send, ModelReference("openai", "vectors", f"http://{LOOPBACK}:{server.port}/v1"), "key")


def create_bedrock(model: str) -> Callable[[ScriptedServer], Embedder]:
    def create(server: ScriptedServer) -> Embedder:
        client = boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=f"http://{LOOPBACK}:{server.port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=CLIENT_CONFIG,
        )
        return BedrockEmbedder(lambda: client, ModelReference("bedrock", model))

    return create


@dataclass(frozen=True)
class Provider:
    """How a provider is asked, and how it responds to two texts."""

    create: Callable[[ScriptedServer], Embedder]
    responses: Sequence[object]

    def behave(self) -> list[Behaviour]:
        return [respond_json(response) for response in self.responses]


PROVIDERS = {
    "openai": Provider(
        create_openai,
        [{"data": [{"index": 1, "embedding": VECTORS[1]}, {"index": 0, "embedding": VECTORS[0]}], "usage": {}}],
    ),
    "titan": Provider(
        create_bedrock("amazon.titan-embed-text-v2:0"),
        [{"embedding": vector, "inputTextTokenCount": 2} for vector in VECTORS],
    ),
    "cohere": Provider(create_bedrock("cohere.embed-multilingual-v3"), [{"embeddings": VECTORS, "id": "1"}]),
    "cohere-4": Provider(create_bedrock("eu.cohere.embed-v4:0"), [{"embeddings": {"float": VECTORS}, "id": "1"}]),
}


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Provider:
    return PROVIDERS[request.param]


def test_vectors_are_those_of_the_texts_in_order(provider: Provider) -> None:
    with serving(*provider.behave()) as server:
        assert provider.create(server).embed(["Olá", "Tea"], "document", 5) == VECTORS
        assert b"Ol" in server.requests[0].body


@pytest.mark.parametrize("status", [429, 500, 503])
def test_temporary_status_is_unavailable(provider: Provider, status: int) -> None:
    with serving(respond(status, b"{}")) as server, pytest.raises(ModelUnavailableError):
        provider.create(server).embed(["a", "b"], "query", 5)


def test_response_without_vectors_is_unavailable(provider: Provider) -> None:
    with serving(respond_json({"message": "hello"})) as server, pytest.raises(ModelUnavailableError):
        provider.create(server).embed(["a", "b"], "query", 5)


def test_refusal_is_final(provider: Provider) -> None:
    body = json.dumps({"message": "secret prompt", "__type": "ValidationException"}).encode()
    refusal = respond(400, body, **{"x-amzn-errortype": "ValidationException"})
    with serving(refusal) as server, pytest.raises(ModelRefusedError) as caught:
        provider.create(server).embed(["a", "b"], "query", 5)

    assert "secret" not in str(caught.value)


def test_provider_that_cannot_be_reached_is_unavailable(provider: Provider) -> None:
    with serving(*provider.behave()) as server:
        embedder = provider.create(server)

    with pytest.raises(ModelUnavailableError):
        embedder.embed(["a", "b"], "query", 2)


def test_number_of_vectors_is_checked() -> None:
    one = respond_json({"data": [{"index": 0, "embedding": [1]}]})
    with serving(one) as server, pytest.raises(ModelUnavailableError, match="1 embeddings, and 2 were asked for"):
        create_openai(server).embed(["a", "b"], "query", 5)


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_vector_that_is_no_direction_is_refused(number: str) -> None:
    body = b'{"data":[{"index":0,"embedding":[1,%s]}]}' % number.encode()
    with serving(respond(200, body)) as server, pytest.raises(ModelUnavailableError, match="no embeddings"):
        create_openai(server).embed(["a"], "query", 5)


def read_body(server: ScriptedServer) -> Any:  # noqa: ANN401 - JSON
    return json.loads(server.requests[0].body)


def test_openai_request_has_the_model_and_the_key() -> None:
    with serving(*PROVIDERS["openai"].behave()) as server:
        create_openai(server).embed(["a", "b"], "query", 5)

        assert server.requests[0].line == "POST /v1/embeddings HTTP/1.1"
        assert server.requests[0].headers["authorization"] == "Bearer key"
        assert read_body(server) == {"model": "vectors", "input": ["a", "b"], "encoding_format": "float"}


def test_cohere_is_told_what_the_texts_are_for() -> None:
    with serving(*PROVIDERS["cohere"].behave()) as server:
        PROVIDERS["cohere"].create(server).embed(["a", "b"], "query", 5)

        assert read_body(server)["input_type"] == "search_query"


def test_key_of_an_embedding_model_is_not_sent_without_tls() -> None:
    embedders = Providers[Embedder](
        FakeSecrets({"ssm:/key": "key"}),
        lambda reference, key: OpenAIEmbedder(send, reference, key),
        lambda reference: BedrockEmbedder(lambda: pytest.fail("no client"), reference),
    )

    with pytest.raises(ModelRefusedError, match="https URLs only"):
        embedders.get(ModelReference("openai", "vectors", "http://models.example/v1", "ssm:/key"))
    with pytest.raises(ModelRefusedError, match="no API key"):
        embedders.get(ModelReference("openai", "vectors", "https://models.example/v1", "ssm:/other"))
    assert isinstance(embedders.get(ModelReference("bedrock", "amazon.titan-embed-text-v2:0")), BedrockEmbedder)

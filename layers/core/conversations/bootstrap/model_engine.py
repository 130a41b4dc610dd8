"""The engine of bots with a language model; the adapters of providers are loaded for the first answer."""

from dataclasses import replace

from basic.host import HttpRequest, HttpResponse
from basic.http.client import HttpClient
from conversations.bootstrap.endpoints import secret_values, streaming_client
from conversations.bootstrap.journals import journal_storage
from conversations.bootstrap.knowledge import knowledge_search
from conversations.bootstrap.models import language_models
from conversations.bootstrap.once import once
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from conversations.engines.model.engine import ModelEngine


@once
def answerer() -> Answerer:
    """Return what answers with language models."""
    return Answerer(language_models())


@once
def model_engine() -> ModelEngine:
    """Return the engine of bots that have a language model and no scripts."""
    return ModelEngine(answerer(), mcp_client, journal_storage, knowledge_search())


@once
def mcp_client() -> McpClient:
    """Return what calls tools of MCP servers."""
    # An author names the servers, so a deployment for developers may reach its own machine.
    client = HttpClient(permits=streaming_client().permits)

    def send(request: HttpRequest, seconds: float) -> HttpResponse:
        return replace(client, seconds=seconds).send(request)

    return McpClient(send, secret_values())

"""Bots without scripts: the welcome message, and a model that answers everything else."""

import json
from collections.abc import Mapping, Sequence

import pytest

from basic import config
from basic.host import HttpRequest, HttpResponse
from conversations.domain.jobs import GreetJob
from conversations.domain.knowledge import Passage
from conversations.domain.model import ModelReference, ModelUnavailableError
from conversations.engines.knowledge.bases import CachedBases
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from conversations.engines.model.engine import ModelEngine
from conversations.engines.model.settings import parse_settings
from tests.builders import a_bot, a_conversation, a_draft, a_user
from tests.fakes.knowledge import InMemoryKnowledgeStore
from tests.fakes.models import FakeEmbedders, FakeModels, FakeSecrets, calls, says
from tests.fakes.scripts import InMemoryJournalStorage
from tests.fakes.world import World

ADA = a_user("ada")
MODEL = {"llm-model": "small", "llm-url": "https://models.example/v1"}


class ModelWorld(World):
    """A world with a bot that has a model and no scripts."""

    def __init__(self, values: Mapping[str, str], bases: Mapping[str, Sequence[Passage]] | None = None) -> None:
        self.knowledge, self.embedders = InMemoryKnowledgeStore(), FakeEmbedders([["refund"], ["open"]])
        has_vectors = "embedding-model" in values
        keys = self.knowledge.add(bases or {}, self.embedders if has_vectors else None)
        super().__init__(a_bot("default", engine="model", program={"config": dict(values), "knowledge": {**keys}}))
        self.models = FakeModels()
        self.journals: dict[str, bytes] = {}
        self.other_engines["model"] = ModelEngine(
            Answerer(self.models, self.models.clock, self.models.sleep),
            lambda: McpClient(self.server, FakeSecrets({"ssm:/bots/weather": "token"})),
            lambda turn: InMemoryJournalStorage(self.journals, turn.id),
            KnowledgeSearch(CachedBases(self.knowledge), lambda: self.embedders),
        )

    def server(self, request: HttpRequest, seconds: float) -> HttpResponse:
        """Answer a request to the bot's MCP server."""
        assert (request.url, request.headers["Authorization"]) == ("https://mcp.example/mcp", "Bearer token")
        assert seconds <= 20
        tools = [{"name": "get", "inputSchema": {"type": "object"}}]
        is_list = request.headers["Mcp-Method"] == "tools/list"
        result = {"tools": tools} if is_list else {"content": [{"type": "text", "text": "Sunny"}]}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result})
        return HttpResponse(200, "OK", {"content-type": "application/json"}, body)

    def chat(self, *contents: str) -> list[str]:
        """Start a conversation, send messages, and return the bot's messages."""
        conversation = self.add_conversation(a_conversation(ADA))
        self.turn_service.handle(GreetJob(conversation_id=conversation.id))
        for content in contents:
            self.messages.send(ADA, conversation.id, a_draft(content))
            self.run_bots()
        return [message.content for message in self.list_messages(conversation.id) if message.sender == "bot"]


def test_bot_greets_with_its_welcome_message_and_the_model_answers() -> None:
    world = ModelWorld(MODEL | {"welcome-message": "Welcome!", "system-prompt": "Be kind."})
    world.models.answers = [says("First."), says("Second.")]

    assert world.chat("One?", "Two?") == ["Welcome!", "First.", "Second."]
    assert world.models.list_prompts()[1] == [
        ("system", "Be kind."),
        ("assistant", "Welcome!"),
        ("user", "One?"),
        ("assistant", "First."),
        ("user", "Two?"),
    ]
    assert world.models.references[0] == ModelReference("openai", "small", "https://models.example/v1")


def test_bot_without_welcome_message_does_not_greet() -> None:
    assert ModelWorld(MODEL).chat() == []


def test_bot_without_scripts_has_tools_of_mcp_servers() -> None:
    servers = {"mcp-server-weather": "https://mcp.example/mcp", "mcp-key-weather": "ssm:/bots/weather"}
    world = ModelWorld(MODEL | servers)
    world.models.answers = [calls("weather__get"), says("It is sunny.")]

    assert world.chat("Weather?") == ["It is sunny."]
    assert world.models.list_prompts()[1][-1] == ("tool", "Sunny")


def test_bot_whose_model_is_down_says_so() -> None:
    world = ModelWorld(MODEL)
    world.models.answers = [[ModelUnavailableError("down")]] * 3

    assert world.chat("Hello?") == [config.MODEL_UNAVAILABLE]


def test_fallback_message_is_configured() -> None:
    world = ModelWorld(MODEL | {"fallback-message": "Call us."})
    world.models.answers = [[ModelUnavailableError("down")]] * 3

    assert world.chat("Hello?") == ["Call us."]


def test_bot_without_a_model_says_so() -> None:
    assert ModelWorld({}).chat("Hello?") == [config.NO_MODEL]


@pytest.mark.parametrize(
    ("values", "reference"),
    [
        ({"llm-model": "gpt"}, ModelReference("openai", "gpt", "https://api.openai.com/v1")),
        (
            {"llm-model": "gpt", "llm-url": "http://127.0.0.1:8081/", "llm-endpoint-path": "/v1/chat/completions"},
            ModelReference("openai", "gpt", "http://127.0.0.1:8081/v1"),
        ),
        (
            {"llm-model": "gpt", "llm-url": "https://a.example/v1/chat/completions", "llm-provider": "Groq"},
            ModelReference("openai", "gpt", "https://a.example/v1"),
        ),
        (
            {"llm-model": "amazon.nova", "llm-provider": "bedrock", "llm-url": "https://ignored.example"},
            ModelReference("bedrock", "amazon.nova"),
        ),
        (
            {"llm-model": "gpt", "llm-key": "ssm:/bots/openai"},
            ModelReference("openai", "gpt", "https://api.openai.com/v1", "ssm:/bots/openai"),
        ),
        (
            {"llm-model": "gpt", "llm-key": "None"},
            ModelReference("openai", "gpt", "https://api.openai.com/v1"),
        ),
    ],
)
def test_reference_of_the_model(values: dict[str, str], reference: ModelReference) -> None:
    settings = parse_settings(values)

    assert settings is not None
    assert settings.reference == reference


def test_settings_have_defaults() -> None:
    settings = parse_settings({"llm-model": "gpt", "max-tokens": "", "llm-temperature": ""})

    assert settings is not None
    assert (settings.prompt_tokens, settings.max_tokens) == (8_192 - 1_024, 1_024)
    assert (settings.history_limit, settings.temperature, settings.system_prompt) == (20, None, "")


def test_answer_gets_at_most_half_of_the_context() -> None:
    settings = parse_settings(
        {"llm-model": "gpt", "llm-server-ctx-size": "2048", "max-tokens": "4096", "llm-temperature": "0.7"}
    )

    assert settings is not None
    assert (settings.prompt_tokens, settings.max_tokens, settings.temperature) == (1_024, 1_024, 0.7)


@pytest.mark.parametrize("values", [{}, {"llm-model": ""}, {"llm-model": "none"}, {"llm-url": "https://a.example"}])
def test_configuration_without_a_model(values: dict[str, str]) -> None:
    assert parse_settings(values) is None

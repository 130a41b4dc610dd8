"""Language models: what they are asked, and what they stream back. No provider's names or formats."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

from conversations.data_classes import dataclass
from conversations.domain.errors import ConversationsError, UnavailableError


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that a model asks for.

    Attributes
    ----------
    id
        The model's id of the call, which its result repeats.
    name
        Name of the tool.
    arguments
        The arguments as the model wrote them: JSON text, which may be invalid.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message of the prompt.

    Attributes
    ----------
    role
        Who says it; ``tool`` for the result of a call.
    content
        Its text.
    tool_calls
        Of an ``assistant`` message: the calls that the model asked for.
    tool_call_id
        Of a ``tool`` message: the id of the call that it answers.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class ModelTool:
    """A tool that the model may call; ``parameters`` is a JSON Schema of type ``object``."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to a model.

    Attributes
    ----------
    messages
        The prompt, oldest message first.
    tools
        The tools that the model may call.
    temperature
        Sampling temperature; None for the provider's default.
    max_tokens
        Longest answer, in tokens of the model.
    seconds
        Time limit for the complete answer.
    """

    messages: Sequence[ModelMessage]
    max_tokens: int
    seconds: float
    tools: Sequence[ModelTool] = ()
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class TextPiece:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing has arrived for a moment. It lets the reader look at the clock and at stop requests."""


class FinishReason(StrEnum):
    """Why a model ended its answer."""

    COMPLETE = "complete"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer that was received completely; no event follows.

    Attributes
    ----------
    reason
        Why it ended.
    input_tokens, output_tokens
        What the provider counted; None if it did not say.
    """

    reason: FinishReason
    input_tokens: int | None = None
    output_tokens: int | None = None


ModelEvent = TextPiece | ToolCall | Waiting | Finished


class ModelUnavailableError(UnavailableError):
    """The model cannot be reached, answers too late, is overloaded, or broke off its answer.

    Attributes
    ----------
    wait_seconds
        Seconds after which the provider accepts another request; None if it did not say.
    """

    def __init__(self, message: str, *, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class ModelRefusedError(ConversationsError):
    """The provider refused the request, and will refuse it again: a wrong key, an unknown model, an invalid prompt."""


@dataclass(frozen=True, slots=True)
class ModelReference:
    """Which model to use.

    Attributes
    ----------
    provider
        ``openai`` for any endpoint that is compatible with OpenAI's chat completions, or ``bedrock``.
    model
        The provider's name of the model.
    url
        Base URL of an OpenAI-compatible endpoint, such as ``https://api.openai.com/v1``; empty for Bedrock.
    key
        Reference to the secret with the API key, such as ``ssm:/bots/openai``; empty without a key. Never the key.
    """

    provider: Literal["openai", "bedrock"]
    model: str
    url: str = ""
    key: str = field(default="", repr=False)

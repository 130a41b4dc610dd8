"""The JSON of chat completions, as far as it is read: what OpenAI sends, and where compatible servers differ."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue


def _join_parts(content: object) -> object:
    """Return the text of content that is a list of parts; other parts, such as a model's reasoning, are dropped."""
    if not isinstance(content, list):
        return content
    parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(str(part.get("text", "")) for part in parts)


def _drop_null(items: object) -> object:
    return () if items is None else items


class _Chunk(BaseModel):
    """Unknown members are ignored: compatible servers add some."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class FunctionFragment(_Chunk):
    """A piece of a call: OpenAI sends the name first and the arguments in pieces; others send objects as arguments."""

    name: str | None = None
    arguments: str | Mapping[str, JsonValue] | None = None


class CallFragment(_Chunk):
    """A piece of a call. Some servers send no index, and some no id."""

    index: int | None = None
    id: str | None = None
    function: FunctionFragment = FunctionFragment()


class Delta(_Chunk):
    """A piece of the answer. A refusal is the answer of a model that does not comply."""

    content: Annotated[str | None, BeforeValidator(_join_parts)] = None
    refusal: str | None = None
    tool_calls: Annotated[tuple[CallFragment, ...], BeforeValidator(_drop_null)] = ()


class Choice(_Chunk):
    """The answer; ``delta`` is missing at the end of some servers' streams."""

    delta: Delta | None = None
    finish_reason: str | None = None


class Usage(_Chunk):
    """Tokens as the provider counted them."""

    prompt_tokens: Annotated[int, Field(ge=0)] | None = None
    completion_tokens: Annotated[int, Field(ge=0)] | None = None


class ProviderError(_Chunk):
    """An error, as the body of a response or inside a stream. Its message is not read: it may quote the key."""

    code: str | int | None = None
    type: str | None = None


class Chunk(_Chunk):
    """One event of the stream."""

    choices: Annotated[tuple[Choice, ...], BeforeValidator(_drop_null)] = ()
    usage: Usage | None = None
    error: ProviderError | str | None = None


class ErrorBody(_Chunk):
    """The body of a response that is an error."""

    error: ProviderError | str | None = None

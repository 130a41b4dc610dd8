"""The JSON of chat completions, as far as it is read: what OpenAI sends, and where compatible servers differ."""

import json
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator


def _check_text(text: object) -> str | None:
    """Return a text, which may end in the middle of a character; pydantic's own check of texts refuses that."""
    if text is None or isinstance(text, str):
        return text
    raise ValueError


def _join_parts(content: object) -> str | None:
    """Return the text of content that is a list of parts; other parts, such as a model's reasoning, are dropped."""
    if not isinstance(content, list):
        return _check_text(content)
    parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(str(part.get("text", "")) for part in parts)


def _write_arguments(arguments: object) -> str | None:
    """Return arguments as JSON text; some servers send them as an object."""
    return json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, dict) else _check_text(arguments)


def _drop_null(items: object) -> object:
    return () if items is None else items


class _Chunk(BaseModel):
    """Unknown members are ignored: compatible servers add some."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class FunctionFragment(_Chunk):
    """A piece of a call: the name comes first, and the arguments in pieces."""

    name: str | None = None
    arguments: Annotated[str | None, PlainValidator(_write_arguments)] = None


class CallFragment(_Chunk):
    """A piece of a call. Some servers send no index, and some no id."""

    index: int | None = None
    id: str | None = None
    function: FunctionFragment = FunctionFragment()


class Delta(_Chunk):
    """A piece of the answer. A refusal is the answer of a model that does not comply."""

    content: Annotated[str | None, PlainValidator(_join_parts)] = None
    refusal: Annotated[str | None, PlainValidator(_check_text)] = None
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

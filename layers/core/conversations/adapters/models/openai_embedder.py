"""``Embedder`` for OpenAI-compatible endpoints: ``/embeddings``."""

import json
from collections.abc import Callable, Sequence
from dataclasses import field
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, ValidationError

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from conversations.adapters.http_retries import is_temporary, parse_retry_after
from conversations.adapters.models.openai_request import build_headers
from conversations.data_classes import dataclass
from conversations.domain.model import ModelReference, ModelRefusedError, ModelUnavailableError
from conversations.ports.knowledge import Purpose

type Send = Callable[[HttpRequest, float], HttpResponse]
"""Makes an HTTP request within some seconds; no response is a ``ScriptError``."""


class _Item(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, allow_inf_nan=False)

    index: int
    embedding: list[float]


class _Response(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, allow_inf_nan=False)

    data: list[_Item]


@dataclass(frozen=True, slots=True)
class OpenAIEmbedder:
    """An embedding model behind an OpenAI-compatible endpoint.

    Attributes
    ----------
    send
        Makes the requests, through the guard of addresses.
    reference
        The model.
    key
        The API key; empty without one.
    """

    send: Send
    reference: ModelReference
    key: str = field(default="", repr=False)

    def embed(self, texts: Sequence[str], purpose: Purpose, seconds: float) -> list[list[float]]:
        """Return the vectors of texts; see ``Embedder.embed``. These models do not distinguish purposes."""
        del purpose
        body = json.dumps({"model": self.reference.model, "input": [*texts], "encoding_format": "float"})
        url = f"{self.reference.url.rstrip('/')}/embeddings"
        headers = build_headers(self.key, "application/json")
        try:
            response = self.send(HttpRequest("POST", url, headers, body), seconds)
        except ScriptError as error:
            raise ModelUnavailableError(str(error)) from None
        if response.status != HTTPStatus.OK:
            raise _build_error(response)
        return _parse(response.body, len(texts))


def _build_error(response: HttpResponse) -> Exception:
    text = f"the provider of embeddings responded with {response.status}"
    if is_temporary(response.status):
        return ModelUnavailableError(text, wait_seconds=parse_retry_after(response.headers.get("retry-after", "")))
    return ModelRefusedError(text)


def _parse(body: str, count: int) -> list[list[float]]:
    try:
        items = _Response.model_validate_json(body).data
    except ValidationError:
        raise ModelUnavailableError("the response has no embeddings") from None
    vectors = [item.embedding for item in sorted(items, key=lambda item: item.index)]
    if len(vectors) != count or not all(vectors):
        raise ModelUnavailableError(f"the response has {len(vectors)} embeddings, and {count} were asked for")
    return vectors

"""``LanguageModel`` for OpenAI-compatible endpoints: chat completions over server-sent events."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus

from conversations.adapters.background import Abort
from conversations.adapters.models.answer_stream import read_answer
from conversations.adapters.models.openai_errors import build_content_error, build_status_error
from conversations.adapters.models.openai_request import build_body
from conversations.adapters.models.openai_stream import read_completion
from conversations.adapters.streaming_request import (
    ConnectionBrokenError,
    RequestRefusedError,
    StreamedResponse,
    StreamingClient,
)
from conversations.domain.model import (
    ModelEvent,
    ModelReference,
    ModelRefusedError,
    ModelRequest,
    ModelUnavailableError,
)

_EVENT_STREAM = "text/event-stream"
_KEY = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint.

    Attributes
    ----------
    client
        Makes the requests.
    reference
        The model.
    key
        The API key; empty without one.
    """

    client: StreamingClient
    reference: ModelReference
    key: str = field(default="", repr=False)

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        """Ask the model; see ``LanguageModel.stream``."""
        headers, body = self._build_headers(), build_body(self.reference, request)

        def start(abort: Abort) -> Iterator[ModelEvent]:
            url = f"{self.reference.url.rstrip('/')}/chat/completions"
            responses = self.client.post(url, headers, body, seconds=request.seconds, abort=abort)
            try:
                with closing(responses):
                    for response in responses:
                        yield from _read_response(response)
            except ConnectionBrokenError as error:
                raise ModelUnavailableError(str(error)) from error
            except RequestRefusedError as error:
                raise ModelRefusedError(str(error)) from error

        yield from read_answer(start, request.seconds)

    def _build_headers(self) -> Mapping[str, str]:
        headers = {"Content-Type": "application/json", "Accept": _EVENT_STREAM}
        if not self.key:
            return headers
        # safeguard: model-key-header
        if not _KEY.fullmatch(self.key):
            raise ModelRefusedError("the API key has characters that a header must not have")
        return {**headers, "Authorization": f"Bearer {self.key}"}


def _read_response(response: StreamedResponse) -> Iterator[ModelEvent]:
    # safeguard: model-status
    if response.status != HTTPStatus.OK:
        raise build_status_error(response)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    # A response without a type may be an event stream; any other text has no events.
    if media_type in {"", _EVENT_STREAM}:
        yield from read_completion(response.chunks)
        return
    raise build_content_error(response)

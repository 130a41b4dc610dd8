"""``LanguageModel`` for OpenAI-compatible endpoints: chat completions over server-sent events."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import field
from http import HTTPStatus

from conversations.adapters.background import Abort
from conversations.adapters.models.answer_stream import read_answer
from conversations.adapters.models.openai_errors import build_content_error, build_status_error
from conversations.adapters.models.openai_request import build_body, build_headers
from conversations.adapters.models.openai_stream import read_completion
from conversations.adapters.streaming_request import (
    ConnectionBrokenError,
    RequestRefusedError,
    StreamedResponse,
    StreamingClient,
)
from conversations.data_classes import dataclass
from conversations.domain.model import (
    ModelEvent,
    ModelReference,
    ModelRefusedError,
    ModelRequest,
    ModelUnavailableError,
)

_EVENT_STREAM = "text/event-stream"


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
        headers, body = build_headers(self.key, _EVENT_STREAM), build_body(self.reference, request)

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

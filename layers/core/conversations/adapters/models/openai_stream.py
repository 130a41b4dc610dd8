"""Reads the stream of a chat completion: text, calls of tools that arrive in fragments, and how it ended."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from conversations.adapters.models.openai_chunks import CallFragment, Choice, Chunk, Usage
from conversations.adapters.models.openai_errors import build_stream_error
from conversations.adapters.server_sent_events import EventStreamError, parse_events
from conversations.data_classes import dataclass
from conversations.domain.model import Finished, FinishReason, ModelEvent, ModelUnavailableError, TextPiece, ToolCall

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Bytes of an answer: some 40,000 chunks of one token, which take 400 bytes each with OpenRouter."""

MAX_CALLS = 64
MAX_ARGUMENTS_LENGTH = 64 * 1024
"""Characters of the arguments of all calls of an answer."""

_DONE = "[DONE]"

_REASONS: Mapping[str, FinishReason] = {
    "stop": FinishReason.COMPLETE,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
}
"""Reasons, also of Anthropic (``max_tokens``) and Mistral (``model_length``). Any other is complete."""

_FAILURES = frozenset({"error", "abort", "insufficient_system_resource"})
"""Reasons with which OpenRouter and Mistral, vLLM, and DeepSeek end answers that are incomplete."""


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class _Text:
    """The text of an answer. Servers in JavaScript may cut a character into two surrogates, in two chunks."""

    rest: str = ""

    def add(self, text: str) -> str:
        """Return the text up to its last complete character."""
        joined = self.rest + text
        # safeguard: model-surrogates
        self.rest = joined[-1:] if "\ud800" <= joined[-1:] <= "\udbff" else ""
        return _join_surrogates(joined.removesuffix(self.rest))


def _join_surrogates(text: str) -> str:
    """Return a text whose pairs of surrogates are characters. A surrogate alone is no character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass(slots=True)
class _Calls:
    """The calls of an answer, assembled from fragments."""

    calls: list[_Call] = field(default_factory=list)
    by_index: dict[int, _Call] = field(default_factory=dict)
    length: int = 0

    def add(self, fragment: CallFragment) -> None:
        call = self._find(fragment)
        call.id = call.id or fragment.id or ""
        call.name = call.name or fragment.function.name or ""
        arguments = fragment.function.arguments or ""
        call.arguments += arguments
        self.length += len(arguments)
        # safeguard: model-calls-size
        if self.length > MAX_ARGUMENTS_LENGTH or len(self.calls) > MAX_CALLS:
            raise ModelUnavailableError("the model asks for too many tools, or its arguments are too long")

    def _find(self, fragment: CallFragment) -> _Call:
        """Return the call of a fragment. A new id begins a new call: some servers give all calls the same index."""
        call = self.by_index.get(fragment.index or 0)
        if fragment.index is None and not fragment.id and self.calls:
            call = self.calls[-1]
        is_other = call is not None and bool(fragment.id) and bool(call.id) and fragment.id != call.id
        if call is None or is_other:
            call = _Call()
            self.calls.append(call)
            self.by_index[fragment.index or 0] = call
        return call

    def build(self) -> Iterator[ToolCall]:
        for number, call in enumerate(self.calls, start=1):
            if not call.name:
                raise ModelUnavailableError("the model asks for a tool without a name")
            yield ToolCall(call.id or f"call-{number}", call.name, _join_surrogates(call.arguments) or "{}")


def read_completion(chunks: Iterable[bytes]) -> Iterator[ModelEvent]:
    """Yield the events of an answer as they arrive, and ``Finished`` as soon as it is complete.

    A second ``Finished`` replaces the first one: it has the tokens, which most providers send after the end.

    Raises
    ------
    ModelUnavailableError
        If the stream ends before the answer does, or is malformed.
    ModelRefusedError
        If the provider reports an error that is not temporary.
    """
    calls, text = _Calls(), _Text()
    finished: Finished | None = None
    usage: Usage | None = None
    for data in _read_data(chunks):
        if data == _DONE:
            # A server that sends no reason ends complete answers like this.
            if finished is None:
                yield from calls.build()
                finished = Finished(FinishReason.TOOL_CALLS if calls.calls else FinishReason.COMPLETE)
            break
        chunk = _parse_chunk(data)
        usage = chunk.usage or usage
        for choice in chunk.choices[:1]:
            yield from _read_delta(choice, text, calls)
            if choice.finish_reason and finished is None:
                finished = _finish(choice.finish_reason)
                yield from calls.build()
                yield finished
    # safeguard: model-broken-off
    if finished is None:
        raise ModelUnavailableError("the provider broke off its answer")
    yield _add_usage(finished, usage)


def _read_data(chunks: Iterable[bytes]) -> Iterator[str]:
    try:
        for event in parse_events(_limit_size(chunks)):
            yield event.data.strip()
    except EventStreamError as error:
        raise ModelUnavailableError(str(error)) from None


def _limit_size(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        # safeguard: model-answer-size
        if size > MAX_ANSWER_BYTES:
            raise ModelUnavailableError(f"the answer is larger than {MAX_ANSWER_BYTES // 1024 // 1024} MB")
        yield chunk


def _parse_chunk(data: str) -> Chunk:
    try:
        chunk = Chunk.model_validate(json.loads(data))
    except (ValueError, RecursionError):
        # The exception quotes the text.
        raise ModelUnavailableError("the provider sent a malformed chunk") from None
    # safeguard: model-stream-error
    if chunk.error is not None:
        raise build_stream_error(chunk.error)
    return chunk


def _read_delta(choice: Choice, text: _Text, calls: _Calls) -> Iterator[TextPiece]:
    if choice.delta is None:
        return
    piece = text.add(choice.delta.content or choice.delta.refusal or "")
    if piece:
        yield TextPiece(piece)
    for fragment in choice.delta.tool_calls:
        calls.add(fragment)


def _finish(reason: str) -> Finished:
    if reason in _FAILURES:
        raise ModelUnavailableError(f"the provider broke off its answer ({reason})")
    return Finished(_REASONS.get(reason, FinishReason.COMPLETE))


def _add_usage(finished: Finished, usage: Usage | None) -> Finished:
    if usage is None:
        return finished
    return Finished(finished.reason, usage.prompt_tokens, usage.completion_tokens)

"""Streams of chat completions as OpenAI and compatible servers send them, and as they break."""

import json
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.adapters.models.openai_stream import (
    MAX_ANSWER_BYTES,
    MAX_ARGUMENTS_LENGTH,
    MAX_CALLS,
    read_completion,
)
from conversations.adapters.server_sent_events import MAX_EVENT_BYTES
from conversations.domain.model import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelRefusedError,
    ModelUnavailableError,
    TextPiece,
    ToolCall,
)

COMPLETE = Finished(FinishReason.COMPLETE)


def event(**chunk: object) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def delta(finish_reason: str | None = None, **content: object) -> bytes:
    """Return a chunk as OpenAI sends it."""
    choice = {"index": 0, "delta": content, "logprobs": None, "finish_reason": finish_reason}
    return event(
        id="chatcmpl-CfT4x", object="chat.completion.chunk", model="gpt-5.2-mini", choices=[choice], usage=None
    )


def fragment(index: int | None = 0, name: str | None = None, arguments: object = None, **more: object) -> bytes:
    function = {key: value for key, value in {"name": name, "arguments": arguments}.items() if value is not None}
    call = {"function": function, **more} | ({} if index is None else {"index": index})
    return delta(tool_calls=[call])


DONE = b"data: [DONE]\n\n"
USAGE = event(
    choices=[], usage={"prompt_tokens": 31, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 0}}
)
HELLO = delta(role="assistant", content="") + delta(content="Olá, ") + delta(content="mundo 🌍!") + delta("stop")
CALL = (
    delta(role="assistant", content=None)
    + fragment(0, "get_weather", "", id="call_a", type="function")
    + fragment(0, arguments='{"city":')
    + fragment(0, arguments='"São Paulo"}')
    + fragment(1, "get_time", "", id="call_b", type="function")
    + fragment(1, arguments="{}")
    + delta("tool_calls")
)


def read(*chunks: bytes) -> list[ModelEvent]:
    return list(read_completion(chunks))


def last(*chunks: bytes) -> Finished:
    finished = read(*chunks)[-1]
    assert isinstance(finished, Finished)
    return finished


def list_calls(*chunks: bytes) -> list[ToolCall]:
    return [item for item in read(*chunks) if isinstance(item, ToolCall)]


def read_text(*chunks: bytes) -> str:
    return "".join(item.text for item in read(*chunks) if isinstance(item, TextPiece))


# ----------------------------------------------------------------------------------------------------------- answers


def test_text_ends_with_the_tokens_that_follow_it() -> None:
    assert read(HELLO, USAGE, DONE) == [
        TextPiece("Olá, "),
        TextPiece("mundo 🌍!"),
        COMPLETE,
        Finished(FinishReason.COMPLETE, 31, 4),
    ]


def test_usage_in_the_last_piece_is_read() -> None:
    end = event(choices=[{"delta": {}, "finish_reason": "stop"}], usage={"prompt_tokens": 1, "completion_tokens": 2})

    assert last(delta(content="Hi"), end, DONE) == Finished(FinishReason.COMPLETE, 1, 2)


def test_calls_are_assembled_from_fragments() -> None:
    assert read(CALL, DONE)[:3] == [
        ToolCall("call_a", "get_weather", '{"city":"São Paulo"}'),
        ToolCall("call_b", "get_time", "{}"),
        Finished(FinishReason.TOOL_CALLS),
    ]


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    chunks = (fragment(None, "a", '{"x":', id="1"), fragment(None, arguments="1}"), fragment(None, "b", "{}", id="2"))

    assert list_calls(*chunks, delta("tool_calls")) == [ToolCall("1", "a", '{"x":1}'), ToolCall("2", "b", "{}")]


def test_calls_with_the_same_index_are_told_apart_by_their_ids() -> None:
    chunks = (fragment(0, "a", "{}", id="1"), fragment(0, "b", "{}", id="2"))

    assert list_calls(*chunks, delta("stop")) == [ToolCall("1", "a", "{}"), ToolCall("2", "b", "{}")]


def test_fragments_may_repeat_the_id_and_the_name() -> None:
    chunks = (fragment(0, "a", '{"x":', id="1"), fragment(0, "a", "1}", id="1"))

    assert list_calls(*chunks, delta("tool_calls")) == [ToolCall("1", "a", '{"x":1}')]


def test_calls_without_ids_get_some() -> None:
    chunks = (fragment(0, "a", "{}", id=""), fragment(1, "b", ""))

    assert list_calls(*chunks, delta("tool_calls")) == [ToolCall("call-1", "a", "{}"), ToolCall("call-2", "b", "{}")]


def test_arguments_may_be_an_object() -> None:
    assert list_calls(fragment(0, "a", {"x": 1}, id="1"), delta("stop")) == [ToolCall("1", "a", '{"x": 1}')]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", FinishReason.COMPLETE),
        ("eos", FinishReason.COMPLETE),
        ("length", FinishReason.LENGTH),
        ("model_length", FinishReason.LENGTH),
        ("content_filter", FinishReason.CONTENT_FILTER),
        ("function_call", FinishReason.TOOL_CALLS),
    ],
)
def test_finish_reasons(reason: str, expected: FinishReason) -> None:
    assert last(delta(content="Hi"), delta(reason), DONE) == Finished(expected)


def test_refusal_is_the_answer() -> None:
    assert read_text(delta(refusal="I can't help with that."), delta("stop")) == "I can't help with that."


def test_characters_that_are_cut_into_surrogates_are_joined() -> None:
    pieces = [delta(content="Olá \ud83c"), delta(content="\udf0d!"), delta(content="\ud83c"), delta("stop")]

    assert read(*pieces)[:2] == [TextPiece("Olá "), TextPiece("🌍!")]
    assert read_text(*pieces).encode() == "Olá 🌍!".encode()


def test_arguments_that_are_cut_into_surrogates_are_joined() -> None:
    (call,) = list_calls(fragment(0, "a", '{"x":"\ud83c', id="1"), fragment(0, arguments='\udf0d"}'), delta("stop"))

    assert call.arguments == '{"x":"🌍"}'


def test_surrogate_alone_is_replaced() -> None:
    assert read_text(delta(content="a\udf0db"), delta("stop")) == "a\ufffdb"


def test_reasoning_is_no_answer() -> None:
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Four."}]

    assert read_text(delta(reasoning_content="2+2..."), delta(content=parts), delta("stop")) == "Four."


def test_chunks_without_choices_and_other_events_are_ignored() -> None:
    """Azure begins with the results of its filter, OpenRouter sends comments while it waits."""
    azure = event(choices=[], prompt_filter_results=[{"prompt_index": 0}])
    empty = event(choices=None, usage=None)
    no_delta = event(choices=[{"index": 0, "finish_reason": None}])

    assert read_text(b": OPENROUTER PROCESSING\n\n", azure, empty, no_delta, b"event: ping\n\n", HELLO)


def test_end_without_a_reason_is_complete_if_the_server_says_that_it_is_done() -> None:
    assert last(delta(content="Hi"), DONE) == COMPLETE
    assert last(fragment(0, "a", "{}", id="1"), DONE) == Finished(FinishReason.TOOL_CALLS)


def test_reason_without_done_is_complete() -> None:
    assert last(HELLO) == COMPLETE


def test_nothing_is_read_after_done() -> None:
    assert last(HELLO, DONE, b"data: rubbish\n\n") == COMPLETE


# ----------------------------------------------------------------------------------------------------- how they break


@pytest.mark.parametrize("chunks", [(), (b"",), (delta(content="Hal"),), (CALL[:-120],), (b"<html>Hello</html>\n\n",)])
def test_cut_stream_is_broken_off(chunks: Sequence[bytes]) -> None:
    with pytest.raises(ModelUnavailableError, match="broke off"):
        read(*chunks)


@pytest.mark.parametrize("reason", ["error", "abort", "insufficient_system_resource"])
def test_reason_of_a_failure_is_broken_off(reason: str) -> None:
    with pytest.raises(ModelUnavailableError, match=reason):
        read(delta(content="Hal"), delta(reason), DONE)


@pytest.mark.parametrize("data", ["{", "[]", '"x"', '{"choices":1}', '{"choices":[{"delta":{"content":{"a":1}}}]}'])
def test_malformed_chunk_is_unavailable_and_not_quoted(data: str) -> None:
    with pytest.raises(ModelUnavailableError, match="malformed") as raised:
        read(delta(content="Hi"), f"data: {data}\n\n".encode())

    assert data not in str(raised.value)


def test_bytes_that_are_no_text_are_unavailable() -> None:
    with pytest.raises(ModelUnavailableError, match="UTF-8"):
        read(b"data: \xff\xfe\n\n")


@pytest.mark.parametrize(
    "error",
    [
        {"message": "no", "type": "server_error", "code": None},
        {"message": "no", "code": 429},
        {"message": "no", "code": "503", "metadata": {"provider_name": "x"}},
        "overloaded",
        {},
    ],
)
def test_error_in_the_stream_is_unavailable(error: object) -> None:
    with pytest.raises(ModelUnavailableError):
        read(delta(content="Hi"), event(error=error))


@pytest.mark.parametrize(
    "error",
    [
        {"message": "no", "type": "invalid_request_error", "code": None},
        {"object": "error", "message": "no", "type": "BadRequestError", "param": None, "code": 400},
        {"message": "no", "code": "context_length_exceeded"},
        {"message": "no", "code": 403},
    ],
)
def test_error_in_the_stream_that_is_not_temporary_is_refused(error: object) -> None:
    with pytest.raises(ModelRefusedError):
        read(event(error=error, choices=[{"delta": {}, "finish_reason": "error"}]))


def test_message_of_an_error_is_not_repeated() -> None:
    with pytest.raises(ModelRefusedError) as raised:
        read(event(error={"message": "Incorrect API key: sk-123", "code": "invalid_api_key", "type": "sk-123 x"}))

    assert "sk-123" not in repr(raised.value)
    assert "invalid_api_key" in str(raised.value)


def test_size_of_event_is_limited() -> None:
    with pytest.raises(ModelUnavailableError, match="256 KB"):
        read(b"data: " + b"x" * MAX_EVENT_BYTES)


def test_size_of_answer_is_limited() -> None:
    piece = delta(content="x" * 60_000)

    with pytest.raises(ModelUnavailableError, match="16 MB"):
        read(*[piece] * (MAX_ANSWER_BYTES // len(piece) + 1), delta("stop"))


def test_number_of_calls_is_limited() -> None:
    with pytest.raises(ModelUnavailableError, match="too many"):
        read(*(fragment(number, "a", "{}", id=str(number)) for number in range(MAX_CALLS + 1)))


def test_length_of_arguments_is_limited() -> None:
    with pytest.raises(ModelUnavailableError, match="too long"):
        read(fragment(0, "a", "x" * MAX_ARGUMENTS_LENGTH, id="1"), fragment(0, arguments="x"))


def test_call_without_a_name_is_unavailable() -> None:
    with pytest.raises(ModelUnavailableError, match="without a name"):
        read(fragment(0, arguments="{}", id="1"), delta("tool_calls"))


# ------------------------------------------------------------------------------------------------------ any splitting

STREAM = b": hello\n\n" + HELLO + USAGE + DONE


@given(cuts=st.sets(st.integers(0, len(STREAM)), max_size=40), line_end=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_text_is_the_same_however_its_bytes_are_split(cuts: set[int], line_end: bytes) -> None:
    stream = STREAM.replace(b"\n", line_end)
    edges = [0, *sorted(cuts), len(stream)]

    assert read(*(stream[start:end] for start, end in pairwise(edges))) == read(STREAM)


@given(cuts=st.sets(st.integers(0, len(CALL)), max_size=40))
def test_calls_are_the_same_however_their_bytes_are_split(cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), len(CALL)]

    assert read(*(CALL[start:end] for start, end in pairwise(edges))) == read(CALL)


@given(end=st.integers(0, len(HELLO) - 1))
def test_answer_that_is_cut_anywhere_is_never_complete(end: int) -> None:
    with pytest.raises(ModelUnavailableError):
        read(HELLO[:end])


@given(stream=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"data: {text}\n\n".encode()))
def test_any_bytes_are_an_answer_or_an_error_of_the_model(stream: bytes) -> None:
    with suppress(ModelUnavailableError, ModelRefusedError):
        read(stream)

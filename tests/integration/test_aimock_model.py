"""Asking aimock, a public server of mock models, with everything that it does wrong on request."""

import time
from collections.abc import Iterator

import pytest

from conversations.adapters.models.openai import OpenAIModel
from conversations.adapters.streaming_request import StreamingClient, is_public_or_loopback
from conversations.domain.model import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelMessage,
    ModelReference,
    ModelRequest,
    ModelTool,
    ModelUnavailableError,
    TextPiece,
    ToolCall,
    Waiting,
)
from tests.fakes.aimock import Aimock, calls, says, serving_models

STORY = "Era uma vez um rei 👑 que morava longe, muito longe daqui."
WEATHER = ModelTool("get_weather", "The weather", {"type": "object", "properties": {"city": {"type": "string"}}})


@pytest.fixture(scope="module")
def aimock() -> Iterator[Aimock]:
    with serving_models(
        says("story", STORY),
        says("slowly", STORY, latency=100),
        says("half", STORY, latency=30, truncateAfterChunks=3),
        says("hang up", STORY, latency=100, disconnectAfterMs=250),
        *calls("weather", "get_weather", {"city": "São Paulo"}, "It is sunny."),
    ) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_chaos(aimock: Aimock) -> Iterator[None]:
    yield
    aimock.set_chaos(dropRate=0, malformedRate=0, disconnectRate=0, rateLimitRate=0)


def stream(aimock: Aimock, *messages: ModelMessage, tools: tuple[ModelTool, ...] = ()) -> Iterator[ModelEvent]:
    model = OpenAIModel(StreamingClient(permits=is_public_or_loopback), ModelReference("openai", "gpt-5", aimock.url))
    return model.stream(ModelRequest(messages, max_tokens=100, seconds=20, tools=tools))


def ask(aimock: Aimock, text: str) -> list[ModelEvent]:
    return [event for event in stream(aimock, ModelMessage("user", text)) if not isinstance(event, Waiting)]


def read_text(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def test_story_is_complete_with_its_tokens(aimock: Aimock) -> None:
    events = ask(aimock, "Tell me a story")

    assert read_text(events) == STORY
    assert isinstance(events[-1], Finished)
    assert events[-1].reason is FinishReason.COMPLETE
    assert events[-1].output_tokens


def test_pieces_arrive_one_by_one(aimock: Aimock) -> None:
    arrivals = [time.monotonic() for event in ask_slowly(aimock) if isinstance(event, TextPiece)]

    assert len(arrivals) > 3
    assert arrivals[-1] - arrivals[0] > 0.2


def ask_slowly(aimock: Aimock) -> Iterator[ModelEvent]:
    return stream(aimock, ModelMessage("user", "slowly"))


def test_tool_is_called_and_its_result_is_used(aimock: Aimock) -> None:
    question = ModelMessage("user", "How is the weather?")
    events = list(stream(aimock, question, tools=(WEATHER,)))
    asked = tuple(event for event in events if isinstance(event, ToolCall))
    assert [(call.name, call.arguments) for call in asked] == [("get_weather", '{"city":"São Paulo"}')]
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.TOOL_CALLS

    result = ModelMessage("tool", "Sunny", tool_call_id=asked[0].id)
    answer = list(stream(aimock, question, ModelMessage("assistant", "", asked), result, tools=(WEATHER,)))
    assert read_text(answer) == "It is sunny."


@pytest.mark.parametrize("text", ["half", "hang up"])
def test_answer_that_breaks_off_is_unavailable_after_what_it_said(aimock: Aimock, text: str) -> None:
    events = stream(aimock, ModelMessage("user", text))

    assert next(event for event in events if isinstance(event, TextPiece)).text in STORY
    with pytest.raises(ModelUnavailableError):
        list(events)


@pytest.mark.parametrize("rate", ["dropRate", "malformedRate", "disconnectRate"])
def test_chaos_is_unavailable(aimock: Aimock, rate: str) -> None:
    aimock.set_chaos(**{rate: 1})

    with pytest.raises(ModelUnavailableError):
        ask(aimock, "story")


def test_rate_limit_says_when_to_try_again(aimock: Aimock) -> None:
    aimock.set_chaos(rateLimitRate=1)

    with pytest.raises(ModelUnavailableError, match="429") as raised:
        ask(aimock, "story")
    assert raised.value.wait_seconds
    assert raised.value.wait_seconds > 0

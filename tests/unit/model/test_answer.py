"""The answer of a model: pieces, failures, retries, limits; there is always an answer."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from conversations.domain.errors import UnavailableError
from conversations.domain.message import Utterance
from conversations.domain.model import (
    FinishReason,
    ModelMessage,
    ModelReference,
    ModelRefusedError,
    ModelTool,
    ModelUnavailableError,
    TextPiece,
    ToolCall,
    Waiting,
)
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.turn import AppendText, SendMessage, Turn, TurnEvent
from conversations.domain.turn_time import DELIVER_SECONDS, STORE_SECONDS
from conversations.engines import request_retries
from conversations.engines.model.answer import Answerer, Question
from conversations.engines.model.settings import ModelSettings
from conversations.engines.model.tools import CallLimits, NoTools, ToolResult
from tests.builders import a_bot, a_conversation_id, a_message, a_turn
from tests.fakes.models import DONE, FakeModels, Step, calls, says

SETTINGS = ModelSettings(ModelReference("openai", "small"), prompt_tokens=1_000, max_tokens=100, history_limit=5)
FALLBACK = "Not now."
DOWN = ModelUnavailableError("down")


def build_turn(**changes: Any) -> Turn:  # noqa: ANN401 - any attribute
    return replace(a_turn(a_bot(), a_message(a_conversation_id(), content="How are you?")), **changes)


def answer(models: FakeModels, turn: Turn | None = None, *, max_messages: int = 64) -> list[TurnEvent]:
    """Return the events of an answer."""
    answerer = Answerer(models, models.clock, models.sleep)
    prompt = [ModelMessage("user", "How are you?")]
    return list(answerer.answer(Question(turn or build_turn(), SETTINGS, prompt, FALLBACK, max_messages=max_messages)))


def list_utterances(events: Sequence[TurnEvent]) -> list[tuple[str, str | None]]:
    """Return the contents of the messages, and why they are incomplete."""
    utterances = [event.utterance for event in events if isinstance(event, SendMessage)]
    return [(utterance.content, utterance.finish_reason) for utterance in utterances]


def stop_after(count: int) -> Callable[[], bool]:
    """Return ``is_stopped`` of a turn that is stopped when it was looked at ``count`` times."""
    looks = iter(range(1_000))
    return lambda: next(looks) >= count


# ------------------------------------------------------------------------------------------------------- pieces


def test_pieces_are_appended_and_the_message_completes_them() -> None:
    models = FakeModels([says("Fine", ", ", "thank you.")])

    assert answer(models) == [
        AppendText("Fine"),
        AppendText(", "),
        AppendText("thank you."),
        SendMessage(Utterance(content="Fine, thank you.")),
    ]
    assert models.closed == 1


def test_request_has_the_settings_and_the_time_that_is_left() -> None:
    models = FakeModels()

    answer(models, build_turn(time_left=lambda: 40.0))

    (made,) = models.requests
    assert (made.max_tokens, made.temperature, made.tools) == (100, None, ())
    assert made.seconds == 40 - STORE_SECONDS - DELIVER_SECONDS
    assert models.references == [SETTINGS.reference]


def test_blank_ends_and_control_characters_are_no_part_of_the_message() -> None:
    models = FakeModels([says("\n ", " \nOne\r\n", "tw\x00o\ud800", " \n")])

    events = answer(models)

    assert list_utterances(events) == [("One\ntwo", None)]
    assert "".join(event.text for event in events if isinstance(event, AppendText)) == "One\ntwo \n"


def test_waiting_lets_the_caller_look_at_stop_requests() -> None:
    assert answer(FakeModels([[Waiting(), TextPiece("Yes."), Waiting(), DONE]])) == [
        AppendText(""),
        AppendText("Yes."),
        AppendText(""),
        SendMessage(Utterance(content="Yes.")),
    ]


def test_long_answer_becomes_several_messages() -> None:
    words = [f"word{number} " for number in range(2_000)]

    events = answer(FakeModels([says(*words)]))

    contents = [content for content, _ in list_utterances(events)]
    assert len(contents) == 3
    assert all(len(content) <= MAX_CONTENT_LENGTH for content in contents)
    assert " ".join(contents).split() == "".join(words).split()


def test_one_long_piece_becomes_several_messages() -> None:
    events = answer(FakeModels([says("x" * 20_000)]))

    assert [len(content) for content, _ in list_utterances(events)] == [8_000, 8_000, 4_000]


def test_answer_ends_at_the_messages_that_a_turn_may_send() -> None:
    models = FakeModels([says(*["x" * 7_000] * 20)])

    utterances = list_utterances(answer(models, max_messages=4))

    assert [reason for _, reason in utterances] == [None, None, None, "length"]
    assert models.closed == 1


# ------------------------------------------------------------------------------------------------------- endings


@pytest.mark.parametrize(
    ("reason", "mark"),
    [
        (FinishReason.COMPLETE, None),
        (FinishReason.LENGTH, "length"),
        (FinishReason.CONTENT_FILTER, "content_filter"),
        (FinishReason.TOOL_CALLS, None),
    ],
)
def test_reason_of_the_end_marks_the_message(reason: FinishReason, mark: str | None) -> None:
    assert list_utterances(answer(FakeModels([says("Fine", reason=reason)]))) == [("Fine", mark)]


@pytest.mark.parametrize(
    ("steps", "mark"),
    [
        (says(), None),
        (says(" \n", "\x00"), None),
        (says(reason=FinishReason.LENGTH), None),
        (says(reason=FinishReason.CONTENT_FILTER), "content_filter"),
    ],
)
def test_answer_without_text_is_the_fallback(steps: list[Step], mark: str | None) -> None:
    assert list_utterances(answer(FakeModels([steps]))) == [(FALLBACK, mark)]


@pytest.mark.parametrize("error", [DOWN, UnavailableError(), ModelRefusedError("too long")])
def test_break_after_the_first_word_keeps_and_marks_the_text(error: Exception) -> None:
    models = FakeModels([[TextPiece("Fine, "), error], says("never asked")])

    assert list_utterances(answer(models)) == [("Fine,", "interrupted")]
    assert len(models.requests) == 1


def test_stream_that_ends_without_an_end_is_interrupted() -> None:
    assert list_utterances(answer(FakeModels([[TextPiece("Fine")]]))) == [("Fine", "interrupted")]


def test_model_that_takes_too_long_is_closed_and_what_it_wrote_is_kept() -> None:
    models = FakeModels([[TextPiece("Fine"), 70.0, Waiting(), TextPiece(" late"), DONE]])

    assert list_utterances(answer(models)) == [("Fine", "interrupted")]
    assert models.closed == 1


def test_model_that_writes_nothing_in_time_is_the_fallback() -> None:
    models = FakeModels([[70.0, Waiting(), TextPiece("late"), DONE]])

    assert list_utterances(answer(models)) == [(FALLBACK, None)]
    assert len(models.requests) == 1


def test_turn_without_time_is_the_fallback_at_once() -> None:
    models = FakeModels()

    assert list_utterances(answer(models, build_turn(time_left=lambda: 10.0))) == [(FALLBACK, None)]
    assert models.requests == []


def test_call_of_a_tool_that_does_not_exist_is_an_error_for_the_model() -> None:
    models = FakeModels([calls("rm"), says("Sorry.")])

    assert list_utterances(answer(models)) == [("Sorry.", None)]
    assert models.list_prompts()[1][-1] == ("tool", "There is no tool rm.")


def test_half_a_call_is_not_made() -> None:
    models = FakeModels([[ToolCall("1", "rm", '{"pa'), *says(reason=FinishReason.LENGTH)]])

    assert list_utterances(answer(models)) == [(FALLBACK, None)]
    assert len(models.requests) == 1


# ------------------------------------------------------------------------------------------------------- retries


@pytest.mark.parametrize("error", [DOWN, UnavailableError()])
def test_failure_before_the_first_word_is_tried_again_with_a_backoff(error: Exception) -> None:
    models = FakeModels([[Waiting(), error], error, says("Fine")])

    assert list_utterances(answer(models)) == [("Fine", None)]
    assert models.seconds == sum(request_retries.BACKOFF_SECONDS)


def test_failures_end_in_the_fallback() -> None:
    models = FakeModels([[DOWN], [DOWN], [DOWN], says("never asked")])

    assert list_utterances(answer(models)) == [(FALLBACK, None)]
    assert len(models.requests) == request_retries.MAX_TRIES


def test_refusal_is_not_tried_again() -> None:
    models = FakeModels([[ModelRefusedError("no such model")], says("never asked")])

    assert list_utterances(answer(models)) == [(FALLBACK, None)]
    assert models.seconds == 0


def test_provider_says_how_long_to_wait() -> None:
    models = FakeModels([[ModelUnavailableError("slow down", wait_seconds=7)], says("Fine")])

    assert list_utterances(answer(models)) == [("Fine", None)]
    assert models.seconds == 7


def test_provider_that_wants_a_longer_wait_than_the_turn_has_is_the_fallback_at_once() -> None:
    models = FakeModels([[ModelUnavailableError("tomorrow", wait_seconds=3_600)], says("never asked")])

    assert list_utterances(answer(models)) == [(FALLBACK, None)]
    assert models.seconds == 0


def test_calls_of_a_broken_answer_are_forgotten() -> None:
    models = FakeModels([[ToolCall("1", "rm", "{}"), DOWN], says("Fine")])

    assert list_utterances(answer(models)) == [("Fine", None)]
    assert [len(prompt) for prompt in models.list_prompts()] == [1, 1]


# ------------------------------------------------------------------------------------------------------- stop


def test_stopped_answer_keeps_what_was_written() -> None:
    models = FakeModels([says("One ", "two ", "three")])

    events = answer(models, build_turn(is_stopped=stop_after(1)))

    assert events == [
        AppendText("One "),
        AppendText("two "),
        SendMessage(Utterance(content="One two", finish_reason="stopped")),
    ]
    assert models.closed == 1


def test_answer_that_is_stopped_before_the_first_word_has_no_message() -> None:
    models = FakeModels([[Waiting(), TextPiece("late"), DONE]])

    assert answer(models, build_turn(is_stopped=stop_after(0))) == [AppendText("")]


def test_answer_is_stopped_during_a_backoff() -> None:
    models = FakeModels([[ModelUnavailableError("slow down", wait_seconds=20)], says("never asked")])

    answer(models, build_turn(is_stopped=stop_after(2)))

    assert len(models.requests) == 1
    assert models.seconds <= 1


class OneTool(NoTools):
    """A toolbox with a tool that says something."""

    def list_tools(self) -> list[ModelTool]:
        return [ModelTool("rm", "Removes a file.", {})]

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        del call, limits
        return ToolResult("Removed.", [SendMessage(Utterance(content="Gone."))])


def test_answer_that_is_stopped_after_a_tool_asks_no_more() -> None:
    models = FakeModels([calls("rm"), says("never asked")])
    answerer = Answerer(models, models.clock, models.sleep)
    turn = build_turn(is_stopped=lambda: models.closed == 1)

    events = list(answerer.answer(Question(turn, SETTINGS, [ModelMessage("user", "Go")], FALLBACK, OneTool())))

    assert list_utterances(events) == [("Gone.", None)]
    assert len(models.requests) == 1


# ------------------------------------------------------------------------------------------------------- record


def test_answer_is_one_record_without_texts(caplog: pytest.LogCaptureFixture) -> None:
    turn = build_turn()
    with caplog.at_level(logging.INFO):
        answer(FakeModels([[0.25, Waiting(), TextPiece("Secret answer"), 1.0, DONE]]), turn)

    (record,) = caplog.records
    fields = vars(record)
    assert record.getMessage() == "model turn"
    assert fields["gen_ai.request.model"] == "small"
    assert fields["gen_ai.provider.name"] == "openai"
    assert fields["gen_ai.conversation.id"] == turn.conversation_id
    assert fields["gen_ai.response.finish_reasons"] == ["complete"]
    assert (fields["gen_ai.usage.input_tokens"], fields["gen_ai.usage.output_tokens"]) == (12, 3)
    assert fields["gen_ai.response.time_to_first_chunk"] == 0.25
    assert fields["gen_ai.client.operation.duration"] == 1.25
    (directive,) = fields["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["gen_ai.request.model"]]
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    assert units["gen_ai.response.time_to_first_chunk"] == "Seconds"
    assert units["gen_ai.usage.output_tokens"] == "Count"
    assert "Secret" not in str(fields)
    assert "How are you" not in str({name: value for name, value in fields.items() if name != "turn"})


def test_failure_is_counted_and_its_reason_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer(FakeModels([[ModelRefusedError("no such model")]]))

    warning, record = caplog.records
    assert warning.getMessage() == "model failed: no such model"
    assert vars(record)["ModelFailures"] == 1
    assert vars(record)["error.type"] == "ModelRefusedError"
    assert "gen_ai.usage.input_tokens" not in vars(record), "what the provider did not say is not 0"

"""Converts answers of bot servers, validated by the contract, to events."""

import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue, ValidationError

from conversations.contract.bot_server import (
    MAX_STATE_BYTES,
    AnswerModel,
    DeltaEvent,
    DoneEvent,
    MessageEvent,
    ServerAnswer,
    Suggestions,
    SuggestionsEvent,
)
from conversations.domain.bot_server import (
    ServerAnswerError,
    ServerDone,
    ServerEvent,
    ServerMessage,
    ServerSuggestions,
    ServerText,
)
from conversations.domain.message import Suggestion


def read_json(body: bytes) -> Iterator[ServerEvent]:
    """Yield the events of an answer as JSON.

    Raises
    ------
    ServerAnswerError
        If it is invalid.
    """
    try:
        answer = ServerAnswer.model_validate_json(body)
    except ValidationError as error:
        raise ServerAnswerError(f"invalid answer: {describe_errors(error)}") from None
    state = _check_state(answer.state)
    for message in answer.messages:
        yield ServerMessage(message.content, _to_suggestions(message.suggestions))
    yield ServerDone(state)


def convert_event(event: AnswerModel) -> ServerEvent:
    """Return an event of a stream.

    Raises
    ------
    ServerAnswerError
        If its state is too large.
    """
    match event:
        case DeltaEvent():
            return ServerText(event.content)
        case MessageEvent():
            return ServerMessage(event.content, _to_suggestions(event.suggestions))
        case SuggestionsEvent():
            return ServerSuggestions(_to_suggestions(event.suggestions))
        case DoneEvent():
            return ServerDone(_check_state(event.state))
        case _:
            raise AssertionError(event)  # pragma: no cover - the caller has handled the others


def describe_errors(error: ValidationError) -> str:
    """Describe why a part of an answer is invalid, without its content."""
    details = error.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, detail['loc'])) or 'JSON'}: {detail['msg']}" for detail in details[:5])


def _to_suggestions(suggestions: Suggestions) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(text=suggestion, value=suggestion)
        if isinstance(suggestion, str)
        else Suggestion(text=suggestion.text, value=suggestion.value)
        for suggestion in suggestions
    )


def _check_state(state: Mapping[str, JsonValue] | None) -> Mapping[str, JsonValue] | None:
    if state is None:
        return None
    try:
        size = len(json.dumps(state, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:
        # A number that JSON does not have, or half of a character.
        raise ServerAnswerError("the state has a value that JSON does not have") from None
    # safeguard: bot-server-state-size
    if size > MAX_STATE_BYTES:
        raise ServerAnswerError(f"the state has {size:,} bytes, and at most {MAX_STATE_BYTES:,} are allowed")
    return state

"""The events of a run, as JSON texts."""

import json
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from conversations.contract import problems
from conversations.contract.ag_ui.requests import RunAgentInput
from conversations.domain import ids
from conversations.domain.agent_run import Interrupt
from conversations.domain.message import Message, collect_suggestions

type Event = dict[str, JsonValue]


def build_run(
    run: RunAgentInput, conversation_id: str, messages: Sequence[Message], interrupt: Interrupt | None
) -> tuple[str, ...]:
    """Build the events of a run that has ended."""
    events = [_build_start(run), *_list_message_events(messages)]
    suggestions = collect_suggestions(messages)
    if suggestions:
        value: JsonValue = [suggestion.model_dump() for suggestion in suggestions]
        events.append({"type": "CUSTOM", "name": "suggestions", "value": value})
    events.append(
        {
            "type": "RUN_FINISHED",
            **_name(run),
            "result": {"conversation_id": ids.format_conversation_id(conversation_id)},
            "outcome": _build_outcome(messages, interrupt),
        }
    )
    return tuple(map(_format, events))


def build_empty_run(run: RunAgentInput) -> tuple[str, ...]:
    """Build the events of a run with nothing new to send."""
    end: Event = {"type": "RUN_FINISHED", **_name(run), "outcome": {"type": "success"}}
    return _format(_build_start(run)), _format(end)


def build_failed_run(run: RunAgentInput, error: Exception) -> tuple[str, ...]:
    """Build the events of a run that failed after its message was sent."""
    problem = problems.build_problem(error)
    failure: Event = {"type": "RUN_ERROR", "message": problem.detail, "code": problem.error}
    return _format(_build_start(run)), _format(failure)


def _name(run: RunAgentInput) -> Event:
    return {"threadId": run.thread_id, "runId": run.run_id}


def _build_start(run: RunAgentInput) -> Event:
    return {"type": "RUN_STARTED", **_name(run)}


def _list_message_events(messages: Sequence[Message]) -> Iterator[Event]:
    for message in messages:
        name: Event = {"messageId": ids.format_message_id(message.id)}
        yield {"type": "TEXT_MESSAGE_START", **name, "role": "assistant"}
        # AG-UI allows no empty piece.
        if message.content:
            yield {"type": "TEXT_MESSAGE_CONTENT", **name, "delta": message.content}
        yield {"type": "TEXT_MESSAGE_END", **name}


def _build_outcome(messages: Sequence[Message], interrupt: Interrupt | None) -> Event:
    if interrupt is not None:
        described: Event = {
            "id": interrupt.id,
            "reason": "input_required",
            **({"message": interrupt.question} if interrupt.question else {}),
            "responseSchema": dict(interrupt.schema),
        }
        return {"type": "interrupt", "interrupts": [described]}
    is_stopped = any(message.finish_reason == "stopped" for message in messages)
    return {"type": "cancelled" if is_stopped else "success"}


def _format(event: Event) -> str:
    return json.dumps(event)

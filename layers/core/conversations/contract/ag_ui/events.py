"""The events of a run, as JSON objects."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Protocol

from pydantic import JsonValue

from conversations.contract import problems
from conversations.contract.server_frames import ConnectedFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.agent_run import Interrupt
from conversations.domain.message import Message, Suggestion, collect_suggestions

type Event = dict[str, JsonValue]


class NamedRun(Protocol):
    """A run, as its client names it."""

    @property
    def thread_id(self) -> str:
        """Its thread."""
        ...

    @property
    def run_id(self) -> str:
        """Its name."""
        ...


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """What follows the messages of an answer.

    Attributes
    ----------
    suggestions
        The quick replies to it.
    interrupt
        What the bot waits for.
    is_stopped
        Whether the user has stopped the answer.
    """

    suggestions: tuple[Suggestion, ...]
    interrupt: Interrupt | None
    is_stopped: bool


def describe_end(messages: Sequence[Message], interrupt: Interrupt | None) -> AnswerEnd:
    """Return how an answer ends, from its messages and what the bot waits for."""
    is_stopped = any(message.finish_reason == "stopped" for message in messages)
    return AnswerEnd(collect_suggestions(messages), interrupt, is_stopped)


def build_run(
    run: NamedRun, conversation_id: str, messages: Sequence[Message], interrupt: Interrupt | None
) -> tuple[Event, ...]:
    """Build the events of a run that has ended."""
    end = describe_end(messages, interrupt)
    return (build_start(run), *_list_message_events(messages), *build_end(run, conversation_id, end))


def build_empty_run(run: NamedRun) -> tuple[Event, ...]:
    """Build the events of a run with nothing new to send."""
    return build_start(run), {"type": "RUN_FINISHED", **_name(run), "outcome": {"type": "success"}}


def build_failed_run(run: NamedRun, error: Exception) -> tuple[Event, ...]:
    """Build the events of a run that failed after its message was sent."""
    problem = problems.build_problem(error)
    return build_start(run), build_error(problem.error, problem.detail)


def build_start(run: NamedRun) -> Event:
    """Build the first event of a run."""
    return {"type": "RUN_STARTED", **_name(run)}


def build_text(message_id: str, text: str) -> Event:
    """Build the event with a piece of a message; AG-UI allows no empty one."""
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": text}


def build_text_start(message_id: str) -> Event:
    """Build the event that begins a message."""
    return {"type": "TEXT_MESSAGE_START", "messageId": message_id, "role": "assistant"}


def build_text_end(message_id: str) -> Event:
    """Build the event that ends a message."""
    return {"type": "TEXT_MESSAGE_END", "messageId": message_id}


def build_end(run: NamedRun, conversation_id: str, end: AnswerEnd) -> tuple[Event, ...]:
    """Build the events after the messages of a run; the last one ends it."""
    finished: Event = {
        "type": "RUN_FINISHED",
        **_name(run),
        "result": {"conversation_id": ids.format_conversation_id(conversation_id)},
        "outcome": _build_outcome(run, end),
    }
    if not end.suggestions:
        return (finished,)
    value: JsonValue = [suggestion.model_dump() for suggestion in end.suggestions]
    return {"type": "CUSTOM", "name": "suggestions", "value": value}, finished


def build_session(connected: ConnectedFrame) -> Event:
    """Build the event with a visitor's conversation, and the token that returns to it."""
    value: JsonValue = connected.model_dump(exclude={"type", "status"}, exclude_none=True)
    return {"type": "CUSTOM", "name": "session", "value": value}


def build_error(code: str, message: str, run_id: str | None = None) -> Event:
    """Build the event that ends a run, or the client's session, with an error of our error table."""
    named: Event = {} if run_id is None else {"runId": run_id}
    return {"type": "RUN_ERROR", "message": message, "code": code, **named}


def _name(run: NamedRun) -> Event:
    return {"threadId": run.thread_id, "runId": run.run_id}


def _list_message_events(messages: Sequence[Message]) -> Iterator[Event]:
    for message in messages:
        message_id = ids.format_message_id(message.id)
        yield build_text_start(message_id)
        if message.content:
            yield build_text(message_id, message.content)
        yield build_text_end(message_id)


def _build_outcome(run: NamedRun, end: AnswerEnd) -> Event:
    interrupt = end.interrupt
    if interrupt is None:
        return {"type": "cancelled" if end.is_stopped else "success"}
    described: Event = {
        "id": interrupt.id,
        "reason": "input_required",
        **({"message": interrupt.question} if interrupt.question else {}),
        "responseSchema": dict(interrupt.schema),
        "metadata": {"tanstack:interruptBinding": _bind_interrupt(run, interrupt)},
    }
    return {"type": "interrupt", "interrupts": [described]}


def _bind_interrupt(run: NamedRun, interrupt: Interrupt) -> Event:
    """Return what lets TanStack AI's client answer an interrupt; without it, the client only shows the question."""
    schema = json.dumps(dict(interrupt.schema), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "v": 1,
        "kind": "generic",
        "interruptId": interrupt.id,
        "interruptedRunId": run.run_id,
        "generation": 0,
        "responseSchemaHash": f"sha256:{hashlib.sha256(schema.encode()).hexdigest()}",
    }

"""The checks of streamed answers: what devices showed while a model generated them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.faults.bot import FALLBACK, build_model_answer, is_model_question
from tests.faults.clients import SimulatedClient, SimulatedUser
from tests.faults.plans import Fault
from tests.faults.simulation import Simulation

type Message = Mapping[str, Any]

_COSTS_TIME = frozenset({Fault.STALLED, Fault.SLOW})


def find_wrong_states(users: Sequence[SimulatedUser]) -> Iterator[str]:
    """Yield a sentence for every state of a device in which a piece was missing, repeated or taken back."""
    for client in [client for user in users for client in user.clients]:
        for conversation_id, stream in client.streams_by_conversation.items():
            name = f"{client.name} in {conversation_id[-6:]}"
            last: tuple[int, str, str] = (0, "", "")
            for attempt, message_id, text in stream.states:
                if not _is_beginning(text):
                    yield f"{name} showed {text!r}, which is the beginning of no answer"
                if last[:2] == (attempt, message_id) and not text.startswith(last[2]):
                    yield f"{name} showed {last[2]!r} and then {text!r}"
                last = (attempt, message_id, text)
            is_one_run = all(frame["attempt"] == 1 for frame in client.frames if frame["type"] == "delta")
            # Two runs at a time send pieces of their own.
            if stream.gaps and is_one_run:
                yield f"{name} was sent pieces that it could not append: {stream.gaps}"


def find_abandoned_texts(client: SimulatedClient, conversation_id: str) -> Iterator[str]:
    """Yield a sentence if a device shows an answer as in progress after everything has ended."""
    stream = client.streams_by_conversation.get(conversation_id)
    if stream is not None and stream.texts:
        yield f"{client.name} in {conversation_id[-6:]} shows forever, as an answer in progress: {stream.texts}"


def check_shown(
    simulation: Simulation, user: SimulatedUser, conversation_id: str, history: Sequence[Message]
) -> Iterator[str]:
    """Check what devices showed against the history.

    A turn that ran once has stored what devices showed of it, under the same id unless the user has sent a message
    meanwhile. One that was run again may have written less; then the stored messages replace it, so at the end no
    device shows an answer in progress.
    """
    for client in user.clients:
        stream = client.streams_by_conversation.get(conversation_id)
        for _, message_id, text in [] if stream is None or simulation.has_repeated_turns() else stream.states:
            stored = [
                message["content"]
                for index, message in enumerate(history)
                if message["id"] == message_id or (message["id"] > message_id and _has_moved(history, index))
            ]
            if not any(content.startswith(text) for content in stored):
                yield f"{client.name} showed {text!r} of {message_id}, and the history has {stored}"


def check_answer(simulation: Simulation, user: SimulatedUser, content: str, reply: Message) -> Iterator[str]:
    """Check that a model's answer is complete, or that its ``finish_reason`` says rightly why it is not."""
    complete, reason = build_model_answer(content), reply.get("finish_reason")
    failed = simulation.has_fault("model") or any(fault.fault in _COSTS_TIME for fault in simulation.faults)
    allowed = {
        None: reply["content"] == complete or failed,
        "stopped": user.has_stopped(content),
        "interrupted": failed,
    }
    if not allowed.get(reason, False):
        yield f"{content} has the answer {reply['content']!r} with finish_reason {reason}"


def is_answer(content: str, reply: Message) -> bool:
    """Return whether a message can be the model's answer to a question."""
    text = reply["content"]
    is_reply = text == FALLBACK or build_model_answer(content).startswith(text)
    return is_model_question(content) and is_reply


def _has_moved(history: Sequence[Message], index: int) -> bool:
    """Return whether the user has sent a message before this answer to an earlier one."""
    before = [message["sender"] for message in history[max(index - 2, 0) : index]]
    return before == ["user", "user"]


def _is_beginning(text: str) -> bool:
    """Return whether a text is the beginning of a scripted answer; all pieces of all answers differ."""
    number = text.removeprefix("Reply ").partition(":")[0]
    return text == FALLBACK or (number.isdecimal() and build_model_answer(f"ask {number}").startswith(text))

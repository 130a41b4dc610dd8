"""The checks of streamed answers: what devices showed while a bot wrote them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.faults import bot_servers, models
from tests.faults.bot import ERROR, FALLBACK, GREETING, build_streamed_answer
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
    answered = simulation.get_answered_seqs()
    for client in user.clients:
        stream = client.streams_by_conversation.get(conversation_id)
        for _, message_id, text in [] if stream is None or simulation.has_repeated_turns() else stream.states:
            stored = [
                message["content"]
                for index, message in enumerate(history)
                if message["sender"] == "bot"
                and (
                    message["id"] == message_id
                    or (message["id"] > message_id and _has_moved(history[:index], answered[message["id"]]))
                )
            ]
            if not any(content.startswith(text) for content in stored):
                yield f"{client.name} showed {text!r} of {message_id}, and the history has {stored}"


def check_answer(simulation: Simulation, user: SimulatedUser, content: str, turn: Sequence[Message]) -> Iterator[str]:
    """Check that an answer is complete, or says rightly why it is not."""
    yield from _check_turn(simulation, user, content, (build_streamed_answer(content),), turn)


def check_greeting(simulation: Simulation, user: SimulatedUser, turn: Sequence[Message]) -> Iterator[str]:
    """Check that a greeting is complete, or says rightly why it is not."""
    yield from _check_turn(simulation, user, bot_servers.GREETED, GREETING, turn)


def _check_turn(
    simulation: Simulation, user: SimulatedUser, name: str, complete: Sequence[str], turn: Sequence[Message]
) -> Iterator[str]:
    """Check the messages of a turn against the complete ones; ``name`` is what a user may have stopped."""
    failed, stopped = _may_fail(simulation), user.has_stopped(name)
    *before, last = turn
    content, reason, next_one = last["content"], last.get("finish_reason"), [*complete[len(before) : len(before) + 1]]
    is_beginning = any(expected.startswith(content) for expected in next_one)
    is_last = len(turn) == len(complete) or stopped
    is_sentence = (content == FALLBACK and failed) or (content == ERROR and len(turn) == 1 and _is_invalid(simulation))
    allowed = {
        None: (content in next_one and is_last) or is_sentence,
        "stopped": is_beginning and stopped,
        "interrupted": is_beginning and failed,
    }
    is_begun_well = [(message["content"], message.get("finish_reason")) for message in before] == [
        (expected, None) for expected in complete[: len(before)]
    ]
    if not is_begun_well or not allowed.get(reason, False):
        yield f"{name} has the answer {[message['content'] for message in turn]} with finish_reason {reason}"


def _may_fail(simulation: Simulation) -> bool:
    """Return whether a model or a bot server may have failed, or an answer may have taken too long."""
    return (
        simulation.has_fault(models.SERVICE)
        # Also without a fault of its own, if lost frames have taken the time of the request.
        or any(request.outcome == "failed" for request in simulation.server_requests)
        or any(fault.fault in _COSTS_TIME for fault in simulation.faults)
    )


def _is_invalid(simulation: Simulation) -> bool:
    return any(fault.fault is Fault.INVALID for fault in simulation.faults)


def _has_moved(before: Sequence[Message], answered: int) -> bool:
    """Return whether the user sent a message after the one that is answered; given those before the answer."""
    return any(message["sender"] == "user" and message["seq"] > answered for message in before)


def _is_beginning(text: str) -> bool:
    """Return whether a text is the beginning of a scripted answer; all pieces of all answers differ."""
    number = text.removeprefix("Reply ").partition(":")[0]
    is_sentence = text in (FALLBACK, ERROR) or any(greeting.startswith(text) for greeting in GREETING)
    return is_sentence or (number.isdecimal() and build_streamed_answer(f"ask {number}").startswith(text))

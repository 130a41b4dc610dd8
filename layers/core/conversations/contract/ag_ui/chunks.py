"""The events of an answer on a connection: chunks with ids, from any of which a client can resume.

The id of a chunk is the client's position after it: which message, how much of its text, and a digest of all text of
the answer up to there. So the chunks after a position follow from the answer alone, however it was cut before, and
nothing is stored per chunk. The digest shows whether the client has the beginning of this answer, or of one that an
earlier attempt wrote before its worker died.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from conversations.contract.ag_ui.events import (
    AnswerEnd,
    Event,
    build_end,
    build_start,
    build_text,
    build_text_end,
    build_text_start,
)
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.agent_link import RunReference
from conversations.domain.conversation import GREETING_SEQ

NOTHING = "-1"
"""The position of a client that has no event of the run (TanStack AI's ``joinRun``)."""

STARTED = "run"
_SUGGESTED, _FINISHED, _REPLACED = "suggestions", "end", "snapshot"
_AFTER_TEXT = (_SUGGESTED, _REPLACED)

_TEXT_POSITION = re.compile(r"(\d+)\.(\d+|end)\.([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A frame of the server: an event, and the position after it if it belongs to an answer."""

    event: Event
    id: str | None = None

    def to_json(self) -> str:
        """Serialize the frame for the wire."""
        return json.dumps(self.event if self.id is None else {"id": self.id, "chunk": self.event})


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """An answer so far.

    Attributes
    ----------
    texts
        The contents of its messages, in order.
    is_open
        Whether the last message is still being written.
    end
        What follows the messages; None while the bot answers.
    """

    texts: tuple[str, ...]
    is_open: bool = False
    end: AnswerEnd | None = None


def build_started_chunk(run: RunReference) -> Chunk:
    """Build the first chunk of a run."""
    return Chunk(build_start(run), STARTED)


def list_chunks(run: RunReference, answer: AgentAnswer, position: str) -> tuple[Chunk, ...] | None:
    """Return all chunks after a position; None if the client has text that is not the beginning of this answer."""
    if position == _FINISHED:
        return ()
    end = () if answer.end is None else _list_end(run, answer.end)
    if position in _AFTER_TEXT:
        return end[-1:]
    place = _parse_place(position, answer)
    if place is None:
        return None
    started = (build_started_chunk(run),) if position == NOTHING else ()
    return (*started, *_list_text_chunks(run, answer, place), *end)


def replace_text(run: RunReference, snapshot: Event, end: AnswerEnd) -> tuple[Chunk, ...]:
    """Return the chunks for a client with text of an earlier attempt: all messages of the thread, and the end."""
    return (Chunk(snapshot, _REPLACED), *_list_end(run, end))


def name_message(conversation_id: str, answers: int, index: int) -> str:
    """Return the name of a message of an answer.

    It is not the id of the stored message, which changes if the user sends another message during the answer.
    """
    return f"{ids.format_conversation_id(conversation_id)}:{answers}.{index}"


class _Place(NamedTuple):
    """A message, and how many of its characters a client has; None if the client has not even its beginning."""

    message: int
    length: int | None


def _parse_place(position: str, answer: AgentAnswer) -> _Place | None:
    if position in (NOTHING, STARTED):
        return _Place(0, None)
    match = _TEXT_POSITION.fullmatch(position)
    if match is None:
        return None
    index, is_ended = int(match[1]), match[2] == "end"
    if index >= len(answer.texts) or (is_ended and _is_growing(answer, index)):
        return None
    length = len(answer.texts[index]) if is_ended else int(match[2])
    # safeguard: run-text-verified
    if length > len(answer.texts[index]) or match[3] != _digest(answer, index, length):
        return None
    return _Place(index + 1, None) if is_ended else _Place(index, length)


def _list_text_chunks(run: RunReference, answer: AgentAnswer, place: _Place) -> Iterator[Chunk]:
    answers = GREETING_SEQ if run.message_id is None else ids.get_seq(run.message_id)
    for index in range(place.message, len(answer.texts)):
        name, text = name_message(run.conversation_id, answers, index), answer.texts[index]
        length = place.length if index == place.message else None
        if length is None:
            yield Chunk(build_text_start(name), f"{index}.0.{_digest(answer, index, 0)}")
        digest = _digest(answer, index, len(text))
        if text[length:]:
            yield Chunk(build_text(name, text[length:]), f"{index}.{len(text)}.{digest}")
        if not _is_growing(answer, index):
            yield Chunk(build_text_end(name), f"{index}.end.{digest}")


def _list_end(run: RunReference, end: AnswerEnd) -> tuple[Chunk, ...]:
    *suggestions, finished = build_end(run, run.conversation_id, end)
    return (*(Chunk(event, _SUGGESTED) for event in suggestions), Chunk(finished, _FINISHED))


def _is_growing(answer: AgentAnswer, index: int) -> bool:
    return answer.is_open and index == len(answer.texts) - 1


def _digest(answer: AgentAnswer, index: int, length: int) -> str:
    parts: Sequence[str] = (*answer.texts[:index], answer.texts[index][:length])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]

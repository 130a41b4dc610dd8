"""Parses answers that arrive as server-sent events (HTML Standard, section 9.2)."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError
from sseclient import SSEClient

from conversations.adapters.bot_servers.answers import convert_event, describe_errors
from conversations.contract.bot_server import EVENTS, ErrorEvent
from conversations.domain.bot_server import ServerAnswerError, ServerDone, ServerEvent, ServerUnavailableError

MAX_EVENT_BYTES = 256 * 1024
"""Bytes of one event: more than the longest text of a message, or the largest state, takes as JSON."""

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_MAX_BLANK_LINE_BYTES = 4
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _StreamEvent(NamedTuple):
    name: str
    data: str


def read_event_stream(chunks: Iterable[bytes]) -> Iterator[ServerEvent]:
    """Yield the events of an answer as they arrive, until the one that ends it.

    Raises
    ------
    ServerUnavailableError
        If the stream ends before that, or the server reports that it cannot continue.
    ServerAnswerError
        If an event is invalid.
    """
    for event in _parse(chunks):
        model = EVENTS.get(event.name)
        if model is None:
            continue
        try:
            answer = model.model_validate_json(event.data)
        except ValidationError as error:
            raise ServerAnswerError(f"invalid event `{event.name}`: {describe_errors(error)}") from None
        if isinstance(answer, ErrorEvent):
            raise ServerUnavailableError("the server reported with an event `error` that it cannot continue")
        converted = convert_event(answer)
        yield converted
        if isinstance(converted, ServerDone):
            return
    # safeguard: bot-server-explicit-end
    raise ServerUnavailableError("the stream ended without an event `done`")


def _parse(chunks: Iterable[bytes]) -> Iterator[_StreamEvent]:
    try:
        for event in SSEClient(_split_events(chunks)).events():
            yield _StreamEvent(event.event, event.data)
    except UnicodeDecodeError:
        raise ServerAnswerError("the stream is not UTF-8") from None


def _split_events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the complete events of a stream; an event that was cut is dropped, as the standard demands."""
    pending = bytearray()
    is_first = True
    for chunk in chunks:
        searched = max(len(pending) - _MAX_BLANK_LINE_BYTES, 0)
        pending += chunk
        if is_first and len(pending) >= len(_BYTE_ORDER_MARK):
            is_first = False
            if pending.startswith(_BYTE_ORDER_MARK):
                del pending[: len(_BYTE_ORDER_MARK)]
        ends = [match.end() for match in _BLANK_LINE.finditer(pending, searched)]
        if ends:
            yield bytes(pending[: ends[-1]])
            del pending[: ends[-1]]
        # safeguard: bot-server-event-size
        if len(pending) > MAX_EVENT_BYTES:
            raise ServerAnswerError(f"an event is larger than {MAX_EVENT_BYTES // 1024} KB")

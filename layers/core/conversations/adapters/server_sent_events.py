"""Parses server-sent events (HTML Standard, section 9.2) that arrive in pieces of any size."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sseclient import SSEClient

MAX_EVENT_BYTES = 256 * 1024
"""Bytes of one event: more than the longest text of a message, or the largest state, takes as JSON."""

_LINE_END = re.compile(rb"\r\n|\r")
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_MAX_BLANK_LINE_BYTES = 4
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventStreamError(Exception):
    """The stream is not UTF-8, or an event is too large."""


class ServerSentEvent(NamedTuple):
    """An event: its name, ``message`` by default, and its data."""

    name: str
    data: str


def parse_events(chunks: Iterable[bytes]) -> Iterator[ServerSentEvent]:
    """Yield the events as they arrive; an event that was cut is dropped, as the standard demands.

    Raises
    ------
    EventStreamError
        If the stream is invalid.
    """
    try:
        for event in SSEClient(_split_events(chunks)).events():
            yield ServerSentEvent(event.event, event.data)
    except UnicodeDecodeError:
        raise EventStreamError("the stream is not UTF-8") from None


def _split_events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the stream in parts that end with an event, with one kind of line ends: the library expects both."""
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
            yield _LINE_END.sub(b"\n", bytes(pending[: ends[-1]]))
            del pending[: ends[-1]]
        # safeguard: event-size
        if len(pending) > MAX_EVENT_BYTES:
            raise EventStreamError(f"an event is larger than {MAX_EVENT_BYTES // 1024} KB")

"""Parses answers that arrive as server-sent events."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from conversations.adapters.bot_servers.answers import convert_event, describe_errors
from conversations.adapters.server_sent_events import EventStreamError, ServerSentEvent, parse_events
from conversations.contract.bot_server import EVENTS, ErrorEvent
from conversations.domain.bot_server import ServerAnswerError, ServerDone, ServerEvent, ServerUnavailableError


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


def _parse(chunks: Iterable[bytes]) -> Iterator[ServerSentEvent]:
    try:
        yield from parse_events(chunks)
    except EventStreamError as error:
        raise ServerAnswerError(str(error)) from None

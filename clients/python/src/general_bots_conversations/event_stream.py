"""Events as an app reads them."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from general_bots_conversations.events import Event

EventT = TypeVar("EventT")


class EventStream(Generic[EventT]):
    """The events from the moment of its creation on: ``async for event in stream``.

    It ends when the client is closed. ``async with`` or ``close`` end it before that.

    Parameters
    ----------
    accepts
        Whether the stream has an event.
    on_close
        Called when the stream needs no more events.
    """

    def __init__(
        self, accepts: Callable[[Event], EventT | None], on_close: Callable[["EventStream[EventT]"], None]
    ) -> None:
        self._accepts = accepts
        self._on_close = on_close
        self._queue: asyncio.Queue[EventT | None] = asyncio.Queue()
        self._is_closed = False

    def put(self, event: Event) -> None:
        """Add an event, if it belongs to the stream."""
        accepted = self._accepts(event)
        if accepted is not None and not self._is_closed:
            self._queue.put_nowait(accepted)

    def close(self) -> None:
        """End the stream after the events that it has."""
        if not self._is_closed:
            self._is_closed = True
            self._queue.put_nowait(None)
            self._on_close(self)

    def __aiter__(self) -> "EventStream[EventT]":
        return self

    async def __anext__(self) -> EventT:
        event = None if self._is_closed and self._queue.empty() else await self._queue.get()
        if event is None:
            raise StopAsyncIteration
        return event

    async def __aenter__(self) -> "EventStream[EventT]":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

"""An event loop in a thread of its own."""

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from threading import Thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from general_bots_conversations.errors import ConversationsError

if TYPE_CHECKING:
    from concurrent.futures import Future

_T = TypeVar("_T")


class ClosedError(ConversationsError):
    """The client is closed."""


class LoopThread:
    """Runs coroutines for other threads, which wait for their results."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="conversations-client", daemon=True)
        self._thread.start()

    def wait(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Return the result of a coroutine. If the caller is interrupted, by Ctrl-C, the coroutine is cancelled."""
        if self._loop.is_closed():
            coroutine.close()
            raise ClosedError("The client is closed.")
        future: Future[_T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[[], _T]) -> _T:
        """Return the result of a function, which is called in the loop's thread."""

        async def run() -> _T:
            return function()

        return self.wait(run())

    def iterate(self, iterator: AsyncIterator[_T]) -> Iterator[_T]:
        """Yield the items of an asynchronous iterator."""

        async def get_next() -> list[_T]:
            try:
                return [await anext(iterator)]
            except StopAsyncIteration:
                return []

        while items := self.wait(get_next()):
            yield items[0]

    @property
    def is_stopped(self) -> bool:
        """Whether the loop has ended."""
        return self._loop.is_closed()

    def stop(self) -> None:
        """Stop the loop and its thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


class Events(Generic[_T]):
    """Events for another thread, from the moment of its creation on.

    ``for event in events`` waits for each and ends when the client is closed; ``get`` waits for one with a time limit.
    """

    def __init__(self, thread: LoopThread, create: Callable[[], Any]) -> None:
        self._thread = thread
        self._queue: queue.Queue[_T | None] = queue.Queue()
        self._is_closed = False
        self._stream = thread.call(create)
        thread.call(self._start)

    def get(self, timeout: float | None = None) -> _T:
        """Return the next event.

        Raises
        ------
        TimeoutError
            If no event arrives within that time.
        ClosedError
            If the client is closed.
        """
        try:
            event = None if self._is_closed else self._queue.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError("There is no event.") from None
        if event is None:
            self._is_closed = True
            raise ClosedError("The client is closed.")
        return event

    def close(self) -> None:
        """End the events."""
        self._thread.call(self._stream.close)

    def __iter__(self) -> Iterator[_T]:
        while True:
            try:
                yield self.get()
            except ClosedError:
                return

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._copy())

    async def _copy(self) -> None:
        async for event in self._stream:
            self._queue.put(event)
        self._queue.put(None)

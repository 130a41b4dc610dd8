"""Reads a blocking source in a thread, so that its reader can look at the clock and at stop requests meanwhile."""

import socket
import time
from collections.abc import Callable, Generator, Iterator
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from basic.http.transport import shut_down


class Abort:
    """Aborts the connection of a source whose reader has left, from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._is_set = False

    @property
    def is_set(self) -> bool:
        """Whether the reader has left."""
        return self._is_set

    def set(self) -> None:
        """Shut down the connection, now or as soon as there is one."""
        with self._lock:
            self._is_set = True
            if self._socket is not None:
                shut_down(self._socket)

    def watch(self, connection_socket: socket.socket) -> None:
        """Set the connection to shut down."""
        with self._lock:
            self._socket = connection_socket
            if self._is_set:
                shut_down(connection_socket)


class _End:
    """The source has ended."""


def read_in_background[Item](
    start: Callable[[Abort], Iterator[Item]], *, seconds: float, waiting_seconds: float
) -> Generator[Item | None]:
    """Yield the items of a source as they arrive, and None each time that none has arrived for a moment.

    Closing the iterator aborts the source. A source that is connecting then ends after its connection time-out.

    Parameters
    ----------
    start
        Returns the source, which registers its connection.
    seconds
        Time limit for the whole source.
    waiting_seconds
        After how many seconds without an item to yield None.

    Raises
    ------
    TimeoutError
        If the source takes too long.
    Exception
        What the source raises.
    """
    results: SimpleQueue[Item | _End | Exception] = SimpleQueue()
    abort = Abort()

    def read() -> None:
        try:
            for item in start(abort):
                if abort.is_set:
                    return
                results.put(item)
            results.put(_End())
        except Exception as error:  # noqa: BLE001 - it is raised in the thread of the reader
            results.put(error)

    deadline = time.monotonic() + seconds
    Thread(target=read, daemon=True).start()
    try:
        # safeguard: background-deadline
        while (left := deadline - time.monotonic()) > 0:
            try:
                result = results.get(timeout=min(left, waiting_seconds))
            except Empty:
                yield None
                continue
            if isinstance(result, _End):
                return
            if isinstance(result, Exception):
                raise result
            yield result
        raise TimeoutError(f"no complete answer within {seconds:.0f} seconds")
    finally:
        # safeguard: background-abort
        abort.set()

"""Time, as the core sees it."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Protocol, TypeAlias

Cancel: TypeAlias = Callable[[], None]


class Clock(Protocol):
    """Two clocks: timers must not follow changes of the date."""

    def now(self) -> float:
        """Return the seconds since 1970."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""


class Timers:
    """Callbacks that are due later. The driver of the core calls them when their time has come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count()
        self._heap: list[tuple[float, int]] = []
        self._callbacks: dict[int, Callable[[], None]] = {}

    @property
    def next_deadline(self) -> float | None:
        """When the next callback is due, on the monotonic clock; None without a callback."""
        while self._heap and self._heap[0][1] not in self._callbacks:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def schedule(self, delay: float, callback: Callable[[], None]) -> Cancel:
        """Call something after a delay in seconds, unless it is cancelled."""
        number = next(self._numbers)
        self._callbacks[number] = callback
        heapq.heappush(self._heap, (self._clock.monotonic() + delay, number))

        def cancel() -> None:
            self._callbacks.pop(number, None)

        return cancel

    def run_due(self) -> None:
        """Call everything that is due."""
        now = self._clock.monotonic()
        while (deadline := self.next_deadline) is not None and deadline <= now:
            _, number = heapq.heappop(self._heap)
            self._callbacks.pop(number)()


def cancel_nothing() -> None:
    """Cancel no timer: none is set."""

"""Delays between retries."""

from collections.abc import Callable


class Backoff:
    """Exponential backoff with full jitter: a random delay between zero and a ceiling that doubles.

    Clients that lost the same server do not reconnect at the same time (AWS Architecture Blog, "Exponential Backoff And
    Jitter").

    Parameters
    ----------
    initial, maximum
        The first and the highest ceiling, in seconds.
    random
        Returns a number from 0 up to 1.
    """

    def __init__(self, initial: float, maximum: float, random: Callable[[], float]) -> None:
        self._initial = initial
        self._maximum = maximum
        self._random = random
        self._failures = 0

    def next_delay(self) -> float:
        """Count one more failure; return the seconds before the next attempt."""
        # The exponent is bounded, because a client may fail for days.
        ceiling = min(self._maximum, self._initial * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return self._random() * ceiling

    def reset(self) -> None:
        """Start again with the first ceiling, after a success."""
        self._failures = 0

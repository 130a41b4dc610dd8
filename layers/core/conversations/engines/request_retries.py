"""Retries of a request to a language model or a bot server, before the first word of its answer."""

from collections.abc import Callable, Iterator

from conversations.domain.turn import AppendText, Turn
from conversations.domain.turn_time import WAITING_SECONDS

BACKOFF_SECONDS = (0.5, 1.5)
"""Backoff after a failure, try by try, unless the response says when another request is accepted (``Retry-After``)."""

MAX_TRIES = len(BACKOFF_SECONDS) + 1
"""How often a request is made that fails before the first word."""

MIN_SECONDS = 1
"""Time for which a request is made at all."""


def wait_for_retry(
    turn: Turn, seconds: float, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[AppendText]:
    """Wait until the next try, or until the user stops the answer; the caller looks for stop requests at each event.

    Parameters
    ----------
    turn
        The turn.
    seconds
        The backoff.
    clock, sleep
        A monotonic clock in seconds, and waiting by it.
    """
    end = clock() + seconds
    while (left := end - clock()) > 0 and not turn.is_stopped():
        sleep(min(left, WAITING_SECONDS))
        yield AppendText("")

"""Bounds of processor time, which catch work that grows with the square of its input and not a busy machine."""

import gc
import time
from collections.abc import Callable

_TRIES = 3


def takes_at_most(seconds: float, action: Callable[[], object]) -> bool:
    """Return whether an action takes at most so many seconds of processor time, in the best of three tries.

    The collector is off meanwhile: it would visit all objects of the whole test run.
    """
    return any(_measure(action) <= seconds for _ in range(_TRIES))


def _measure(action: Callable[[], object]) -> float:
    gc.disable()
    try:
        started = time.process_time()
        action()
        return time.process_time() - started
    finally:
        gc.enable()

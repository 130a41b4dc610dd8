"""Factories that are called once per process, also if several turns run at the same time."""

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Any

_ABSENT: Any = object()

# One for all factories: they call each other, and boto3 creates clients of its default session in one thread only.
_lock = RLock()


class Once[Result]:
    """A factory whose first result is kept. ``cache_clear`` forgets it."""

    def __init__(self, factory: Callable[[], Result]) -> None:
        self.__wrapped__ = factory
        self._result: Result = _ABSENT
        update_wrapper(self, factory)

    def __call__(self) -> Result:
        """Return the result; the first caller creates it, and the others wait for it."""
        if self._result is _ABSENT:
            with _lock:
                # safeguard: once-per-process
                if self._result is _ABSENT:
                    self._result = self.__wrapped__()
        return self._result

    def cache_clear(self) -> None:
        """Make the next call create the result again."""
        self._result = _ABSENT


def once[Result](factory: Callable[[], Result]) -> Once[Result]:
    """Keep the first result of a factory; ``functools.cache`` may call it once per thread."""
    return Once(factory)

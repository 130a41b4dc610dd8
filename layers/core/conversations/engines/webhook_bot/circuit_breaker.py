"""A circuit breaker: a server that keeps failing is not called for a while, so that no turn waits for it.

Its state is in the memory of the process. It costs no request, and a process that does not know yet that a server is
down finds out with a few requests of its own (ADR 32).
"""

from collections.abc import Callable
from dataclasses import field
from threading import Lock

from cachetools import LRUCache

from conversations.data_classes import dataclass

MAX_FAILURES = 5
"""Failures in a row after which a server is not called."""

OPEN_SECONDS = 15
"""How long it is not called. After that one request tries it, and the others wait for its result."""

PROBE_SECONDS = 30
"""How long the result of that request is waited for: the time limit of a request."""

_MAX_SERVERS = 1_000


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    refuses_until: float = 0


def _new_cache() -> LRUCache[str, _Circuit]:
    return LRUCache(_MAX_SERVERS)


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """Knows the failures of servers. Turns that run side by side share it.

    Attributes
    ----------
    clock
        A monotonic clock in seconds.
    """

    clock: Callable[[], float]
    _circuits: LRUCache[str, _Circuit] = field(default_factory=_new_cache)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, url: str) -> bool:
        """Return whether to call a server. After a pause, one caller gets True and is expected to report the result."""
        with self._lock:
            circuit = self._circuits.get(url)
            if circuit is None or circuit.failures < MAX_FAILURES:
                return True
            now = self.clock()
            # safeguard: circuit-open
            if now < circuit.refuses_until:
                return False
            # safeguard: circuit-one-probe
            circuit.refuses_until = now + PROBE_SECONDS
            return True

    def report_success(self, url: str) -> None:
        """Forget the failures of a server."""
        with self._lock:
            self._circuits.pop(url, None)

    def report_failure(self, url: str) -> None:
        """Count a failure of a server."""
        with self._lock:
            circuit = self._circuits.setdefault(url, _Circuit())
            circuit.failures += 1
            circuit.refuses_until = self.clock() + OPEN_SECONDS

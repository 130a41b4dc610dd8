"""What all parts of the core use: time, chance, and the storage of one user or visitor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import random
from typing import Any
from uuid import uuid4

from general_bots_conversations.core.backoff import Backoff
from general_bots_conversations.core.timers import Clock, Timers
from general_bots_conversations.storage import Storage
from general_bots_conversations.timing import Timing

VISITOR = "visitor"
"""The owner of a visitor's values in a storage."""


def create_id() -> str:
    """Return a random id."""
    return str(uuid4())


@dataclass(slots=True)
class Environment:
    """The environment of a client.

    Attributes
    ----------
    storage, owner
        Where values are stored, and whose they are: owners cannot read each other's values.
    timing
        Timeouts and intervals.
    clock, timers
        The time.
    random, create_id
        Return a number from 0 up to 1, and a random id.
    """

    storage: Storage
    owner: str
    timing: Timing
    clock: Clock
    random: Callable[[], float] = random
    create_id: Callable[[], str] = create_id
    timers: Timers = field(init=False)

    def __post_init__(self) -> None:
        self.timers = Timers(self.clock)

    def read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a stored value of the owner, or None if the name has no value."""
        return self.storage.read(f"{self.owner}/{name}")

    def write(self, name: str, value: Any, *, must_succeed: bool = False) -> None:  # noqa: ANN401 - JSON
        """Store a value of the owner; None removes it.

        A full disk only matters where the caller relies on the value. Elsewhere it means that after a crash a message
        is sent again, which the server recognizes by its id.

        Raises
        ------
        OSError
            If the value cannot be stored and ``must_succeed`` is set.
        """
        try:
            self.storage.write(f"{self.owner}/{name}", value)
        except OSError:
            if must_succeed:
                raise

    def create_backoff(self) -> Backoff:
        """Return a backoff that begins with its first ceiling."""
        return Backoff(self.timing.initial_backoff, self.timing.max_backoff, self.random)

    def format_now(self) -> str:
        """Return the time as the server writes it: RFC 3339, UTC, milliseconds."""
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"

"""A clock that stands until it is moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import MORNING


@dataclass(slots=True)
class HandClock:
    """``Clock``, driven by hand."""

    time: datetime = MORNING

    def __call__(self) -> datetime:
        return self.time

    def forward(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Let time pass; a negative number turns the clock back."""
        self.time += timedelta(seconds=seconds, minutes=minutes, hours=hours)

"""A clock that tests set."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import MORNING


@dataclass(slots=True)
class HandClock:
    """``Clock`` that advances only when the test says so."""

    time: datetime = MORNING

    def __call__(self) -> datetime:
        return self.time

    def forward(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Advance the clock; a negative number sets it back."""
        self.time += timedelta(seconds=seconds, minutes=minutes, hours=hours)

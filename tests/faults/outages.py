"""Services that are unavailable for a time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Outages:
    """The outages of a run: of ``dynamodb``, ``sqs``, ``bot_server``, or ``lambda`` for workers that are throttled."""

    _periods: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def start(self, service: str, now: datetime, duration: timedelta) -> None:
        """Make a service unavailable from now on."""
        self._periods[service] = (now, now + duration)

    def affects(self, service: str, now: datetime) -> bool:
        """Return whether a service is unavailable."""
        start, end = self._periods.get(service, (now, now))
        return start <= now < end

    def is_any(self, now: datetime) -> bool:
        """Return whether any service is unavailable."""
        return any(self.affects(service, now) for service in self._periods)

    def get_end(self, service: str, now: datetime) -> datetime | None:
        """Return when a service that is unavailable becomes available, None if it is available."""
        return self._periods[service][1] if self.affects(service, now) else None

"""Reads each schedule in its time zone: MiniStack reads all of them in UTC."""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

type Schedules = MutableMapping[Any, dict[str, Any]]

_ZONE = "ScheduleExpressionTimezone"


def tick_in_zones(scheduler: ModuleType) -> Callable[[], None]:
    """Return a function that runs what is due in all time zones.

    Parameters
    ----------
    scheduler
        MiniStack's module. Its function runs once for each time zone, with the schedules of that one only, and with a
        clock that shows the local time.
    """
    tick = scheduler._tick_schedules  # noqa: SLF001 - MiniStack has no public function

    def tick_schedules() -> None:
        schedules: Schedules = scheduler._schedules._data  # noqa: SLF001 - as above
        for zone in {schedule[_ZONE] for schedule in [*schedules.values()]}:
            replaced = {
                "_schedules": SimpleNamespace(_data=_SchedulesOfZone(schedules, zone)),
                "time": SimpleNamespace(time=lambda zone=zone: _get_local_seconds(zone)),
            }
            # A copy of the function: requests that are served meanwhile need the module as it is.
            FunctionType(tick.__code__, vars(scheduler) | replaced)()

    return tick_schedules


def get_due_time(local_seconds: float, schedule: dict[str, Any]) -> datetime:
    """Return the minute in UTC at which a schedule was due, by the time that the clock of its time zone showed."""
    local = datetime.fromtimestamp(local_seconds, UTC).replace(second=0, microsecond=0)
    return local.replace(tzinfo=ZoneInfo(schedule[_ZONE])).astimezone(UTC)


def _get_local_seconds(zone: str) -> float:
    return datetime.now(ZoneInfo(zone)).replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class _SchedulesOfZone:
    """The schedules of a time zone, as far as MiniStack uses them."""

    schedules: Schedules
    zone: str

    def items(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield the schedules with their keys."""
        return ((key, schedule) for key, schedule in [*self.schedules.items()] if schedule[_ZONE] == self.zone)

    def pop(self, *arguments: Any) -> Any:  # noqa: ANN401 - of a dict
        """Remove a schedule."""
        return self.schedules.pop(*arguments)

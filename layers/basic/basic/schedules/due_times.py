"""The due times of a schedule, with the changes of daylight saving time as Amazon EventBridge Scheduler has them.

A time that does not exist, because the clock is put forward, is skipped; one that exists twice is due once, at the
first.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, pairwise

from basic.schedules.cron import Cron, Once, Schedule

_SEARCHED_DAYS = 366 * 8 + 1
"""29 February may be eight years away."""

_COMPARED_TIMES = 1_500
"""Due times among which the shortest interval is searched: those of a day, and some of the next."""


def list_due_times(schedule: Schedule, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield the due times after a moment, in UTC and in order."""
    match schedule:
        case Once():
            due = _locate(schedule.at, zone)
            if due is not None and due > after:
                yield due
        case Cron():
            local = after.astimezone(zone if schedule.names_hours else UTC).date()
            for days in range(_SEARCHED_DAYS):
                day = local + timedelta(days)
                if _is_due(schedule, day):
                    yield from (due for due in _list_day(schedule, day, zone) if due > after)


def get_shortest_interval(schedule: Schedule, zone: tzinfo, after: datetime) -> timedelta | None:
    """Return the shortest time between two runs; None if there is one run only."""
    due = islice(list_due_times(schedule, zone, after), _COMPARED_TIMES)
    return min((later - earlier for earlier, later in pairwise(due)), default=None)


def _is_due(cron: Cron, day: date) -> bool:
    return day.month in cron.months and day.day in cron.days and day.isoweekday() % 7 in cron.weekdays


def _list_day(cron: Cron, day: date, zone: tzinfo) -> list[datetime]:
    times = [time(hour, minute) for hour in sorted(cron.hours) for minute in sorted(cron.minutes)]
    if not cron.names_hours:
        return [datetime.combine(day, each, UTC) for each in times]
    located = (_locate(datetime.combine(day, each), zone) for each in times)
    return sorted({due for due in located if due is not None})


def _locate(local: datetime, zone: tzinfo) -> datetime | None:
    """Return a local time in UTC; None if the clock was put forward beyond it."""
    due = local.replace(tzinfo=zone).astimezone(UTC)
    return due if due.astimezone(zone).replace(tzinfo=None) == local else None

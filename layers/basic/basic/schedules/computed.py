"""Schedules whose time a script computes."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from basic.errors import ScriptError
from basic.functions.parsed_dates import parse_date
from basic.schedules.cron import Cron, Once, Schedule, ScheduleError
from basic.schedules.due_times import list_due_times
from basic.schedules.phrases import parse_schedule
from basic.turn import TurnFacts
from basic.values import Value, describe_type

MIN_AHEAD = timedelta(minutes=1)
"""The unit of schedules is a minute, and creating one takes seconds."""

MAX_YEARS_AHEAD = 5
"""A date beyond is more likely an error of the script than wanted."""


def compute_schedule(when: Value, pattern: str, turn: TurnFacts) -> Schedule:
    """Return the schedule that a script has computed.

    Parameters
    ----------
    when
        A date and time, in UTC as those of NOW; or cron or words, in the time zone of the bot, for runs that repeat.
    pattern
        Cron or words: the script is run once, at the first of these times that is on the date ``when`` or later, and
        not over; empty without it.
    turn
        The turn, for its time.

    Returns
    -------
    Schedule
        One time is in UTC.

    Raises
    ------
    ScriptError
        If it is not a schedule, or not in the time that is allowed.
    """
    if not isinstance(when, str):
        raise ScriptError(f"a schedule is a date, cron or words, not {describe_type(when)}")
    date = parse_date(when, turn)
    at = date.at.replace(tzinfo=UTC) if date is not None and date.has_date else None
    try:
        if pattern:
            return _schedule_once(_find_first(pattern, when, at, turn), turn)
        if at is not None:
            return _schedule_once(at, turn)
        schedule = parse_schedule(when)
    except ScheduleError as error:
        raise ScriptError(f"invalid schedule: {error}") from None
    return schedule if isinstance(schedule, Cron) else _schedule_once(schedule.at.replace(tzinfo=UTC), turn)


def _find_first(pattern: str, when: str, start: datetime | None, turn: TurnFacts) -> datetime:
    """Return the first time of a pattern from a date on."""
    schedule = parse_schedule(pattern)
    if start is None or not isinstance(schedule, Cron):
        raise ScheduleError(f"`{pattern}` with `{when}` needs cron or words for the time, and then a date")
    _check_end(start, turn)
    before = max(start, turn.now + MIN_AHEAD) - timedelta(microseconds=1)
    due = next(list_due_times(schedule, _get_zone(turn), before), None)
    if due is None:
        raise ScheduleError(f"`{pattern}` has no time from {when} on")
    return due


def _get_zone(turn: TurnFacts) -> tzinfo:
    return UTC if turn.time_zone == "UTC" else ZoneInfo(turn.time_zone)


def _schedule_once(at: datetime, turn: TurnFacts) -> Once:
    """Return one run at a moment, or at the next full minute after it."""
    ahead = at - turn.now.replace(microsecond=0)
    described = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    if ahead <= timedelta():
        raise ScriptError(f"a script cannot be scheduled for {described}, which is over")
    if ahead < MIN_AHEAD:
        raise ScriptError(f"a script cannot be scheduled for {described}: it must be a minute ahead")
    _check_end(at, turn)
    minute = at.replace(second=0, microsecond=0, tzinfo=None)
    return Once(minute if at.second == at.microsecond == 0 else minute + timedelta(minutes=1))


def _check_end(at: datetime, turn: TurnFacts) -> None:
    if at - turn.now > timedelta(days=366 * MAX_YEARS_AHEAD):
        raise ScriptError(
            f"a script cannot be scheduled for {at:%Y-%m-%d}: it is more than {MAX_YEARS_AHEAD} years ahead"
        )

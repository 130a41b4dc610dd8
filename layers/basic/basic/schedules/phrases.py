"""Schedules in words: ``every 5 minutes``, ``weekdays at 8am``, and the others of General Bots."""

import re
from contextlib import suppress
from datetime import datetime

from basic.schedules.cron import Cron, Once, Schedule, ScheduleError, is_cron, parse_cron

USAGE = "use cron as in `0 9 * * 1-5`, or words as in `every 5 minutes`, `every day at 9am`, `every monday at 17:30`"

_ALIASES = {
    "hourly": "every hour",
    "daily": "every day",
    "weekly": "every week",
    "monthly": "every month",
    "yearly": "every year",
    "annually": "every year",
    "weekdays": "every weekday",
    "weekends": "every weekend",
    "business hours": "every hour during business hours",
}
_DAYS = {
    "day": "* * *",
    "week": "* * 0",
    "month": "1 * *",
    "year": "1 1 *",
    "weekday": "* * 1-5",
    "weekend": "* * 0,6",
}
"""The last three fields of cron."""

_NAMED_TIMES = {"midnight": (0, 0), "noon": (12, 0), "midday": (12, 0)}
_INTERVAL = re.compile(r"every (?:(?P<count>\d{1,4}) )?(?P<unit>second|minute|hour)s?(?P<when>.*)")
_HOURS = re.compile(r" from (?P<first>.+) (?:to|until) (?P<last>.+)")
_DAY = re.compile(r"every (?:1 )?(?P<day>[a-z]+(?:(?: and | or |, ?)[a-z]+)*)(?: at (?P<time>.+))?")
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?")
_BUSINESS = " during business hours"


def parse_schedule(text: str) -> Schedule:
    """Parse when a script runs.

    Raises
    ------
    ScheduleError
        If it is neither cron, nor a phrase, nor a date and time, or if it would run more than once a minute.
    """
    phrase = " ".join(text.lower().split())
    if is_cron(phrase):
        return parse_cron(phrase)
    # An alias may have a time: `weekdays at 8am`.
    head, at, time = phrase.partition(" at ")
    phrase = _ALIASES.get(head, head) + at + time
    if phrase.startswith("at "):
        phrase = f"every day {phrase}"
    interval = _INTERVAL.fullmatch(phrase)
    if interval is not None:
        return _parse_interval(interval)
    days = _DAY.fullmatch(phrase)
    if days is not None:
        return _parse_days(days)
    return _parse_moment(text)


def _parse_moment(text: str) -> Once:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ScheduleError(f"`{text.strip()}` is not understood; {USAGE}") from None
    if moment.tzinfo is not None:
        raise ScheduleError("a date and time is that of the bot's time zone, without an offset")
    return Once(moment.replace(second=0, microsecond=0))


def _parse_interval(match: re.Match[str]) -> Cron:
    count, unit = int(match["count"] or 1), match["unit"]
    if unit == "second":
        raise ScheduleError("a script runs at most once a minute")
    if unit == "minute" and count % 60 == 0 and count:
        count, unit = count // 60, "hour"
    if not 1 <= count <= (59 if unit == "minute" else 23):
        raise ScheduleError(f"every {count} {unit}s is not possible: 1 to 59 minutes, or 1 to 23 hours")
    hours, days = _parse_hours(match["when"])
    if unit == "minute":
        return parse_cron(f"*/{count} {hours} {days}")
    step = f"/{count}" if count > 1 else ""
    return parse_cron(f"0 {hours}{step} {days}")


def _parse_hours(when: str) -> tuple[str, str]:
    """Return the hours and the days of a repetition during some hours."""
    if not when:
        return "*", "* * *"
    if when == _BUSINESS:
        return "9-17", "* * 1-5"
    match = _HOURS.fullmatch(when)
    if match is None:
        raise ScheduleError(f"`{when.strip()}` is not understood; {USAGE}")
    (first, _), (last, _) = _parse_time(match["first"]), _parse_time(match["last"])
    return f"{first}-{last}", "* * *"


def _parse_days(match: re.Match[str]) -> Cron:
    hour, minute = _parse_time(match["time"]) if match["time"] else (0, 0)
    names = re.split(r", ?| and | or ", match["day"])
    if len(names) == 1 and names[0].removesuffix("s") in _DAYS:
        return parse_cron(f"{minute} {hour} {_DAYS[names[0].removesuffix('s')]}")
    for name in names:
        if not _WEEKDAY.fullmatch(name):
            raise ScheduleError(f"`{name}` is no day of the week; {USAGE}")
    return parse_cron(f"{minute} {hour} * * {','.join(name[:3] for name in names)}")


def _parse_time(text: str) -> tuple[int, int]:
    """Return the hour and the minute of a time of the day."""
    if text in _NAMED_TIMES:
        return _NAMED_TIMES[text]
    compact = re.sub(r"\s", "", text)
    for form in ("%H:%M", "%I:%M%p", "%I%p", "%H", "%Hh%M"):
        with suppress(ValueError):
            moment = datetime.strptime(compact, form)  # noqa: DTZ007 - a time of the day
            return moment.hour, moment.minute
    raise ScheduleError(f"`{text.strip()}` is no time of the day, such as `9am`, `17:30` or `noon`")

"""Cron expressions of five fields, or six with seconds before them: parsing them to the times that they name."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, WEEKDAYS),
)
_FIELDS_WITH_SECONDS = 6
_PART = re.compile(r"(?P<first>\*|\?|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
_FULL_WEEK, _FULL_MONTH = frozenset(range(7)), frozenset(range(1, 32))
_LEAP_YEAR = 2024


class ScheduleError(ValueError):
    """A schedule that cannot be used. The text is a sentence for the author."""


@dataclass(frozen=True, slots=True)
class Cron:
    """Times that repeat.

    Attributes
    ----------
    minutes, hours, days, months
        What they name; days and months count from 1.
    weekdays
        Days of the week, from Sunday, which is 0.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def names_hours(self) -> bool:
        """Whether the times depend on the time zone: they are not those of every hour of every day."""
        return self != Cron(
            self.minutes,
            frozenset(range(24)),
            _FULL_MONTH,
            frozenset(range(1, 13)),
            _FULL_WEEK,
        )


@dataclass(frozen=True, slots=True)
class Once:
    """One time, local to the bot's time zone."""

    at: datetime


type Schedule = Cron | Once


def is_cron(text: str) -> bool:
    """Return whether a text has the number of fields of a cron expression, and begins as one."""
    fields = text.split()
    return len(fields) in (len(_FIELDS), _FIELDS_WITH_SECONDS) and fields[0][0] in "*?0123456789"


def parse_cron(text: str) -> Cron:
    """Parse a cron expression.

    Raises
    ------
    ScheduleError
        If a field is invalid, if it would run more than once a minute or never, or if it names days of the month and
        of the week, of which cron means either.
    """
    fields = text.upper().split()
    if len(fields) == _FIELDS_WITH_SECONDS:
        if not re.fullmatch("[0-5]?[0-9]", fields[0]):
            raise ScheduleError(f"the seconds are `{fields[0]}`, and a script runs at most once a minute")
        del fields[0]
    minutes, hours, days, months, weekdays = (
        _parse_field(field, *described) for field, described in zip(fields, _FIELDS, strict=True)
    )
    week = frozenset(day % 7 for day in weekdays)
    if days != _FULL_MONTH and week != _FULL_WEEK:
        raise ScheduleError("it names days of the month and days of the week; write two schedules")
    cron = Cron(minutes, hours, days, months, week)
    if all(min(days) > monthrange(_LEAP_YEAR, month)[1] for month in months):
        raise ScheduleError("none of its months has such a day, so it would never run")
    return cron


def _parse_field(field: str, name: str, least: int, greatest: int, words: tuple[str, ...]) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ScheduleError(f"the {name} `{part}` is not understood; use numbers with `*`, `,`, `-` and `/`")
        is_any = match["first"] in ("*", "?")
        first = least if is_any else _parse_number(match["first"], name, least, greatest, words)
        last = first
        if match["last"] is not None:
            last = _parse_number(match["last"], name, least, greatest, words)
        elif is_any or match["step"] is not None:
            # Sunday is 0, and 7 too.
            last = 6 if name == "day of the week" else greatest
        step = int(match["step"] or 1)
        if last < first or not step:
            raise ScheduleError(f"the {name} `{part}` is empty")
        values.update(range(first, last + 1, step))
    return frozenset(values)


def _parse_number(text: str, name: str, least: int, greatest: int, words: tuple[str, ...]) -> int:
    if text[:3] in words and text.isalpha():
        return words.index(text[:3]) + (1 if words is MONTHS else 0)
    # Digits of other scripts are words of a regular expression too.
    if not re.fullmatch("[0-9]{1,2}", text) or not least <= int(text) <= greatest:
        raise ScheduleError(f"the {name} is `{text}`, and is {least} to {greatest}")
    return int(text)


def format_field(values: frozenset[int], full: int, names: tuple[str, ...] = ()) -> str:
    """Return a field in the shortest form: ``*``, or numbers and ranges, or their names.

    Parameters
    ----------
    values
        What the field names.
    full
        How many values it can have.
    names
        The name of each value, counted from 0; empty for numbers.
    """
    if len(values) == full:
        return "*"
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    shown = [[names[value] if names else str(value) for value in (run[0], run[-1])] for run in runs]
    return ",".join(first if first == last else f"{first}-{last}" for first, last in shown)


def format_schedule(schedule: Schedule) -> str:
    """Return a schedule as the program stores it, so that equal ones have the same text: cron, or a date and time."""
    match schedule:
        case Once():
            return schedule.at.isoformat(timespec="minutes")
        case Cron():
            fields = (
                (schedule.minutes, 60),
                (schedule.hours, 24),
                (schedule.days, 31),
                (schedule.months, 12),
                (schedule.weekdays, 7),
            )
            return " ".join(format_field(values, full) for values, full in fields)


def load_schedule(text: str) -> Schedule:
    """Parse what ``format_schedule`` returned."""
    return parse_cron(text) if is_cron(text) and " " in text else Once(datetime.fromisoformat(text))

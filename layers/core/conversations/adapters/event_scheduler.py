"""Schedules of scripts in Amazon EventBridge Scheduler, which queues their jobs.

The requests for the schedules of published scripts are built here, too; ``tools.bots.schedules`` sends them.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from basic.schedules.cron import MONTHS, WEEKDAYS, Cron, Once, Schedule, format_field, load_schedule
from basic.schedules.due_times import get_shortest_interval
from conversations.adapters.aws import get_error_code, service_errors
from conversations.data_classes import dataclass
from conversations.domain.schedules import ScriptSchedule
from conversations.ports.schedules import Scheduler

_MIN_LATE_SECONDS, _MAX_LATE_SECONDS = 5 * 60, 24 * 60 * 60
"""A run that would begin later than the next due time is missed; at least five minutes, and at most a day."""

_MAX_EVENT_AGE_SECONDS, _MAX_RETRIES = 24 * 60 * 60, 185
"""How long EventBridge Scheduler tries to queue a run: its maxima."""

_DUE = "<aws.scheduler.scheduled-time>"
"""EventBridge Scheduler replaces it by the due time."""

_MIN_AHEAD = timedelta(seconds=30)
"""A schedule that is created later than that before its due time is created for the next minute but one, with the same
job: whether EventBridge Scheduler runs one whose time is over, AWS does not say."""


class SchedulerClient(Protocol):
    """boto3's client of EventBridge Scheduler."""

    def create_schedule(self, **request: Any) -> Any:  # noqa: ANN401 - of boto3
        """Create a schedule."""
        ...

    def delete_schedule(self, **request: str) -> Any:  # noqa: ANN401 - of boto3
        """Delete a schedule."""
        ...

    def get_paginator(self, operation_name: str) -> Any:  # noqa: ANN401 - of boto3
        """Return a paginator."""
        ...


class ScheduleTarget(NamedTuple):
    """The parts of the stack output `Schedules`."""

    group: str
    queue_arn: str
    role_arn: str
    dead_letters_arn: str


@dataclass(frozen=True, slots=True)
class EventScheduler(Scheduler):
    """``Scheduler`` on EventBridge Scheduler."""

    client: SchedulerClient
    target: ScheduleTarget

    def create(self, schedule: ScriptSchedule, now: datetime) -> None:
        """Create the schedule; see ``Scheduler.create``."""
        request = {**build_request(self.target, schedule, UTC)}
        due = schedule.due
        if due is not None:
            at = due if due - now >= _MIN_AHEAD else (now + timedelta(minutes=2)).replace(second=0)
            request["ScheduleExpression"] = format_expression(Once(at))
            request["Target"]["Input"] = request["Target"]["Input"].replace(_DUE, f"{due:%Y-%m-%dT%H:%M:%SZ}")
        try:
            with service_errors():
                self.client.create_schedule(Name=build_computed_name(schedule), GroupName=self.target.group, **request)
        except ClientError as error:
            # safeguard: computed-schedule-exists
            if get_error_code(error) != "ConflictException":
                raise


def build_request(target: ScheduleTarget, schedule: ScriptSchedule, zone: tzinfo) -> Mapping[str, Any]:
    """Build the request that creates a schedule, without its name.

    Parameters
    ----------
    target
        Where its jobs go.
    schedule
        The schedule.
    zone
        The time zone in which the shortest interval between two runs is searched.
    """
    times = load_schedule(schedule.schedule)
    return {
        "ScheduleExpression": format_expression(times),
        "ScheduleExpressionTimezone": "UTC"
        if isinstance(times, Cron) and not times.names_hours
        else schedule.time_zone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Description": f"{schedule.script}.bas of the bot {schedule.bot_id}",
        "Target": _build_target(target, schedule, _get_max_late_seconds(times, zone)),
    }


def _build_target(target: ScheduleTarget, schedule: ScriptSchedule, late: int) -> dict[str, Any]:
    job = {
        "kind": "schedule",
        "bot_id": schedule.bot_id,
        "script": schedule.script,
        "schedule": schedule.schedule,
        "due": _DUE,
        "max_late_seconds": late,
    }
    group = hashlib.sha256(f"{schedule.bot_id}\n{schedule.script}".encode()).hexdigest()[:40]
    return {
        "Arn": target.queue_arn,
        "RoleArn": target.role_arn,
        "Input": json.dumps(job),
        "SqsParameters": {"MessageGroupId": group},
        "RetryPolicy": {"MaximumEventAgeInSeconds": _MAX_EVENT_AGE_SECONDS, "MaximumRetryAttempts": _MAX_RETRIES},
        "DeadLetterConfig": {"Arn": target.dead_letters_arn},
    }


def _get_max_late_seconds(schedule: Schedule, zone: tzinfo) -> int:
    # From a fixed moment, so that publishing again finds the same schedule.
    interval = get_shortest_interval(schedule, zone, datetime(2026, 1, 1, tzinfo=UTC))
    seconds = _MAX_LATE_SECONDS if interval is None else int(interval.total_seconds())
    return min(max(seconds, _MIN_LATE_SECONDS), _MAX_LATE_SECONDS)


def build_published_prefix(bot_id: str) -> str:
    """Return the begin of the names of the schedules of a bot's version; a name has at most 64 characters."""
    return f"{_hash_bot(bot_id)}-"


def build_computed_prefix(bot_id: str) -> str:
    """Return the begin of the names of the schedules that scripts of a bot have set: publishing keeps them."""
    return f"{_hash_bot(bot_id)}_"


def build_computed_name(schedule: ScriptSchedule) -> str:
    """Return the name of a schedule that a script has set."""
    return f"{build_computed_prefix(schedule.bot_id)}{schedule.id}"


def _hash_bot(bot_id: str) -> str:
    return hashlib.sha256(bot_id.encode()).hexdigest()[:20]


def format_expression(schedule: Schedule) -> str:
    """Return the schedule as EventBridge Scheduler has it."""
    if isinstance(schedule, Once):
        return f"at({schedule.at:%Y-%m-%dT%H:%M:%S})"
    minutes, hours = format_field(schedule.minutes, 60), format_field(schedule.hours, 24)
    months = format_field(schedule.months, 12, ("", *MONTHS))
    if len(schedule.weekdays) == len(WEEKDAYS):
        return f"cron({minutes} {hours} {format_field(schedule.days, 31)} {months} ? *)"
    # A range of names must not end before it begins: a week is counted from Sunday.
    return f"cron({minutes} {hours} ? {months} {format_field(schedule.weekdays, 7, WEEKDAYS)} *)"

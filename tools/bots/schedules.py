"""Creates the schedules of a bot in Amazon EventBridge Scheduler, and removes those that it has no more.

The name of a schedule is a hash of everything in it, so publishing again changes nothing, and completes what an
interrupted run has left.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from basic.bundle import Bundle
from basic.config import TIME_ZONE
from basic.schedules.cron import MONTHS, WEEKDAYS, Cron, Once, Schedule, format_field, load_schedule
from basic.schedules.due_times import get_shortest_interval, list_due_times
from tools.bots.target import PublishTarget, TargetError

_MIN_LATE_SECONDS, _MAX_LATE_SECONDS = 5 * 60, 24 * 60 * 60
"""A run that would begin later than the next due time is missed; at least five minutes, and at most a day."""

_MAX_EVENT_AGE_SECONDS, _MAX_RETRIES = 24 * 60 * 60, 185
"""How long EventBridge Scheduler tries to queue a run: its maxima."""


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


def require_target(stack: PublishTarget, bundle: Bundle | None) -> None:
    """Refuse a bot with schedules if it is not known where to create them.

    Raises
    ------
    TargetError
        If the option is missing.
    """
    if bundle is not None and bundle.program.list_schedules() and not stack.schedules:
        raise TargetError("--schedules is missing: a bot has SET SCHEDULE. It is the output Schedules of the stack.")


def synchronize(stack: PublishTarget, bot_id: str, bundle: Bundle | None) -> None:
    """Create the schedules of a bot's published version, and remove all others of the bot.

    Parameters
    ----------
    stack
        The stack; if it has no place for schedules, nothing is done.
    bot_id
        The bot.
    bundle
        Its scripts; None if it has none, or is not published any more.
    """
    if not stack.schedules:
        return
    client: SchedulerClient = stack.session.client("scheduler", endpoint_url=stack.endpoint_url)
    target = ScheduleTarget(*stack.schedules.split(","))
    wanted = {} if bundle is None else dict(_build_schedules(target, bot_id, bundle))
    existing = set(_list_names(client, target.group, bot_id))
    for name in sorted(wanted.keys() - existing):
        client.create_schedule(Name=name, GroupName=target.group, **wanted[name])
    for name in sorted(existing - wanted.keys()):
        try:
            client.delete_schedule(Name=name, GroupName=target.group)
        except ClientError as error:
            # One that runs once is deleted by EventBridge Scheduler.
            if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
                raise


def _list_names(client: SchedulerClient, group: str, bot_id: str) -> Iterator[str]:
    for page in client.get_paginator("list_schedules").paginate(GroupName=group, NamePrefix=_build_prefix(bot_id)):
        for schedule in page["Schedules"]:
            yield schedule["Name"]


def _build_schedules(target: ScheduleTarget, bot_id: str, bundle: Bundle) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name and the request of each schedule that is due again."""
    zone, now = ZoneInfo(bundle.config.get(TIME_ZONE, "UTC")), datetime.now(UTC)
    for text, script in bundle.program.list_schedules():
        schedule = load_schedule(text)
        if next(list_due_times(schedule, zone, now), None) is None:
            continue
        request = {
            "ScheduleExpression": format_expression(schedule),
            "ScheduleExpressionTimezone": "UTC"
            if isinstance(schedule, Cron) and not schedule.names_hours
            else zone.key,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Description": f"{script}.bas of the bot {bot_id}",
            "Target": _build_target(target, bot_id, script, text, _get_max_late_seconds(schedule, zone)),
        }
        digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        yield f"{_build_prefix(bot_id)}{digest[:40]}", request


def _build_target(target: ScheduleTarget, bot_id: str, script: str, schedule: str, late: int) -> dict[str, Any]:
    job = {
        "kind": "schedule",
        "bot_id": bot_id,
        "script": script,
        "schedule": schedule,
        "due": "<aws.scheduler.scheduled-time>",
        "max_late_seconds": late,
    }
    group = hashlib.sha256(f"{bot_id}\n{script}".encode()).hexdigest()[:40]
    return {
        "Arn": target.queue_arn,
        "RoleArn": target.role_arn,
        "Input": json.dumps(job),
        "SqsParameters": {"MessageGroupId": group},
        "RetryPolicy": {"MaximumEventAgeInSeconds": _MAX_EVENT_AGE_SECONDS, "MaximumRetryAttempts": _MAX_RETRIES},
        "DeadLetterConfig": {"Arn": target.dead_letters_arn},
    }


def _get_max_late_seconds(schedule: Schedule, zone: ZoneInfo) -> int:
    # From a fixed moment, so that publishing again finds the same schedule.
    interval = get_shortest_interval(schedule, zone, datetime(2026, 1, 1, tzinfo=UTC))
    seconds = _MAX_LATE_SECONDS if interval is None else int(interval.total_seconds())
    return min(max(seconds, _MIN_LATE_SECONDS), _MAX_LATE_SECONDS)


def _build_prefix(bot_id: str) -> str:
    """Return the begin of the names of a bot's schedules; a name has at most 64 characters."""
    return f"{hashlib.sha256(bot_id.encode()).hexdigest()[:20]}-"


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

"""Creates the schedules of a bot in Amazon EventBridge Scheduler, and removes those that it has no more.

The name of a schedule is a hash of everything in it, so publishing again changes nothing, and completes what an
interrupted run has left.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from basic.bundle import Bundle
from basic.config import get_time_zone
from basic.schedules.cron import load_schedule
from basic.schedules.due_times import list_due_times
from conversations.adapters.dynamodb.schedule_store import DynamoDBScheduleStore
from conversations.adapters.event_scheduler import (
    EventScheduler,
    SchedulerClient,
    ScheduleTarget,
    build_computed_name,
    build_computed_prefix,
    build_published_prefix,
    build_request,
)
from conversations.domain.schedules import ScriptSchedule
from tools.bots.target import PublishTarget, TargetError


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
    """Create the schedules of a bot's published version and those that its scripts have set, and remove all others.

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
    existing = set(_list_names(client, target.group, build_published_prefix(bot_id)))
    for name in sorted(wanted.keys() - existing):
        client.create_schedule(Name=name, GroupName=target.group, **wanted[name])
    _delete(client, target.group, existing - wanted.keys())
    if stack.data_table:
        _synchronize_computed(stack, bot_id, EventScheduler(client, target))


def list_computed(stack: PublishTarget, bot_id: str) -> list[ScriptSchedule]:
    """Return the schedules that scripts of a bot have set."""
    return DynamoDBScheduleStore(stack.dynamodb, stack.data_table).list_all(bot_id)


def forget_computed(stack: PublishTarget, bot_id: str) -> None:
    """Forget the schedules that scripts of a bot have set; ``synchronize`` removes them then."""
    store = DynamoDBScheduleStore(stack.dynamodb, stack.data_table)
    for schedule in list_computed(stack, bot_id) if stack.data_table else ():
        store.remove(bot_id, schedule.id)


def _synchronize_computed(stack: PublishTarget, bot_id: str, scheduler: EventScheduler) -> None:
    """Create what the relay of the stack could not create, and remove what is not stored."""
    # In this order: what is created between the two is stored already.
    existing = set(_list_names(scheduler.client, scheduler.target.group, build_computed_prefix(bot_id)))
    stored = {build_computed_name(schedule): schedule for schedule in list_computed(stack, bot_id)}
    for name in sorted(stored.keys() - existing):
        scheduler.create(stored[name], datetime.now(UTC))
    _delete(scheduler.client, scheduler.target.group, existing - stored.keys())


def _list_names(client: SchedulerClient, group: str, prefix: str) -> list[str]:
    pages = client.get_paginator("list_schedules").paginate(GroupName=group, NamePrefix=prefix)
    return [schedule["Name"] for page in pages for schedule in page["Schedules"]]


def _delete(client: SchedulerClient, group: str, names: Iterable[str]) -> None:
    for name in sorted(names):
        try:
            client.delete_schedule(Name=name, GroupName=group)
        except ClientError as error:
            # One that runs once is deleted by EventBridge Scheduler.
            if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
                raise


def _build_schedules(target: ScheduleTarget, bot_id: str, bundle: Bundle) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name and the request of each schedule that is due again."""
    zone, now = ZoneInfo(get_time_zone(bundle.config)), datetime.now(UTC)
    for text, script in bundle.program.list_schedules():
        if next(list_due_times(load_schedule(text), zone, now), None) is None:
            continue
        request = build_request(target, ScriptSchedule(bot_id, script, text, zone.key), zone)
        digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        yield f"{build_published_prefix(bot_id)}{digest[:40]}", request

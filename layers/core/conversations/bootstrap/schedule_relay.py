"""The relay of schedules that scripts set."""

import boto3

from conversations.adapters.aws import CLIENT_CONFIG
from conversations.adapters.event_scheduler import EventScheduler, ScheduleTarget
from conversations.bootstrap.once import once
from conversations.bootstrap.schedules import schedule_store
from conversations.config import schedule_settings
from conversations.domain import timestamps
from conversations.services.schedules import ScheduleRelay


@once
def schedule_relay() -> ScheduleRelay:
    """Return the relay of stored schedules to EventBridge Scheduler."""
    target = ScheduleTarget(*schedule_settings().schedules.split(","))
    scheduler = EventScheduler(boto3.client("scheduler", config=CLIENT_CONFIG), target)
    return ScheduleRelay(store=schedule_store(), scheduler=scheduler, now=timestamps.now)

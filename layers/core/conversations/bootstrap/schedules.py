"""Schedules that scripts set while they run."""

from conversations.adapters.dynamodb.schedule_store import DynamoDBScheduleStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.config import settings


@once
def schedule_store() -> DynamoDBScheduleStore:
    """Return the schedules that scripts have set."""
    return DynamoDBScheduleStore(dynamodb(), settings().bot_data_table)

"""The relay of changed rows."""

from conversations.adapters.automation_queues import SqsChangeQueue
from conversations.bootstrap.clients import sqs
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.services.automations import ChangeRelay


@once
def change_relay() -> ChangeRelay:
    """Return the relay of changes of rows to the automation queue."""
    return ChangeRelay(SqsChangeQueue(sqs(), settings().automations_queue_url))

"""The use cases of the workers that need no bot engine."""

from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.once import once
from conversations.bootstrap.queues import delayed_delivery_queue, expiry_queue, outbox_queue, turn_queue
from conversations.bootstrap.sent_files import sent_file_store
from conversations.bootstrap.stores import conversation_store, message_store, tables
from conversations.domain import timestamps
from conversations.services.expiry import ExpiryService
from conversations.services.outbox_relay import OutboxRelay
from conversations.services.turn_delivery import TurnDelivery


@once
def turn_store() -> DynamoDBTurnStore:
    """Return the store of bot turns."""
    return DynamoDBTurnStore(dynamodb(), tables())


@once
def expiry_service() -> ExpiryService:
    """Return the use case of expiring visitors' conversations."""
    return ExpiryService(
        conversations=conversation_store(),
        queue=expiry_queue(),
        fan_out=fan_out(),
        drive=drive_store(),
        sent_files=sent_file_store(),
        now=timestamps.now,
    )


@once
def outbox_relay() -> OutboxRelay:
    """Return the outbox relay: it queues messages that were stored and not queued."""
    return OutboxRelay(turns=turn_store(), queue=turn_queue(), checks=outbox_queue())


@once
def turn_delivery() -> TurnDelivery:
    """Return the delivery of a turn's messages, immediate or delayed."""
    return TurnDelivery(
        turns=turn_store(),
        messages=message_store(),
        fan_out=fan_out(),
        queue=delayed_delivery_queue(),
        now=timestamps.now,
    )

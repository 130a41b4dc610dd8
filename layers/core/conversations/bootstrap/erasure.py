"""The use cases of deletion, for REST and for the worker that continues them."""

from conversations.adapters.dynamodb.eraser import DynamoDBEraser
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.once import once
from conversations.bootstrap.owned_rows import owned_row_store
from conversations.bootstrap.queues import erasure_queue
from conversations.bootstrap.sent_files import sent_file_store
from conversations.bootstrap.stores import conversation_store, tables
from conversations.domain import timestamps
from conversations.services.erasure import ErasureService


@once
def erasure_service() -> ErasureService:
    """Return the use cases of deletion."""
    return ErasureService(
        conversations=conversation_store(),
        connections=connection_store(),
        gateway=gateway(),
        fan_out=fan_out(),
        eraser=DynamoDBEraser(dynamodb(), tables(), timestamps.now),
        drive=drive_store(),
        sent_files=sent_file_store(),
        owned_rows=owned_row_store(),
        queue=erasure_queue(),
        now=timestamps.now,
    )

"""The use case of the export."""

from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.once import once
from conversations.bootstrap.owned_rows import owned_row_store
from conversations.bootstrap.stores import conversation_store, message_store
from conversations.config import settings
from conversations.services.export import ExportService


@once
def export_service() -> ExportService:
    """Return the use case of the export."""
    memories = DynamoDBMemoryStore(dynamodb(), settings().bot_data_table)
    return ExportService(
        conversations=conversation_store(),
        messages=message_store(),
        memories=memories,
        drive=drive_store(),
        owned_rows=owned_row_store(),
    )

"""The files that bots have sent, and their download."""

from conversations.adapters.sent_file_store import S3SentFileStore
from conversations.bootstrap.clients import dynamodb, s3
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import conversation_store
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.sent_files import SentFileService


@once
def sent_file_store() -> S3SentFileStore:
    """Return the files that bots have sent."""
    config = settings()
    return S3SentFileStore(client=dynamodb(), s3=s3, bucket=config.drive_bucket, table=config.bot_data_table)


@once
def sent_file_service() -> SentFileService:
    """Return the use case of downloads."""
    return SentFileService(conversations=conversation_store(), files=sent_file_store(), now=timestamps.now)

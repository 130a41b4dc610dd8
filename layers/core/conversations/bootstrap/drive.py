"""The store of bots' files."""

from conversations.adapters.drive_store import S3DriveStore
from conversations.bootstrap.clients import dynamodb, s3
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.domain import timestamps


@once
def drive_store() -> S3DriveStore:
    """Return the files of bots."""
    config = settings()
    return S3DriveStore(
        client=dynamodb(),
        s3=s3,
        bucket=config.drive_bucket,
        table=config.bot_data_table,
        sessions_table=config.sessions_table,
        now=timestamps.now,
    )

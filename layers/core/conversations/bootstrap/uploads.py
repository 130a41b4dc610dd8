"""The uploads of users."""

from conversations.adapters.upload_store import S3UploadStore
from conversations.bootstrap.clients import dynamodb, s3
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import conversation_store
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.uploads import UploadService


@once
def upload_service() -> UploadService:
    """Return the use cases of uploads."""
    config = settings()
    store = S3UploadStore(
        client=dynamodb(),
        s3=s3,
        bucket=config.drive_bucket,
        table=config.bot_data_table,
        limits_table=config.limits_table,
        sessions_table=config.sessions_table,
        upload_url=config.upload_url,
    )
    return UploadService(conversations=conversation_store(), store=store, base_url=config.rest_url, now=timestamps.now)

"""The published programs of bots in BASIC."""

from conversations.adapters.s3 import S3ProgramStore
from conversations.bootstrap.clients import s3
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.engines.basic.programs import CachedPrograms


@once
def programs() -> CachedPrograms:
    """Return the published programs."""
    return CachedPrograms(S3ProgramStore(s3(), settings().bots_bucket))

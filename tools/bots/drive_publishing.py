"""Publishes the files of packages into the drives of a stack."""

from collections.abc import Mapping
from pathlib import Path

from conversations.adapters.drive_store import S3DriveStore
from conversations.domain import timestamps
from tools.bots.drive_files import fill_drive
from tools.bots.target import PublishTarget, TargetError


def require_target(stack: PublishTarget, files: Mapping[str, Path]) -> None:
    """Refuse a package with files if it is not known where the drives are.

    Raises
    ------
    TargetError
        If an option is missing.
    """
    if files and not (stack.drive_bucket and stack.data_table):
        raise TargetError(
            "--drive-bucket and --data-table are missing: a bot has files in .gbdrive. They are the outputs"
            " DriveBucketName and BotDataTableName of the stack."
        )


def synchronize(stack: PublishTarget, bot_id: str, files: Mapping[str, Path]) -> None:
    """Write the files of a package into the drive of its bot, and delete published files that it has no more.

    Parameters
    ----------
    stack
        The stack; if its drives are not known, nothing is done.
    bot_id
        The bot.
    files
        The files by their paths in the drive.

    Raises
    ------
    DriveError
        If the bot would have too many files or bytes.
    """
    if not (stack.drive_bucket and stack.data_table):
        return
    store = S3DriveStore(
        client=stack.dynamodb,
        s3=lambda: stack.s3,
        bucket=stack.drive_bucket,
        table=stack.data_table,
        # Only a turn has a conversation that must exist.
        sessions_table="",
        now=timestamps.now,
    )
    fill_drive(store, bot_id, files, timestamps.now())

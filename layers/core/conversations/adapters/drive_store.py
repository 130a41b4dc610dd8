"""The drives of bots: contents in a bucket, and everything else about files in the table ``bot-data``.

A write changes the file in one transaction first, then puts the content as a new object, and deletes the replaced one
last. So every object is named by an item, and found by the erasure, whenever a function dies. Until the new content is
there, readers get the replaced one. A deleted file loses its content first. ``schema.drive_files`` describes the items.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conversations.adapters import s3_objects
from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, retry_on_conflict
from conversations.adapters.dynamodb.schema import drive_files, sessions
from conversations.adapters.dynamodb.serialization import deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain.drive import (
    MAX_DRIVE_BYTES,
    MAX_FILES,
    MAX_REPLACED,
    DriveError,
    DriveWriter,
    StoredFile,
    build_blob_name,
    list_replaced,
    require_movable,
    require_replaceable,
)
from conversations.domain.errors import UnavailableError
from conversations.domain.page import Page
from conversations.ports.clock import Clock
from conversations.ports.drive import DriveStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_PAGE_SIZE = 25
"""Files that one step of an erasure deletes, with two requests each."""

_SMALL_PAGES = 50
"""Pages of 1 MB that are read for a list at most: more than ``MAX_FILES`` files fill."""


@dataclass(frozen=True, slots=True)
class S3DriveStore(DriveStore):
    """``DriveStore`` on a bucket and the table ``bot-data``.

    Attributes
    ----------
    client
        The low-level client of DynamoDB.
    s3
        Returns the client of S3, which not every caller needs.
    bucket
        The name of the bucket.
    table
        The name of the table ``bot-data``.
    sessions_table
        The name of the table of conversations.
    now
        The clock.
    """

    client: "DynamoDBClient"
    s3: "Callable[[], S3Client]"
    bucket: str
    table: str
    sessions_table: str
    now: Clock

    def find(self, bot_id: str, path: str) -> StoredFile | None:
        """Return the file with a path; see ``DriveStore.find``."""
        item = items.read_item(self.client, self.table, drive_files.build_file_key(bot_id, path))
        return None if item is None else drive_files.parse_file(item)

    def read(self, file: StoredFile) -> bytes | None:
        """Return the content of a file; see ``DriveStore.read``."""
        for blob in (file.blob, *file.replaced):
            content = self._get_object(file.bot_id, blob)
            if content is not None:
                return content
        return None

    def list_folder(self, bot_id: str, folder: str, *, limit: int) -> Sequence[StoredFile]:
        """Return the files of a folder; see ``DriveStore.list_folder``."""
        condition, values = "bot_table = :partition", {":partition": drive_files.build_partition_key(bot_id)}
        if folder:
            condition, values = f"{condition} AND begins_with(id, :folder)", values | {":folder": folder}
        files: list[StoredFile] = []
        start: dict[str, Any] = {}
        for _ in range(_SMALL_PAGES):
            with service_errors():
                response = self.client.query(
                    TableName=self.table,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=serialize(values),
                    ConsistentRead=True,
                    Limit=limit,
                    **start,
                )
            files += [drive_files.parse_file(deserialize(item)) for item in response["Items"]]
            if len(files) >= limit or "LastEvaluatedKey" not in response:
                break
            start = {"ExclusiveStartKey": response["LastEvaluatedKey"]}
        return files[:limit]

    def write(self, bot_id: str, path: str, content: bytes, content_type: str, writer: DriveWriter) -> StoredFile:
        """Write a file; see ``DriveStore.write``."""
        file = StoredFile(
            bot_id=bot_id,
            path=path,
            blob=build_blob_name(writer.effect, path),
            size=len(content),
            content_type=content_type,
            written_at=writer.now,
            owner=writer.owner,
            anonymous=writer.anonymous,
            effect=writer.effect,
        )
        before = self.find(bot_id, path)
        stored = retry_on_conflict(before, lambda current: self._put(file, current, writer), _get_current)
        self._put_object(stored, content)
        current = self.find(bot_id, path)
        # safeguard: drive-erased
        if (current is None or current.blob != stored.blob) and not self._is_named(bot_id, stored.blob):
            # It was erased or replaced meanwhile, perhaps before the object was there.
            self._delete_object(bot_id, stored.blob)
        self._delete_replaced(stored)
        return stored

    def move(self, bot_id: str, source: str, target: str, writer: DriveWriter) -> StoredFile:
        """Move a file; see ``DriveStore.move``."""

        def attempt(_: None) -> StoredFile:
            moved, replaced = self.find(bot_id, source), self.find(bot_id, target)
            # safeguard: drive-moved
            if replaced is not None and replaced.effect == writer.effect:
                return replaced
            return self._rename(require_movable(moved, source, replaced), target, replaced, writer)

        stored = retry_on_conflict(None, attempt, lambda _: None)
        self._delete_replaced(stored)
        return stored

    def delete(self, bot_id: str, path: str, writer: DriveWriter) -> None:
        """Delete a file; see ``DriveStore.delete``."""
        file = self.find(bot_id, path)
        if file is not None:
            self._require_turn(writer)
            self._delete(file)

    def list_by_owner(self, owner: str, *, limit: int, after: tuple[str, str] | None = None) -> Page[StoredFile]:
        """Return a page of the files of an owner: one query; see ``DriveStore.list_by_owner``."""
        start: dict[str, Any] = (
            {} if after is None else {"ExclusiveStartKey": serialize(drive_files.build_index_key(owner, *after))}
        )
        with service_errors():
            response = self.client.query(
                TableName=self.table,
                KeyConditionExpression="bot_table = :partition",
                ExpressionAttributeValues=serialize({":partition": drive_files.build_index_partition(owner)}),
                ConsistentRead=True,
                Limit=limit,
                **start,
            )
        page = tuple(drive_files.parse_file(deserialize(item)) for item in response["Items"])
        return Page(page, "LastEvaluatedKey" in response)

    def erase_by_owner(self, owner: str) -> bool:
        """Erase some files of an owner; see ``DriveStore.erase_by_owner``."""
        page = self.list_by_owner(owner, limit=_PAGE_SIZE)
        erased = [self._delete_owned(listed, owner) for listed in page.items]
        return all(erased) and not page.has_more

    def transfer(self, visitor: str, owner: str) -> None:
        """Give the files of a visitor to a user; see ``DriveStore.transfer``."""
        while files := self.list_by_owner(visitor, limit=_PAGE_SIZE).items:
            for listed in files:
                file = self.find(listed.bot_id, listed.path)
                if file is not None and file.owner == visitor:
                    self._give(file, owner)

    def _is_named(self, bot_id: str, blob: str) -> bool:
        """Return whether a file of the bot has a content, under any path: it may have been moved meanwhile."""
        # safeguard: drive-moved-content
        return any(file.blob == blob for file in self.list_folder(bot_id, "", limit=MAX_FILES))

    def _delete_owned(self, listed: StoredFile, owner: str) -> bool:
        """Delete a file of an owner. Return False if it was replaced meanwhile."""
        file = self.find(listed.bot_id, listed.path)
        return file is None or file.owner != owner or self._delete(file)

    def _give(self, file: StoredFile, owner: str) -> None:
        given = replace(file, owner=owner, anonymous=False)
        put = drive_files.build_put(self.table, given, file)
        # If it was replaced meanwhile, it is still listed, and given in the next round.
        with suppress(ConditionsFailedError):
            transactions.write(self.client, [put, *drive_files.build_index_changes(self.table, given, file)])

    def _put(self, file: StoredFile, before: StoredFile | None, writer: DriveWriter) -> StoredFile:
        """Change the item of a file from what it was.

        Raises
        ------
        ConditionsFailedError
            If the file has changed since it was read.
        """
        # safeguard: drive-effect
        if before is not None and before.effect == file.effect:
            return before
        require_replaceable(before, anonymous=file.anonymous)
        stored = replace(file, replaced=list_replaced(before))
        size = file.size - (0 if before is None else before.size)
        actions = [
            drive_files.build_put(self.table, stored, before),
            drive_files.build_use_update(self.table, file.bot_id, 1 if before is None else 0, size),
            *self._build_conversation_check(writer),
            *drive_files.build_index_changes(self.table, stored, before),
        ]
        self._write(actions)
        return stored

    def _rename(self, moved: StoredFile, target: str, replaced: StoredFile | None, writer: DriveWriter) -> StoredFile:
        """Move the item of a file: one transaction.

        Raises
        ------
        ConditionsFailedError
            If one of the files has changed since it was read.
        """
        stored = replace(
            moved,
            path=target,
            effect=writer.effect,
            # Its own replaced contents, too.
            replaced=(*moved.replaced, *list_replaced(replaced))[: 2 * MAX_REPLACED],
        )
        files, size = (0, 0) if replaced is None else (-1, -replaced.size)
        actions = [
            drive_files.build_put(self.table, stored, replaced),
            drive_files.build_use_update(self.table, moved.bot_id, files, size),
            *self._build_conversation_check(writer),
            drive_files.build_delete(self.table, moved),
            *drive_files.build_index_changes(self.table, None, moved),
            *drive_files.build_index_changes(self.table, stored, replaced),
        ]
        self._write(actions)
        return stored

    def _write(self, actions: Sequence[dict[str, Any]]) -> None:
        """Run a transaction whose second action counts the use.

        Raises
        ------
        ConditionsFailedError
            If a file has changed.
        DriveError
            If the bot would have too many files or bytes.
        UnavailableError
            If the conversation was deleted, has expired or was claimed, or the turn is over.
        """
        try:
            transactions.write(self.client, actions)
        except ConditionsFailedError as conflict:
            failed = conflict.current_items.keys()
            if any("ConditionCheck" in actions[index] for index in failed):
                # safeguard: drive-conversation
                raise UnavailableError from conflict
            if 1 in failed:
                # safeguard: drive-quota
                raise DriveError(
                    f"the drive of the bot has {MAX_FILES:,} files or {MAX_DRIVE_BYTES >> 20:,} MB at most"
                ) from conflict
            raise

    def _build_conversation_check(self, writer: DriveWriter) -> list[dict[str, Any]]:
        """Build the action that lets a turn write only while it is pending and the conversation is the writer's."""
        if writer.conversation_id is None:
            return []
        # safeguard: drive-turn
        check = sessions.build_turn_check(
            self.sessions_table, writer.conversation_id, writer.owner, writer.message_id, self.now()
        )
        return [check]

    def _require_turn(self, writer: DriveWriter) -> None:
        """Refuse a change of a turn that is over.

        After the file was read, so that it is not one of a later turn: the change is then made only if it is unchanged.
        """
        if check := self._build_conversation_check(writer):
            try:
                transactions.write(self.client, check)
            except ConditionsFailedError as conflict:
                # safeguard: drive-delete-turn
                raise UnavailableError from conflict

    def _delete(self, file: StoredFile) -> bool:
        """Delete a file. Return False if it was replaced meanwhile: what was to be deleted is gone."""
        self._delete_replaced(file)
        self._delete_object(file.bot_id, file.blob)
        actions = [
            drive_files.build_delete(self.table, file),
            drive_files.build_use_update(self.table, file.bot_id, -1, -file.size),
            *drive_files.build_index_changes(self.table, None, file),
        ]
        try:
            transactions.write(self.client, actions)
        except ConditionsFailedError:
            return False
        return True

    def _put_object(self, file: StoredFile, content: bytes) -> None:
        with service_errors():
            self.s3().put_object(
                Bucket=self.bucket,
                Key=drive_files.build_object_key(file.bot_id, file.blob),
                Body=content,
                ContentType=file.content_type,
            )

    def _delete_replaced(self, file: StoredFile) -> None:
        """Delete the contents that a file has replaced. The item names them, in case that this fails."""
        for blob in file.replaced:
            # safeguard: drive-replaced
            self._delete_object(file.bot_id, blob)

    def _get_object(self, bot_id: str, blob: str) -> bytes | None:
        return s3_objects.read_object(self.s3(), self.bucket, drive_files.build_object_key(bot_id, blob))

    def _delete_object(self, bot_id: str, blob: str) -> None:
        s3_objects.delete_object(self.s3(), self.bucket, drive_files.build_object_key(bot_id, blob))


def _get_current(conflict: ConditionsFailedError) -> StoredFile | None:
    """Return the file as it is now, given the conflict of the transaction that puts it."""
    item = conflict.current_items[0]
    return None if item is None else drive_files.parse_file(item)

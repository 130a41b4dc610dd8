"""The uploads of users: contents in the bucket of the drives, and items in the tables ``bot-data`` and ``limits``.

``schema.conversation_files`` describes the items and objects. The item is written before the form is signed, and says
that a file is sent before its content is copied: so every object is named by an item, and found by the erasure.

==========  =============================================  ==========================================================
Item        ``id`` in the table ``limits``                 Content
==========  =============================================  ==========================================================
Count       ``uploads#<date>#<owner>``,                    ``number`` of the uploads that were begun on this day (UTC)
            ``uploads#<date>#<bare conversation id>``
==========  =============================================  ==========================================================
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from conversations.adapters import s3_objects
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import conversation_files as schema
from conversations.adapters.dynamodb.schema import sessions
from conversations.adapters.dynamodb.serialization import serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.errors import ConflictError, DailyLimitError, NotFoundError
from conversations.domain.upload import (
    FORM_LIFETIME,
    HEAD_BYTES,
    MAX_BOT_BYTES,
    MAX_CONVERSATION_UPLOADS,
    MAX_OWNER_UPLOADS,
    Upload,
    UploadedContent,
    UploadForm,
)
from conversations.ports.uploads import UploadStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class S3UploadStore(UploadStore):
    """``UploadStore`` on a bucket and two tables.

    Attributes
    ----------
    client
        The low-level client of DynamoDB.
    s3
        Returns the client of S3, which not every caller needs.
    bucket
        The name of the bucket of the drives.
    table, limits_table, sessions_table
        The names of the tables.
    upload_url
        The address of the bucket for browsers, without its name; empty for that of S3.
    """

    client: "DynamoDBClient"
    s3: Callable[[], "S3Client"]
    bucket: str
    table: str
    limits_table: str
    sessions_table: str
    upload_url: str

    def add(self, upload: Upload, owner: str, now: datetime) -> None:
        """Store that a file will be uploaded; see ``UploadStore.add``."""
        limits = ((owner, MAX_OWNER_UPLOADS), (upload.conversation_id, MAX_CONVERSATION_UPLOADS))
        actions = [
            sessions.build_owner_check(self.sessions_table, upload.conversation_id, owner, now),
            *(self._build_count(subject, limit, now) for subject, limit in limits),
            {"Put": {"TableName": self.table, "Item": serialize(schema.format_upload(upload))}},
        ]
        try:
            transactions.write(self.client, actions)
        except ConditionsFailedError as conflict:
            # safeguard: upload-conversation
            if 0 in conflict.current_items:
                raise NotFoundError("The conversation does not exist.") from None
            raise DailyLimitError(
                f"More than {MAX_CONVERSATION_UPLOADS} files of a conversation per day, or {MAX_OWNER_UPLOADS} in all.",
                retry_after=_count_seconds_left(now),
            ) from None

    def sign(self, upload: Upload, now: datetime) -> UploadForm:
        """Return the form that uploads the file; see ``UploadStore.sign``."""
        fields = {"Content-Type": upload.content_type}
        post = self.s3().generate_presigned_post(
            self.bucket,
            schema.build_new_object_key(upload),
            Fields=dict(fields),
            # safeguard: upload-conditions
            Conditions=[fields, ["content-length-range", upload.size, upload.size]],
            ExpiresIn=int(FORM_LIFETIME.total_seconds()),
        )
        url = f"{self.upload_url}/{self.bucket}" if self.upload_url else post["url"]
        return UploadForm(url, post["fields"], now + FORM_LIFETIME)

    def find(self, conversation_id: str, file_id: str) -> Upload | None:
        """Return an upload; see ``UploadStore.find``."""
        item = items.read_item(self.client, self.table, schema.build_key(conversation_id, file_id))
        return schema.parse_upload(item) if item is not None and schema.is_upload(item) else None

    def read_content(self, upload: Upload) -> UploadedContent | None:
        """Return what was uploaded; see ``UploadStore.read_content``."""

        def read() -> UploadedContent:
            key = schema.build_new_object_key(upload)
            response = self.s3().get_object(Bucket=self.bucket, Key=key, Range=f"bytes=0-{HEAD_BYTES - 1}")
            size = int(response["ContentRange"].rpartition("/")[2])
            return UploadedContent(response["ETag"], size, response["Body"].read())

        return s3_objects.request_object(read)

    def keep(self, upload: Upload, owner: str, now: datetime) -> bool:
        """Keep a content; see ``UploadStore.keep``.

        A function may die after the item says that the file is sent; the repetition copies the content.
        """
        actions = [
            self._build_sending(upload),
            schema.build_use_update(self.table, upload, upload.size),
            sessions.build_owner_check(self.sessions_table, upload.conversation_id, owner, now),
        ]
        try:
            transactions.write(self.client, actions)
        except ConditionsFailedError as conflict:
            stored = conflict.current_items.get(0)
            # safeguard: upload-kept-once
            if stored is None or not schema.parse_upload(stored).is_sent:
                raise _explain(conflict) from None
            return stored["etag"] == upload.etag and (self._has_copy(upload) or self._copy(upload))
        is_copied = self._copy(upload)
        # safeguard: upload-erased
        if self.find(upload.conversation_id, upload.id) is None:
            # It was erased meanwhile, perhaps before the object was there.
            s3_objects.delete_object(self.s3(), self.bucket, schema.build_kept_object_key(upload))
            raise NotFoundError("The conversation does not exist.")
        return is_copied

    def _build_sending(self, upload: Upload) -> dict[str, Any]:
        """Build the action that makes an upload a file of its conversation, if it is not one yet."""
        return {
            "Put": {
                "TableName": self.table,
                "Item": serialize(schema.format_upload(upload)),
                "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(etag)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _build_count(self, subject: str, limit: int, now: datetime) -> dict[str, Any]:
        """Build the action that counts an upload of a day."""
        end = timestamps.to_epoch_seconds(now + timedelta(days=1))
        return {
            "Update": {
                "TableName": self.limits_table,
                "Key": serialize({"id": f"uploads#{now.date().isoformat()}#{subject}"}),
                "UpdateExpression": "ADD #number :one SET expires_at = :end",
                "ConditionExpression": "attribute_not_exists(#number) OR #number < :limit",
                "ExpressionAttributeNames": {"#number": "number"},
                "ExpressionAttributeValues": serialize({":one": 1, ":limit": limit, ":end": end}),
            }
        }

    def _copy(self, upload: Upload) -> bool:
        """Copy the content that was checked. Return False if it is gone, or another one is in its place."""
        copied = s3_objects.request_object(
            lambda: self.s3().copy_object(
                Bucket=self.bucket,
                Key=schema.build_kept_object_key(upload),
                CopySource={"Bucket": self.bucket, "Key": schema.build_new_object_key(upload)},
                # safeguard: upload-swapped
                CopySourceIfMatch=upload.etag or "",
            )
        )
        return copied is not None

    def _has_copy(self, upload: Upload) -> bool:
        return s3_objects.has_object(self.s3(), self.bucket, schema.build_kept_object_key(upload))


def _explain(conflict: ConditionsFailedError) -> ConflictError | NotFoundError:
    if 1 in conflict.current_items:
        return ConflictError(f"The files that users have sent to this bot have {MAX_BOT_BYTES >> 30} GB, the limit.")
    return NotFoundError("The conversation or the file does not exist.")


def _count_seconds_left(now: datetime) -> int:
    """Return the seconds until the day ends (UTC)."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1

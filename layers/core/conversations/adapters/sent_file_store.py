"""The files of conversations: contents in the bucket of the drives, and items in the table ``bot-data``.

``schema.conversation_files`` describes the items and objects.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from conversations.adapters import s3_objects
from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import conversation_files as schema
from conversations.adapters.dynamodb.schema import drive_files
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain.drive import StoredFile
from conversations.domain.sent_file import DOWNLOAD_SECONDS, SentFile
from conversations.ports.sent_files import SentFileStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class S3SentFileStore(SentFileStore):
    """``SentFileStore`` on a bucket and the table ``bot-data``.

    Attributes
    ----------
    client
        The low-level client of DynamoDB.
    s3
        Returns the client of S3, which not every caller needs.
    bucket
        The name of the bucket of the drives.
    table
        The name of the table ``bot-data``.
    """

    client: "DynamoDBClient"
    s3: Callable[[], "S3Client"]
    bucket: str
    table: str

    def add(self, file: StoredFile, sent: SentFile) -> SentFile | None:
        """Copy a file and store its link; see ``SentFileStore.add``."""
        stored = self.find(sent.conversation_id, sent.id)
        # safeguard: sent-file-repeated
        if stored is not None:
            return stored if self._has_copy(stored) or self._copy(file, stored) else None
        # The item first: the erasure finds the copy by it.
        item = schema.format_sent_file(sent)
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))
        return sent if self._copy(file, sent) else None

    def find(self, conversation_id: str, file_id: str) -> SentFile | None:
        """Return a sent file; see ``SentFileStore.find``."""
        item = items.read_item(self.client, self.table, schema.build_key(conversation_id, file_id))
        return None if item is None else _parse(item)

    def read(self, sent: SentFile) -> bytes | None:
        """Return the content of a file; see ``SentFileStore.read``."""
        return s3_objects.read_object(self.s3(), self.bucket, schema.build_sent_object_key(sent))

    def build_download_url(self, sent: SentFile) -> str:
        """Return the address of the content; see ``SentFileStore.build_download_url``."""
        return self.s3().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": schema.build_sent_object_key(sent),
                # A browser shows no file of a script as a page of the bucket (RFC 6266, RFC 8187).
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(sent.name, safe='')}",
                "ResponseContentType": sent.content_type,
            },
            ExpiresIn=DOWNLOAD_SECONDS,
        )

    def erase_by_conversation(self, conversation_id: str) -> bool:
        """Erase some sent files; see ``SentFileStore.erase_by_conversation``."""
        with service_errors():
            response = self.client.query(
                TableName=self.table,
                KeyConditionExpression="bot_table = :partition",
                ExpressionAttributeValues=serialize({":partition": schema.build_partition_key(conversation_id)}),
                ConsistentRead=True,
                Limit=_PAGE_SIZE,
            )
        erased = [self._erase(deserialize(item)) for item in response["Items"]]
        return all(erased) and "LastEvaluatedKey" not in response

    def _erase(self, item: Item) -> bool:
        """Erase a file. Return False if it has changed meanwhile."""
        upload = schema.parse_upload(item) if schema.is_upload(item) else None
        objects = [] if upload is None else [schema.build_new_object_key(upload), schema.build_kept_object_key(upload)]
        # The content first: the item is how a repetition finds it.
        for key in objects or [schema.build_sent_object_key(schema.parse_sent_file(item))]:
            s3_objects.delete_object(self.s3(), self.bucket, key)
        delete = schema.build_delete(self.table, item)
        count = (
            [] if upload is None or not upload.is_sent else [schema.build_use_update(self.table, upload, -upload.size)]
        )
        try:
            transactions.write(self.client, [delete, *count])
        except ConditionsFailedError:
            return False
        return True

    def _copy(self, file: StoredFile, sent: SentFile) -> bool:
        """Copy the content of a file. Return False if it is gone."""
        copied = s3_objects.request_object(
            lambda: self.s3().copy_object(
                Bucket=self.bucket,
                Key=schema.build_sent_object_key(sent),
                CopySource={"Bucket": self.bucket, "Key": drive_files.build_object_key(file.bot_id, file.blob)},
            )
        )
        return copied is not None

    def _has_copy(self, sent: SentFile) -> bool:
        return s3_objects.has_object(self.s3(), self.bucket, schema.build_sent_object_key(sent))


def _parse(item: Item) -> SentFile | None:
    """Return the file of an item, None if it was uploaded and not sent."""
    if not schema.is_upload(item):
        return schema.parse_sent_file(item)
    upload = schema.parse_upload(item)
    # safeguard: upload-unsent
    return upload.to_sent_file() if upload.is_sent else None

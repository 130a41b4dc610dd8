"""The files that bots have sent: copies in the bucket of the drives, and items in the table ``bot-data``.

============  ==========================  =========  ================================================
Item          ``bot_table``               ``id``     Content
============  ==========================  =========  ================================================
Sent file     ``!sent#<conversation>``    file's id  ``key``, ``name``, ``type``, ``ends_at``, TTL
============  ==========================  =========  ================================================

The copy is the object ``!sent/<conversation>/<file id>``. The bucket deletes it by a rule, about when the link ends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.schema import drive_files
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import timestamps
from conversations.domain.drive import StoredFile
from conversations.domain.sent_file import DOWNLOAD_SECONDS, SentFile
from conversations.ports.sent_files import SentFileStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_PAGE_SIZE = 25
_ITEM_MARGIN = timedelta(days=3)
# Without the permission to list a bucket, S3 answers a missing key with AccessDenied, and a HEAD with the status alone.
_MISSING = frozenset({"NoSuchKey", "AccessDenied", "403", "404"})


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
        item = _build_key(sent.conversation_id, sent.id) | _format(sent)
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))
        return sent if self._copy(file, sent) else None

    def find(self, conversation_id: str, file_id: str) -> SentFile | None:
        """Return a sent file; see ``SentFileStore.find``."""
        item = items.read_item(self.client, self.table, _build_key(conversation_id, file_id))
        return None if item is None else _parse(item)

    def build_download_url(self, sent: SentFile) -> str:
        """Return the address of the content; see ``SentFileStore.build_download_url``."""
        return self.s3().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": _build_object_key(sent),
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
                ExpressionAttributeValues=serialize({":partition": _build_partition_key(conversation_id)}),
                ConsistentRead=True,
                Limit=_PAGE_SIZE,
            )
        for item in response["Items"]:
            sent = _parse(deserialize(item))
            # The content first: the item is how a repetition finds it.
            with service_errors():
                self.s3().delete_object(Bucket=self.bucket, Key=_build_object_key(sent))
            with service_errors():
                self.client.delete_item(TableName=self.table, Key=serialize(_build_key(conversation_id, sent.id)))
        return "LastEvaluatedKey" not in response

    def _copy(self, file: StoredFile, sent: SentFile) -> bool:
        """Copy the content of a file. Return False if it is gone."""
        source = {"Bucket": self.bucket, "Key": drive_files.build_object_key(file.bot_id, file.blob)}
        return self._exists(
            lambda: self.s3().copy_object(Bucket=self.bucket, Key=_build_object_key(sent), CopySource=source)  # type: ignore[arg-type]  # built as a plain dict
        )

    def _has_copy(self, sent: SentFile) -> bool:
        return self._exists(lambda: self.s3().head_object(Bucket=self.bucket, Key=_build_object_key(sent)))

    @staticmethod
    def _exists(request: Callable[[], object]) -> bool:
        """Send a request; return False if its object does not exist."""
        try:
            with service_errors():
                request()
        except ClientError as error:
            if get_error_code(error) in _MISSING:
                return False
            raise
        return True


def _build_partition_key(conversation_id: str) -> str:
    return f"!sent#{conversation_id}"


def _build_key(conversation_id: str, file_id: str) -> Item:
    return {"bot_table": _build_partition_key(conversation_id), "id": file_id}


def _build_object_key(sent: SentFile) -> str:
    return f"!sent/{sent.conversation_id}/{sent.id}"


def _format(sent: SentFile) -> Item:
    return {
        "key": sent.key,
        "name": sent.name,
        "type": sent.content_type,
        "ends_at": timestamps.to_epoch_seconds(sent.expires_at),
        # Longer than the bucket has the copy, which the item names for the erasure.
        "expires_at": timestamps.to_epoch_seconds(sent.expires_at + _ITEM_MARGIN),
    }


def _parse(item: Item) -> SentFile:
    return SentFile(
        conversation_id=item["bot_table"].removeprefix("!sent#"),
        id=item["id"],
        key=item["key"],
        name=item["name"],
        content_type=item["type"],
        expires_at=datetime.fromtimestamp(int(item["ends_at"]), UTC),
    )

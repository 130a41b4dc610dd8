"""The table ``connections``: the open sockets.

==========  ======================  =================
Item        ``owner``               ``connection_id``
==========  ======================  =================
Connection  ``Principal.owner``     API Gateway's id
==========  ======================  =================
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import timestamps
from conversations.domain.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def _key(owner: str, connection_id: str) -> Item:
    return {"owner": owner, "connection_id": connection_id}


@dataclass(frozen=True, slots=True)
class DynamoDBConnectionStore:
    """``ConnectionStore``."""

    client: "DynamoDBClient"
    table: str

    def add(self, connection: Connection) -> None:
        """Remember a socket."""
        item = _key(connection.owner, connection.connection_id) | {
            "session_id": connection.session_id,
            "opened_at": timestamps.format_timestamp(connection.opened_at),
            "expires_at": timestamps.to_epoch_seconds(connection.expires_at),
        }
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))

    def remove(self, owner: str, connection_id: str) -> None:
        """Forget a socket."""
        with service_errors():
            self.client.delete_item(TableName=self.table, Key=serialize(_key(owner, connection_id)))

    def get(self, owner: str, connection_id: str) -> Connection | None:
        """Return one socket."""
        with service_errors():
            answer = self.client.get_item(
                TableName=self.table, Key=serialize(_key(owner, connection_id)), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        return _read(deserialize(answer["Item"]))

    def of(self, owner: str) -> tuple[Connection, ...]:
        """Return the devices of an owner.

        One page is enough: 1 MB holds thousands of sockets, and a 410 of a socket long closed only removes it.
        """
        with service_errors():
            answer = self.client.query(
                TableName=self.table,
                KeyConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=serialize({":owner": owner}),
                ConsistentRead=True,
            )
        return tuple(_read(deserialize(item)) for item in answer["Items"])


def _read(item: Item) -> Connection:
    return Connection(
        owner=item["owner"],
        connection_id=item["connection_id"],
        session_id=item["session_id"],
        opened_at=timestamps.parse_timestamp(item["opened_at"]),
        expires_at=datetime.fromtimestamp(int(item["expires_at"]), UTC),
    )

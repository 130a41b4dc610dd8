"""The table ``connections``: the open WebSocket connections.

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
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import timestamps
from conversations.domain.connection import Connection
from conversations.ports.websocket import ConnectionStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBConnectionStore(ConnectionStore):
    """``ConnectionStore`` on the table ``connections``."""

    client: "DynamoDBClient"
    table: str

    def add(self, connection: Connection) -> None:
        """Store a connection; see ``ConnectionStore.add``."""
        item = _build_key(connection.owner, connection.connection_id) | {
            "session_id": connection.conversation_id,
            "opened_at": timestamps.format_timestamp(connection.opened_at),
            "expires_at": timestamps.to_epoch_seconds(connection.expires_at),
            "streams": connection.streams or None,
        }
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))

    def remove(self, owner: str, connection_id: str) -> None:
        """Remove a connection; see ``ConnectionStore.remove``."""
        with service_errors():
            self.client.delete_item(TableName=self.table, Key=serialize(_build_key(owner, connection_id)))

    def get(self, owner: str, connection_id: str) -> Connection | None:
        """Return a connection; see ``ConnectionStore.get``."""
        item = items.read_item(self.client, self.table, _build_key(owner, connection_id))
        return None if item is None else _parse_connection(item)

    def list_by_owner(self, owner: str) -> tuple[Connection, ...]:
        """Return the connections of an owner; see ``ConnectionStore.list_by_owner``.

        One page is enough: 1 MB has thousands of connections, and a broadcast removes those that are closed.
        """
        with service_errors():
            response = self.client.query(
                TableName=self.table,
                KeyConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=serialize({":owner": owner}),
                ConsistentRead=True,
            )
        return tuple(_parse_connection(deserialize(item)) for item in response["Items"])


def _build_key(owner: str, connection_id: str) -> Item:
    return {"owner": owner, "connection_id": connection_id}


def _parse_connection(item: Item) -> Connection:
    return Connection(
        owner=item["owner"],
        connection_id=item["connection_id"],
        conversation_id=item["session_id"],
        opened_at=timestamps.parse_timestamp(item["opened_at"]),
        expires_at=datetime.fromtimestamp(int(item["expires_at"]), UTC),
        streams="streams" in item,
    )

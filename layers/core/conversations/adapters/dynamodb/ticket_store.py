"""The table ``tickets``: one-use tickets for opening a WebSocket.

======  ====================  ==========================================
Item    ``id``                Content
======  ====================  ==========================================
Ticket  hash of the ticket    the principal it was issued to
======  ====================  ==========================================
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain.principal import Principal
from conversations.ports.identity import TicketStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBTicketStore(TicketStore):
    """``TicketStore`` on the table ``tickets``."""

    client: "DynamoDBClient"
    table: str

    def issue(self, ticket_hash: str, principal: Principal, expires_at: datetime) -> None:
        """Store a ticket; see ``TicketStore.issue``."""
        valid_until = principal.expires_at
        item = {
            "id": ticket_hash,
            "owner": principal.owner,
            "groups": sorted(principal.groups),
            "valid_until": None if valid_until is None else int(valid_until.timestamp()),
            "expires_at": int(expires_at.timestamp()),
        }
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))

    def redeem(self, ticket_hash: str, now: datetime) -> Principal | None:
        """Delete a ticket that has not expired; see ``TicketStore.redeem``."""
        try:
            with conditional_write():
                response = self.client.delete_item(
                    TableName=self.table,
                    Key=serialize({"id": ticket_hash}),
                    ConditionExpression="expires_at > :now",
                    ExpressionAttributeValues=serialize({":now": int(now.timestamp())}),
                    ReturnValues="ALL_OLD",
                )
        except ConditionsFailedError:
            return None
        return _parse_principal(deserialize(response["Attributes"]))


def _parse_principal(item: Item) -> Principal:
    valid_until = item.get("valid_until")
    return Principal(
        owner=item["owner"],
        expires_at=None if valid_until is None else datetime.fromtimestamp(int(valid_until), UTC),
        groups=frozenset(item["groups"]),
    )

"""The table ``tickets``: one-use tickets for opening a socket.

======  ====================  ==========================================
Item    ``id``                what it holds
======  ====================  ==========================================
Ticket  hash of the ticket    the principal it was issued to
======  ====================  ==========================================
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb.serialization import deserialize, serialize
from conversations.domain.principal import Principal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBTicketStore:
    """``TicketStore``."""

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
        """Check a ticket and make it useless in one conditional write; see ``TicketStore.burn``."""
        try:
            with service_errors():
                answer = self.client.delete_item(
                    TableName=self.table,
                    Key=serialize({"id": ticket_hash}),
                    ConditionExpression="expires_at > :now",
                    ExpressionAttributeValues=serialize({":now": int(now.timestamp())}),
                    ReturnValues="ALL_OLD",
                )
        except ClientError as error:
            if get_error_code(error) == "ConditionalCheckFailedException":
                return None
            raise
        item = deserialize(answer["Attributes"])
        valid_until = item.get("valid_until")
        return Principal(
            owner=item["owner"],
            expires_at=None if valid_until is None else datetime.fromtimestamp(int(valid_until), UTC),
            groups=frozenset(item["groups"]),
        )

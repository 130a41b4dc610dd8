"""Messages to open WebSocket connections through API Gateway's ``@connections``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.domain.errors import ConnectionGoneError, UnavailableError
from conversations.ports.websocket import MAX_PARALLEL_SENDS, Gateway

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

CLIENT_CONFIG = Config(
    # Two retries with backoff: one slow connection delays the others no longer than that.
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=1,
    read_timeout=2,
    # botocore's own limit is 10.
    max_pool_connections=MAX_PARALLEL_SENDS,
)

_GONE = frozenset({"GoneException", "410"})


@dataclass(frozen=True, slots=True)
class ApiGatewayConnections(Gateway):
    """``Gateway`` of an API Gateway WebSocket API."""

    client: "ApiGatewayManagementApiClient"

    def send(self, connection_id: str, frame: str) -> None:
        """Send one frame; see ``Gateway.send``."""
        try:
            with service_errors():
                self.client.post_to_connection(ConnectionId=connection_id, Data=frame.encode())
        except ClientError as error:
            if get_error_code(error) in _GONE:
                raise ConnectionGoneError("The connection is closed.") from None
            raise UnavailableError from error

    def close(self, connection_id: str) -> None:
        """Close the connection; see ``Gateway.close``."""
        try:
            with service_errors():
                self.client.delete_connection(ConnectionId=connection_id)
        except ClientError as error:
            if get_error_code(error) not in _GONE:
                raise UnavailableError from error

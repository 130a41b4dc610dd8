"""Messages to open WebSocket connections through API Gateway's ``@connections``."""

from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.data_classes import dataclass
from conversations.domain import turn_time
from conversations.domain.errors import ConnectionGoneError, FrameTooLargeError, UnavailableError
from conversations.ports.websocket import MAX_FRAME_BYTES, MAX_PARALLEL_SENDS, Gateway

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

CLIENT_CONFIG = Config(
    # One retry with backoff: one slow connection delays the others no longer than that.
    retries={"mode": "standard", "total_max_attempts": turn_time.SEND_TRIES},
    connect_timeout=turn_time.SEND_CONNECT_SECONDS,
    read_timeout=turn_time.SEND_READ_SECONDS,
    # botocore's own limit is 10.
    max_pool_connections=MAX_PARALLEL_SENDS,
)

ANNOUNCING_CONFIG = CLIENT_CONFIG.merge(
    Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=turn_time.ANNOUNCE_CONNECT_SECONDS,
        read_timeout=turn_time.ANNOUNCE_READ_SECONDS,
    )
)
"""Of frames that are sent before the bot runs, and of closing connections that have missed a frame."""

_TOO_LARGE = frozenset({"PayloadTooLargeException", "413"})
_GONE = frozenset({"GoneException", "410"})


@dataclass(frozen=True, slots=True)
class ApiGatewayConnections(Gateway):
    """``Gateway`` of an API Gateway WebSocket API."""

    client: "ApiGatewayManagementApiClient"

    def send(self, connection_id: str, frame: str) -> None:
        """Send one frame; see ``Gateway.send``."""
        data = frame.encode()
        if len(data) > MAX_FRAME_BYTES:
            raise FrameTooLargeError
        try:
            with service_errors():
                self.client.post_to_connection(ConnectionId=connection_id, Data=data)
        except ClientError as error:
            if get_error_code(error) in _TOO_LARGE:
                raise FrameTooLargeError from error
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

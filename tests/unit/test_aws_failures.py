"""AWS errors: throttling and lost connections are ``UnavailableError``, bugs are raised as they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from conversations.adapters.aws import CLIENT_CONFIG
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.connection_store import DynamoDBConnectionStore
from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.optimistic import MAX_ATTEMPTS, ConditionsFailedError
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.transactions import write
from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
from conversations.adapters.dynamodb.visitor_token_store import DynamoDBVisitorTokenStore
from conversations.adapters.s3 import S3ProgramStore
from conversations.adapters.sqs import SqsTurnQueue
from conversations.adapters.websocket import ApiGatewayConnections
from conversations.domain import ids
from conversations.domain.conversation import ListFilter
from conversations.domain.errors import ConnectionGoneError, FrameTooLargeError, UnavailableError
from conversations.domain.jobs import GreetJob
from conversations.ports.websocket import MAX_FRAME_BYTES
from tests.builders import MORNING, a_bot, a_conversation, a_conversation_id, a_draft, a_socket, a_user

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

CLIENT_OPTIONS: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
# Without the SDK's own retries, which take time.
CLIENT_OPTIONS["config"] = Config(retries={"total_max_attempts": 1})
BUSY_TABLE = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "InternalServerError",
    "RequestLimitExceeded",
]
CLIENT_ERRORS = ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"]


@contextmanager
def fail_every_request(client: Any, failure: Exception) -> Iterator[None]:  # noqa: ANN401 - any client
    """Let every request of a client fail."""

    def fail(**_: object) -> None:
        raise failure

    client.meta.events.register("before-send.*", fail)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.*", fail)


@pytest.fixture(scope="module")
def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", **CLIENT_OPTIONS)


@pytest.fixture(scope="module")
def sqs() -> "SQSClient":
    return boto3.client("sqs", **CLIENT_OPTIONS)


@pytest.fixture(scope="module")
def connections() -> "ApiGatewayManagementApiClient":
    return boto3.client("apigatewaymanagementapi", endpoint_url="https://socket.example/ws", **CLIENT_OPTIONS)


TABLES = Tables(sessions="s", message_history="h", visitor_messages="v", bot_data="b")

type Request = Callable[["DynamoDBClient"], object]

REQUESTS: dict[str, tuple[str, Request]] = {
    "get a conversation": (
        "get_item",
        lambda client: DynamoDBConversationStore(client, TABLES).get(a_conversation_id()),
    ),
    "create a conversation": (
        "transact_write_items",
        lambda client: DynamoDBConversationStore(client, TABLES).create(a_conversation()),
    ),
    "list conversations": (
        "query",
        lambda client: DynamoDBConversationStore(client, TABLES).list_by_owner("o", ListFilter(), limit=1, offset=0),
    ),
    "count conversations": (
        "get_item",
        lambda client: DynamoDBConversationStore(client, TABLES).count_by_owner("o", ListFilter()),
    ),
    "add a token": ("get_item", lambda client: DynamoDBVisitorTokenStore(client, "s").add_token("s", "hash")),
    "check a token": (
        "get_item",
        lambda client: DynamoDBVisitorTokenStore(client, "s").is_token_valid("s", "hash", MORNING),
    ),
    "append a message": (
        "get_item",
        lambda client: DynamoDBMessageStore(client, TABLES).append(a_user(), a_conversation_id(), a_draft(), MORNING),
    ),
    "read a page of messages": (
        "query",
        lambda client: DynamoDBMessageStore(client, TABLES).get_page(
            a_conversation(), first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=1
        ),
    ),
    "load a dialog": ("batch_get_item", lambda client: DynamoDBTurnStore(client, TABLES).load(a_conversation_id())),
    "add a connection": ("put_item", lambda client: DynamoDBConnectionStore(client, "c").add(a_socket(a_user()))),
    "remove a connection": ("delete_item", lambda client: DynamoDBConnectionStore(client, "c").remove("o", "c")),
    "get a connection": ("get_item", lambda client: DynamoDBConnectionStore(client, "c").get("o", "c")),
    "list connections": ("query", lambda client: DynamoDBConnectionStore(client, "c").list_by_owner("o")),
    "get a bot": ("get_item", lambda client: DynamoDBBotCatalogue(client, "b").get("default")),
    "publish a bot": ("update_item", lambda client: DynamoDBBotCatalogue(client, "b").publish(a_bot())),
}

CONNECTION_ERRORS: list[Exception] = [
    EndpointConnectionError(endpoint_url="https://dynamodb.example"),
    ConnectTimeoutError(endpoint_url="https://dynamodb.example"),
    ReadTimeoutError(endpoint_url="https://dynamodb.example"),
    ConnectionClosedError(endpoint_url="https://dynamodb.example"),
    CredentialRetrievalError(provider="env", error_msg="timed out"),
]


def test_throttled_table_is_unavailable(dynamodb: "DynamoDBClient") -> None:
    for (operation, request), code in product(REQUESTS.values(), BUSY_TABLE):
        with Stubber(dynamodb) as stub:
            stub.add_client_error(operation, code, "Rate exceeded for table sessions-prod")
            with pytest.raises(UnavailableError) as error:
                request(dynamodb)

        assert error.value.retry_after > 0
        assert "sessions-prod" not in str(error.value)


def test_client_error_is_raised_as_is(dynamodb: "DynamoDBClient") -> None:
    for (operation, request), code in product(REQUESTS.values(), CLIENT_ERRORS):
        with Stubber(dynamodb) as stub:
            stub.add_client_error(operation, code)
            with pytest.raises(ClientError, match=code):
                request(dynamodb)


def test_unreachable_table_is_unavailable(dynamodb: "DynamoDBClient") -> None:
    for (_, request), failure in product(REQUESTS.values(), CONNECTION_ERRORS):
        with fail_every_request(dynamodb, failure), pytest.raises(UnavailableError):
            request(dynamodb)


def test_bug_is_not_an_outage(dynamodb: "DynamoDBClient") -> None:
    bug = ParamValidationError(report="unknown parameter")
    for _, request in REQUESTS.values():
        with fail_every_request(dynamodb, bug), pytest.raises(ParamValidationError):
            request(dynamodb)


def build_cancellation(*codes: str) -> dict[str, Any]:
    """Return the fields of a transaction's conflict, with a reason for each action."""
    reasons = [
        {"Code": code} | ({"Item": {"id": {"S": "stored"}}} if code == "ConditionalCheckFailed" else {})
        for code in codes
    ]
    return {"modeled_fields": {"CancellationReasons": reasons}}


ACTIONS: list[dict[str, Any]] = [
    {"Put": {"TableName": "t", "Item": {"id": {"S": "1"}}}},
    {"Put": {"TableName": "t", "Item": {"id": {"S": "2"}}}},
]


def add_cancellation(stub: Stubber, *codes: str) -> None:
    stub.add_client_error("transact_write_items", "TransactionCanceledException", **build_cancellation(*codes))


@pytest.mark.parametrize(
    "codes",
    [
        ("TransactionConflict", "None"),
        ("None", "TransactionConflict"),
        ("ThrottlingError", "None"),
        ("ProvisionedThroughputExceeded", "TransactionConflict"),
    ],
)
def test_conflicting_transaction_is_retried(dynamodb: "DynamoDBClient", codes: tuple[str, str]) -> None:
    with Stubber(dynamodb) as stub:
        add_cancellation(stub, *codes)
        add_cancellation(stub, *codes)
        stub.add_response("transact_write_items", {})

        write(dynamodb, ACTIONS)

        stub.assert_no_pending_responses()


def test_permanently_conflicting_transaction_is_unavailable(dynamodb: "DynamoDBClient") -> None:
    with Stubber(dynamodb) as stub:
        for _ in range(MAX_ATTEMPTS):
            add_cancellation(stub, "TransactionConflict", "None")

        with pytest.raises(UnavailableError):
            write(dynamodb, ACTIONS)

        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    "codes", [("ConditionalCheckFailed", "None"), ("ConditionalCheckFailed", "TransactionConflict")]
)
def test_failed_condition_returns_current_item(dynamodb: "DynamoDBClient", codes: tuple[str, str]) -> None:
    with Stubber(dynamodb) as stub:
        add_cancellation(stub, *codes)

        with pytest.raises(ConditionsFailedError) as conflict:
            write(dynamodb, ACTIONS)

    assert conflict.value.current_items == {0: {"id": "stored"}}


def test_invalid_transaction_is_raised_as_is(dynamodb: "DynamoDBClient") -> None:
    with Stubber(dynamodb) as stub:
        add_cancellation(stub, "ValidationError", "None")

        with pytest.raises(ClientError, match="TransactionCanceledException"):
            write(dynamodb, ACTIONS)


def test_running_transaction_is_unavailable(dynamodb: "DynamoDBClient") -> None:
    with Stubber(dynamodb) as stub:
        stub.add_client_error("transact_write_items", "TransactionInProgressException")

        with pytest.raises(UnavailableError):
            write(dynamodb, ACTIONS)


def test_incomplete_batch_read_is_unavailable(dynamodb: "DynamoDBClient") -> None:
    with Stubber(dynamodb) as stub:
        unprocessed = {"s": {"Keys": [{"id": {"S": "1#dialog"}}]}}
        stub.add_response("batch_get_item", {"Responses": {"s": []}, "UnprocessedKeys": unprocessed})

        with pytest.raises(UnavailableError):
            DynamoDBTurnStore(dynamodb, TABLES).load(a_conversation_id())


def put_job(sqs: "SQSClient") -> None:
    queue = SqsTurnQueue(sqs, "https://sqs.example/1/turns.fifo", "https://sqs.example/1/waiting.fifo")
    queue.put(GreetJob(conversation_id=a_conversation_id()), waits=False)


@pytest.mark.parametrize(
    "code",
    [
        *("RequestThrottled", "ThrottlingException", "ServiceUnavailable"),
        *("InternalError", "InternalFailure", "RequestTimeout", "SlowDown"),
    ],
)
def test_throttled_queue_is_unavailable(sqs: "SQSClient", code: str) -> None:
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message", code)

        with pytest.raises(UnavailableError):
            put_job(sqs)


@pytest.mark.parametrize(
    ("code", "status"),
    [("SlowDown", 503), ("InternalError", 500), ("ServiceUnavailable", 503), ("RequestTimeout", 400), ("502", 502)],
)
def test_busy_bucket_is_unavailable(code: str, status: int) -> None:
    client = boto3.client("s3", **CLIENT_OPTIONS)
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code, http_status_code=status)

        with pytest.raises(UnavailableError):
            S3ProgramStore(client, "bots").read("default/1.json")


def test_missing_queue_is_raised_as_is(sqs: "SQSClient") -> None:
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message", "AWS.SimpleQueueService.NonExistentQueue")

        with pytest.raises(ClientError, match="NonExistentQueue"):
            put_job(sqs)


@pytest.mark.parametrize("code", ["GoneException", "410"])
def test_gone_connection_is_connection_gone_error(connections: "ApiGatewayManagementApiClient", code: str) -> None:
    with Stubber(connections) as stub:
        stub.add_client_error("post_to_connection", code, http_status_code=410)

        with pytest.raises(ConnectionGoneError):
            ApiGatewayConnections(connections).send("phone", "{}")


@pytest.mark.parametrize("code", ["LimitExceededException", "ForbiddenException", "500"])
def test_other_gateway_errors_are_unavailable(connections: "ApiGatewayManagementApiClient", code: str) -> None:
    with Stubber(connections) as stub:
        stub.add_client_error("post_to_connection", code)
        stub.add_client_error("delete_connection", code)

        with pytest.raises(UnavailableError):
            ApiGatewayConnections(connections).send("phone", "{}")
        with pytest.raises(UnavailableError):
            ApiGatewayConnections(connections).close("phone")


def test_frame_that_the_gateway_refuses_for_its_size_is_too_large(connections: "ApiGatewayManagementApiClient") -> None:
    with Stubber(connections) as stub:
        stub.add_client_error("post_to_connection", "PayloadTooLargeException", http_status_code=413)

        with pytest.raises(FrameTooLargeError):
            ApiGatewayConnections(connections).send("phone", "{}")


def test_frame_over_the_quota_is_too_large_without_a_request(connections: "ApiGatewayManagementApiClient") -> None:
    with Stubber(connections), pytest.raises(FrameTooLargeError):
        ApiGatewayConnections(connections).send("phone", "é" * (MAX_FRAME_BYTES // 2 + 1))


def test_unreachable_gateway_is_unavailable(connections: "ApiGatewayManagementApiClient") -> None:
    failure = ReadTimeoutError(endpoint_url="https://socket.example")

    with fail_every_request(connections, failure), pytest.raises(UnavailableError):
        ApiGatewayConnections(connections).send("phone", "{}")


def test_closing_closed_connection_is_idempotent(connections: "ApiGatewayManagementApiClient") -> None:
    with Stubber(connections) as stub:
        stub.add_client_error("delete_connection", "GoneException", http_status_code=410)

        ApiGatewayConnections(connections).close("phone")

        stub.assert_no_pending_responses()


def test_frame_is_sent_as_utf_8(connections: "ApiGatewayManagementApiClient") -> None:
    with Stubber(connections) as stub:
        stub.add_response(
            "post_to_connection", {}, {"ConnectionId": "L0SM9cOFvHcCIhw=", "Data": '{"content":"Größe"}'.encode()}
        )

        ApiGatewayConnections(connections).send("L0SM9cOFvHcCIhw=", '{"content":"Größe"}')

        stub.assert_no_pending_responses()


def test_requests_time_out_before_api_gateway_does() -> None:
    timeouts = CLIENT_CONFIG.connect_timeout + CLIENT_CONFIG.read_timeout  # type: ignore[attr-defined]  # botocore sets them by name
    attempts = CLIENT_CONFIG.retries["total_max_attempts"]  # type: ignore[attr-defined]  # likewise

    assert timeouts * attempts < 29

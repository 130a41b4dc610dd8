"""Each function handles its events of ``events/`` unchanged, and the guard notices missing permissions."""

import base64
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest

from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.message_history import build_message_item
from conversations.adapters.dynamodb.serialization import serialize
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.stores import conversation_store, visitor_token_store
from conversations.bootstrap.workers import turn_store
from conversations.contract.client_frames import FRAME_OPERATIONS, FrameOperation
from conversations.contract.registry import OPERATIONS
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob, DelayedDeliveryJob
from conversations.domain.message import Sender
from conversations.domain.secrets import hash_secret
from tests.builders import a_conversation, a_message, a_socket, a_user, a_visitor
from tests.events import FOLDER, Event, event
from tests.integration.running import QUEUES, Functions, run_functions
from tests.template import CONNECTIONS
from tools.api.asyncapi import get_title
from tools.api.events import add_base_path

CONVERSATION_ID = "018d0c90-4d00-7abc-8def-0123456789ab"
RATED_ID = "018d0c90-50e8-7000-8000-0ba4c1d2e3f5"
MESSAGE_ID = "018d0c90-4d00-7000-8000-0401234567ab"
CONNECTION_ID = "RkNhVcOFoAMCIhw="
OWNER = event("message")["requestContext"]["authorizer"]["owner"]
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def conversation(functions: Functions) -> Conversation:
    """Store the conversation of the events, with its first message, one to rate, and an open connection."""
    owner = a_user(OWNER.removeprefix("user:"))
    conversation = a_conversation(owner, conversation_id=CONVERSATION_ID, last_activity=NOW, answered_seq=0)
    message = a_message(CONVERSATION_ID, timestamp=NOW).model_copy(update={"id": MESSAGE_ID})
    pending = {"last_seq": 1, "pending_message_ids": (MESSAGE_ID,)}
    conversation_store().create(conversation.model_copy(update=pending), message)
    rated = a_message(CONVERSATION_ID, sender=Sender.BOT).model_copy(update={"id": RATED_ID})
    functions.aws.dynamodb.put_item(
        TableName=functions.aws.names["MessageHistoryTable"],
        Item=serialize(build_message_item(rated, anonymous=False)),
    )
    connection_store().add(a_socket(owner, CONNECTION_ID, conversation_id=CONVERSATION_ID))
    return conversation


# These need more than the conversation of the events; test_webhook_function.py, test_openai_functions.py,
# test_drive_functions.py and test_upload_functions.py run theirs.
PREPARED = {"claim_conversation", "create_chat_completion", "create_upload", "get_file", "run_agent", "webhook"}
WITHOUT_BODY = [each.name for each in OPERATIONS if HTTPStatus.NO_CONTENT in each.responses and not each.scripted]
WITH_BODY = [each.name for each in OPERATIONS if each.name not in {*PREPARED, *WITHOUT_BODY}]


def _encode_body(payload: Event) -> Event:
    """Return the event of a body with a binary media type: API Gateway encodes it in base 64."""
    if payload["body"] is None:
        return payload
    return payload | {"body": base64.b64encode(payload["body"].encode()).decode(), "isBase64Encoded": True}


def _lower_header_names(payload: Event) -> Event:
    """Return the event of a client that writes header names in lower case, as HTTP/2 does."""
    headers = {name.lower(): value for name, value in payload["headers"].items()}
    return payload | {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}


def _leave_out_empty(payload: Event) -> Event:
    """Return the event of an HTTP API with payload version 1.0: a part that is empty is missing or null."""
    empty = {name for name, value in payload.items() if value is None}
    return {name: value for name, value in payload.items() if name not in empty} | {"version": "1.0"}


def _leave_out_headers(payload: Event) -> Event:
    """Return the event of the console's test feature, which has no headers."""
    return payload | {"headers": None, "multiValueHeaders": None}


def _empty_parts(payload: Event) -> Event:
    """Return the event with empty objects where API Gateway writes null."""
    names = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables")
    return payload | {name: payload[name] or {} for name in names}


SHAPES = [add_base_path, _encode_body, _lower_header_names, _leave_out_empty, _leave_out_headers, _empty_parts]
"""Forms in which the same request reaches a function."""


@pytest.mark.parametrize("shape", [copy.deepcopy, *SHAPES], ids=lambda shape: shape.__name__.strip("_"))
@pytest.mark.parametrize("name", WITH_BODY)
def test_request_is_answered(
    functions: Functions, conversation: Conversation, name: str, shape: Callable[[Event], Event]
) -> None:
    assert conversation.id == CONVERSATION_ID

    response = functions.invoke(name, shape(event(name)))

    assert response["statusCode"] == 200
    assert json.loads(response["body"])


@pytest.mark.parametrize("shape", [copy.deepcopy, *SHAPES], ids=lambda shape: shape.__name__.strip("_"))
@pytest.mark.parametrize("name", WITHOUT_BODY)
def test_request_succeeds_without_body(
    functions: Functions, conversation: Conversation, name: str, shape: Callable[[Event], Event]
) -> None:
    assert conversation.id == CONVERSATION_ID

    response = functions.invoke(name, shape(event(name)))

    assert (response["statusCode"], response["body"]) == (204, "")


def test_erase_data_deletes_conversation(functions: Functions, conversation: Conversation) -> None:
    assert functions.invoke("erase_data", event("erase_data")) == {"batchItemFailures": []}

    assert conversation_store().get(conversation.id) is None


@pytest.mark.parametrize("operation", FRAME_OPERATIONS, ids=lambda operation: operation.type)
def test_frame_is_answered_on_its_connection(
    functions: Functions, conversation: Conversation, operation: FrameOperation[Any]
) -> None:
    assert conversation.id == CONVERSATION_ID

    # Uploads need the address of the API.
    with run_functions(functions.aws, RestUrl="https://chat.example/api") as named:
        assert named.invoke(operation.type, event(operation.type)) == {"statusCode": 200}

        answer = named.connections.get_last_frame(CONNECTION_ID)
    # The run of the example does not exist.
    replies = {"RUN_ERROR"} if operation.is_agent else {get_title(reply) for reply in operation.replies} - {"error"}
    assert " ".join(filter(None, (answer["type"], answer.get("status")))) in replies


def test_unknown_frame_is_answered_by_error(functions: Functions) -> None:
    assert functions.invoke("default", event("default")) == {"statusCode": 200}

    assert functions.connections.get_last_frame(CONNECTION_ID)["type"] == "error"


@pytest.mark.parametrize("name", ["connect", "connect.visitor", "disconnect"])
def test_connect_and_disconnect_store_and_remove_connection(functions: Functions, name: str) -> None:
    assert functions.invoke(name.partition(".")[0], event(name)) == {"statusCode": 200}

    sockets = functions.aws.list_items("ConnectionsTable")
    assert [socket["connection_id"]["S"] for socket in sockets] == ([] if name == "disconnect" else [CONNECTION_ID])


@pytest.mark.parametrize("name", ["run_turn", "run_turn.welcome", "run_waiting_turns"])
def test_run_turn_delivers_answer(functions: Functions, conversation: Conversation, name: str) -> None:
    assert functions.invoke(name.partition(".")[0], event(name)) == {"batchItemFailures": []}

    assert functions.connections.frames[CONNECTION_ID]
    assert len(functions.list_messages(conversation.id)) == (2 if name == "run_turn.welcome" else 3)


@pytest.mark.parametrize("shape", [copy.deepcopy, add_base_path], ids=lambda shape: shape.__name__)
def test_claim_conversation_transfers_it_to_user(functions: Functions, shape: Callable[[Event], Event]) -> None:
    visitor = a_visitor(CONVERSATION_ID)
    functions.store_conversation(a_conversation(visitor, last_activity=NOW))
    token = json.loads(event("claim_conversation")["body"])["session_token"]
    visitor_token_store().add_token(CONVERSATION_ID, hash_secret(token))

    response = functions.invoke("claim_conversation", shape(event("claim_conversation")))

    assert response["statusCode"] == 200
    assert json.loads(response["body"])["conversation_id"] == f"conv-{CONVERSATION_ID}"


def test_relay_outbox_queues_pending_message(functions: Functions, conversation: Conversation) -> None:
    assert functions.invoke("relay_outbox", event("relay_outbox")) is None
    functions.check_outbox()

    assert functions.receive_jobs() == [AnswerJob(conversation_id=conversation.id, message_id=MESSAGE_ID)]


@pytest.mark.parametrize("queue", QUEUES)
def test_check_outbox_queues_pending_message(functions: Functions, conversation: Conversation, queue: str) -> None:
    if queue == "WaitingTurnsQueue":
        turn_store().set_waits(conversation.id)

    assert functions.invoke("check_outbox", event("check_outbox")) == {"batchItemFailures": []}

    assert functions.receive_jobs(queue) == [AnswerJob(conversation_id=conversation.id, message_id=MESSAGE_ID)]


def test_message_that_cannot_be_checked_holds_back_no_other(functions: Functions, conversation: Conversation) -> None:
    batch = event("check_outbox")
    # A row without the attributes of a conversation cannot be parsed.
    functions.aws.dynamodb.put_item(TableName=functions.aws.names["SessionsTable"], Item={"id": {"S": "broken"}})
    checks = {"messages": [["broken", MESSAGE_ID], [conversation.id, MESSAGE_ID]]}
    batch["Records"][0]["body"] = json.dumps(checks)
    assert functions.invoke("check_outbox", batch) == {"batchItemFailures": []}

    failures = 0
    queue = functions.aws.names["OutboxQueue"]
    while received := functions.aws.sqs.receive_message(QueueUrl=queue).get("Messages", []):
        batch["Records"][0]["body"] = received[0]["Body"]
        failures += len(functions.invoke("check_outbox", batch)["batchItemFailures"])
        functions.aws.sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])

    assert failures == 1
    assert functions.receive_jobs() == [AnswerJob(conversation_id=conversation.id, message_id=MESSAGE_ID)]


def test_expire_visitors_notifies_expired_visitor(functions: Functions) -> None:
    visitor = a_visitor(CONVERSATION_ID)
    functions.store_conversation(a_conversation(visitor, last_activity=NOW - timedelta(minutes=31)))
    connection_store().add(a_socket(visitor, CONNECTION_ID))

    assert functions.invoke("expire_visitors", event("expire_visitors")) == {"batchItemFailures": []}

    assert functions.connections.get_last_frame(CONNECTION_ID)["status"] == "expired"


def test_deliver_delayed_sends_message(functions: Functions, conversation: Conversation) -> None:
    message_id = DelayedDeliveryJob.model_validate_json(event("deliver_delayed")["Records"][0]["body"]).first_delayed_id
    message = a_message(CONVERSATION_ID, seq=2, content="Still there?", sender=Sender.BOT, timestamp=NOW)
    items = {
        "SessionsTable": sessions.build_dialog_item(conversation, {}, first_delayed_id=message_id),
        "MessageHistoryTable": message_history.build_message_item(
            message.model_copy(update={"id": message_id, "answers": 1}), anonymous=False
        ),
    }
    for table, item in items.items():
        functions.aws.dynamodb.put_item(TableName=table, Item=serialize(item))

    assert functions.invoke("deliver_delayed", event("deliver_delayed")) == {"batchItemFailures": []}

    assert functions.connections.get_last_frame(CONNECTION_ID)["content"] == "Still there?"


def test_all_events_are_tested() -> None:
    # test_authorizer.py runs those of the authorizer, which need an issuer.
    assert {path.stem for path in FOLDER.glob("*/*.json")} == {
        *(operation.name for operation in OPERATIONS),
        "get_history.base_path",
        *(operation.type for operation in FRAME_OPERATIONS),
        *("default", "connect", "connect.visitor", "disconnect"),
        *("run_turn", "run_turn.welcome", "run_waiting_turns", "deliver_delayed", "expire_visitors", "erase_data"),
        *("relay_outbox", "check_outbox"),
        # test_automation_functions.py runs these.
        *("relay_changes", "run_automation"),
        # test_computed_schedules.py runs it.
        "create_schedules",
        # test_received_mail.py runs it.
        "receive_mail",
        *("authorizer.rest", "authorizer.websocket"),
    }


def test_guard_records_denied_requests(functions: Functions) -> None:
    visitor = a_visitor()
    functions.store_conversation(a_conversation(visitor, last_activity=NOW))
    with functions.guard.watching("health"):
        conversation_store().get(CONVERSATION_ID)
        functions.store_message(visitor, a_conversation(visitor, last_activity=NOW))
        gateway().send("phone", "{}")

    assert functions.guard.denied == {
        ("health", ("dynamodb:GetItem", "SessionsTable")),
        ("health", ("dynamodb:UpdateItem", "SessionsTable")),
        ("health", ("dynamodb:PutItem", "VisitorMessagesTable")),
        ("health", ("execute-api:ManageConnections", CONNECTIONS)),
    }
    functions.guard.denied.clear()

"""Functions that begin uploads and send messages with them, each with its own permissions, on moto."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from conversations.bootstrap import clients
from conversations.bootstrap.connections import connection_store
from conversations.domain.conversation import Conversation
from conversations.domain.principal import Principal
from tests import events
from tests.aws import DRIVE_BUCKET
from tests.builders import a_socket, a_user, a_visitor
from tests.integration.responses import parse_ok, parse_problem
from tests.integration.running import Functions, run_functions
from tests.integration.test_events_run import SHAPES

ADA, EVE = a_user("ada"), a_user("eve")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
FILE: dict[str, object] = {"name": "größe.png", "content_type": "image/png", "size": len(PNG)}
OK = {"statusCode": 200}


@pytest.fixture
def uploading(functions: Functions) -> Iterator[Functions]:
    """The functions of a deployment that knows its own address."""
    with run_functions(functions.aws, RestUrl="https://chat.example/api") as started:
        yield started


def begin(
    functions: Functions, conversation: Conversation, caller: Principal = ADA, file: dict[str, object] = FILE
) -> Any:  # noqa: ANN401 - as ``Functions.invoke``
    event = events.rest("create_upload", caller, body=file, conversation_id=f"conv-{conversation.id}")
    return functions.invoke("create_upload", event)


def begin_on_socket(functions: Functions, caller: Principal) -> dict[str, Any]:
    frame = {"type": "upload", "client_upload_id": "u1", **FILE}
    assert functions.invoke("upload", events.socket("upload", caller, frame=frame)) == OK
    return functions.connections.get_last_frame()


def receive(functions: Functions, started: dict[str, Any], content: bytes = PNG) -> str:
    """Store a content as S3 does, and return the id of the file."""
    fields = started["upload"]["fields"]
    functions.aws.s3.put_object(Bucket=DRIVE_BUCKET, Key=fields["key"], Body=content)
    file_id: str = started["file_id"]
    return file_id


def send(functions: Functions, conversation: Conversation, *file_ids: str, caller: Principal = ADA) -> Any:  # noqa: ANN401
    body = {"content": "Look", "attachments": [{"file_id": file_id} for file_id in file_ids]}
    event = events.rest("send_message", caller, body=body, conversation_id=f"conv-{conversation.id}")
    return functions.invoke("send_message", event)


def get_files(functions: Functions, conversation: Conversation) -> list[dict[str, str]]:
    return [file.model_dump() for message in functions.list_messages(conversation.id) for file in message.attachments]


def test_user_uploads_and_sends_and_downloads_a_file(uploading: Functions) -> None:
    conversation = uploading.create_conversation(ADA)
    response = begin(uploading, conversation)
    assert response["statusCode"] == 201
    started = parse_ok({**response, "statusCode": 200})
    assert started["upload"]["url"].startswith(f"https://{DRIVE_BUCKET}.s3.")

    parse_ok(send(uploading, conversation, receive(uploading, started)))

    assert get_files(uploading, conversation) == [started["attachment"]]
    address = urlsplit(started["attachment"]["url"])
    event = events.rest("get_file", query={"key": parse_qs(address.query)["key"][0]})
    _, _, _, conversation_id, _, file_id = address.path.split("/")
    event["pathParameters"] = {"conversation_id": conversation_id, "file_id": file_id}
    event["path"] = address.path.removeprefix("/api")
    opened = uploading.invoke("get_file", event)
    assert opened["statusCode"] == 302
    location = urlsplit(opened["multiValueHeaders"]["Location"][0])
    assert parse_qs(location.query)["response-content-disposition"] == [
        "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.png"
    ]
    content = uploading.aws.s3.get_object(Bucket=DRIVE_BUCKET, Key=unquote(location.path[1:]))["Body"].read()
    assert content == PNG
    event = events.rest("get_history", ADA, query={}, conversation_id=f"conv-{conversation.id}")
    (message,) = parse_ok(uploading.invoke("get_history", event))["messages"]
    assert message["attachments"] == [started["attachment"]]


@pytest.mark.parametrize("shape", [copy.deepcopy, *SHAPES], ids=lambda shape: shape.__name__.strip("_"))
def test_request_of_any_shape_begins_an_upload(
    uploading: Functions, shape: Callable[[events.Event], events.Event]
) -> None:
    conversation = uploading.create_conversation(ADA)
    event = events.rest("create_upload", ADA, body=FILE, conversation_id=f"conv-{conversation.id}")

    assert uploading.invoke("create_upload", shape(event))["statusCode"] == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 0),
        ("size", 10 * 1024 * 1024 + 1),
        ("size", "5"),
        ("size", True),
        ("size", 1.5),
        ("name", ""),
        ("name", "a\x00.png"),
        ("content_type", "image"),
        ("content_type", "image/png; charset=utf-8"),
        ("other", 1),
    ],
)
def test_invalid_upload_is_refused(uploading: Functions, field: str, value: object) -> None:
    conversation = uploading.create_conversation(ADA)

    problem = parse_problem(begin(uploading, conversation, file=FILE | {field: value}), 400, "invalid_request")

    assert problem["field"] == field


def test_only_the_owner_begins_an_upload(uploading: Functions) -> None:
    conversation = uploading.create_conversation(ADA)

    parse_problem(begin(uploading, conversation, EVE), 403, "forbidden")


def test_deployment_without_address_refuses_uploads(functions: Functions) -> None:
    parse_problem(begin(functions, functions.create_conversation(ADA)), 503, "unavailable")


def test_file_of_another_type_is_refused_and_the_message_is_not_stored(uploading: Functions) -> None:
    conversation = uploading.create_conversation(ADA)
    started = parse_ok({**begin(uploading, conversation, file=FILE | {"size": 5}), "statusCode": 200})

    problem = parse_problem(
        send(uploading, conversation, receive(uploading, started, b"<svg>")), 400, "invalid_message"
    )

    assert problem["field"] == "attachments"
    assert uploading.list_messages(conversation.id) == []


def test_file_of_another_conversation_is_refused(uploading: Functions) -> None:
    conversation, other = uploading.create_conversation(ADA), uploading.create_conversation(EVE)
    started = parse_ok({**begin(uploading, other, EVE), "statusCode": 200})

    parse_problem(send(uploading, conversation, receive(uploading, started)), 400, "invalid_message")


@pytest.mark.parametrize("caller", [ADA, a_visitor()], ids=["user", "visitor"])
def test_file_is_uploaded_and_sent_over_the_socket(uploading: Functions, caller: Principal) -> None:
    conversation = uploading.create_conversation(caller)
    connection_store().add(a_socket(caller, "phone", conversation_id=conversation.id))
    started = begin_on_socket(uploading, caller)
    assert (started["type"], started["client_upload_id"]) == ("upload", "u1")
    assert started["session_id"] == f"session-{conversation.id}"

    body = {"type": "message", "content": "Look", "attachments": [{"file_id": receive(uploading, started)}]}
    assert uploading.invoke("message", events.socket("message", caller, frame=body)) == OK

    assert uploading.connections.get_last_frame()["status"] == "delivered"
    assert get_files(uploading, conversation) == [started["attachment"]]


def send_on_socket(functions: Functions, file_id: str) -> dict[str, Any]:
    body = {"type": "message", "content": "Look", "attachments": [{"file_id": file_id}]}
    assert functions.invoke("message", events.socket("message", ADA, frame=body)) == OK
    return functions.connections.get_last_frame()


def test_file_that_was_sent_is_sent_again(uploading: Functions) -> None:
    conversation = uploading.create_conversation(ADA)
    connection_store().add(a_socket(ADA, "phone", conversation_id=conversation.id))
    file_id = receive(uploading, begin_on_socket(uploading, ADA))

    parse_ok(send(uploading, conversation, file_id))
    parse_ok(send(uploading, conversation, file_id))
    assert send_on_socket(uploading, file_id)["status"] == "delivered"

    first, second, third = get_files(uploading, conversation)
    assert first == second == third


@contextmanager
def erasing_before_the_copy(functions: Functions) -> Iterator[None]:
    """Erase the files of all conversations just before the next content is copied."""
    table = functions.aws.names["BotDataTable"]

    def erase(**_: object) -> None:
        for item in functions.aws.dynamodb.scan(TableName=table)["Items"]:
            if item["bot_table"]["S"].startswith("!sent#"):
                key = {name: item[name] for name in ("bot_table", "id")}
                functions.aws.dynamodb.delete_item(TableName=table, Key=key)

    clients.s3().meta.events.register("before-call.s3.CopyObject", erase)
    yield
    clients.s3().meta.events.unregister("before-call.s3.CopyObject", erase)


def test_file_that_is_erased_while_it_is_sent_leaves_no_object(uploading: Functions) -> None:
    conversation = uploading.create_conversation(ADA)
    connection_store().add(a_socket(ADA, "phone", conversation_id=conversation.id))
    first = receive(uploading, begin_on_socket(uploading, ADA))

    with erasing_before_the_copy(uploading):
        refused = send(uploading, conversation, first)
    second = receive(uploading, begin_on_socket(uploading, ADA))
    with erasing_before_the_copy(uploading):
        error = send_on_socket(uploading, second)

    parse_problem(refused, 404, "not_found")
    assert (error["type"], error["error"]) == ("error", "not_found")
    assert uploading.aws.s3.list_objects_v2(Bucket=DRIVE_BUCKET, Prefix="!kept/")["KeyCount"] == 0


def test_error_names_the_upload(uploading: Functions) -> None:
    conversation = uploading.create_conversation(ADA)
    connection_store().add(a_socket(ADA, "phone", conversation_id=conversation.id))
    frame = {"type": "upload", "client_upload_id": "u1", **FILE, "size": 0}

    assert uploading.invoke("upload", events.socket("upload", ADA, frame=frame)) == OK

    error = uploading.connections.get_last_frame()
    assert (error["error"], error["client_upload_id"]) == ("invalid_request", "u1")


@pytest.mark.parametrize("everything", [False, True])
def test_erasure_deletes_files(uploading: Functions, *, everything: bool) -> None:
    conversation = uploading.create_conversation(ADA)
    for is_sent in (True, False):
        file_id = receive(uploading, parse_ok({**begin(uploading, conversation), "statusCode": 200}))
        if is_sent:
            parse_ok(send(uploading, conversation, file_id))

    name = "delete_me" if everything else "delete_conversation"
    event = events.rest(name, ADA, conversation_id=None if everything else f"conv-{conversation.id}")
    assert uploading.invoke(name, event)["statusCode"] == 204

    assert uploading.aws.s3.list_objects_v2(Bucket=DRIVE_BUCKET)["KeyCount"] == 0

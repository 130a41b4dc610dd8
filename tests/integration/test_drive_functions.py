"""Functions that write, transfer, export and erase files of bots, each with its own permissions, on moto."""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest

from basic.bundle import dump_bundle
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.stores import visitor_token_store
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import ErasureJob, ExpiryCheckJob, GreetJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests import events
from tests.aws import BUCKET, DRIVE_BUCKET, Aws
from tests.builders import a_conversation, a_conversation_id, a_user, a_visitor, a_visitor_token
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.responses import parse_ok, parse_problem
from tests.integration.running import WORKERS, Functions, Logs, run_functions
from tests.integration.test_events_run import SHAPES

ADA = a_user("ada")
NOW = datetime.now(UTC).replace(microsecond=0)
DONE: dict[str, list[Any]] = {"batchItemFailures": []}
SCRIPT = """
WRITE "a.txt", "Hello"
WRITE "a.txt", "Hello, Ana"
COPY "a.txt", "b.txt"
MOVE "b.txt", "c/d.txt"
TALK READ("c/d.txt") + UBOUND(LIST "c")
WRITE "old.txt", "x"
DELETE FILE "old.txt"
"""
SENDS = """
WRITE "a.txt", "Hello, Ana"
SEND FILE "a.txt"
"""


def start(functions: Functions, owner: Principal = ADA, worker: str = WORKERS[0], script: str = SCRIPT) -> Conversation:
    """Publish the bot, and start a conversation with it, whose script writes two files."""
    bundle = a_bundle({"start": script})
    bot = a_script_bot(bundle, "scripted")
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
    conversation = functions.store_conversation(a_conversation(owner, bot_id="scripted", last_activity=NOW))
    assert functions.invoke(worker, events.records(GreetJob(conversation_id=conversation.id))) == DONE
    return conversation


def list_files(owner: Principal) -> list[str]:
    return [file.path for file in drive_store().list_by_owner(owner.owner, limit=9).items]


def count_objects(functions: Functions) -> int:
    return functions.aws.s3.list_objects_v2(Bucket=DRIVE_BUCKET)["KeyCount"]


@pytest.mark.parametrize("worker", WORKERS)
def test_script_uses_files(functions: Functions, worker: str) -> None:
    conversation = start(functions, worker=worker)

    assert [message.content for message in functions.list_messages(conversation.id)] == ["Hello, Ana1"]
    assert list_files(ADA) == ["a.txt", "c/d.txt"]
    assert count_objects(functions) == 2


def test_webhook_uses_files(functions: Functions) -> None:
    event = events.event("webhook")
    bot_id, name = event["pathParameters"]["bot_id"], event["pathParameters"]["name"]
    bundle = a_bundle({"start": "TALK 1", "hook": f'WEBHOOK "{name}"\n{SCRIPT}result = READ "a.txt"'})
    bot = a_script_bot(bundle, bot_id)
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
    functions.set_webhook_secret(bot_id, hash_secret(event["headers"]["X-Webhook-Secret"]))

    assert functions.invoke("webhook", event)["body"] == "Hello, Ana"
    assert [file.owner for file in drive_store().list_folder(bot_id, "", limit=9)] == [None, None]


def test_export_names_files_and_erasure_deletes_them(functions: Functions) -> None:
    start(functions)
    exported = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA)))
    query = {"cursor": exported["next_cursor"]}
    page = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA, query=query)))

    file = {"bot_id": "scripted", "path": "a.txt", "size": 10, "content_type": "text/plain"}
    assert page["messages"] == []
    assert [each["path"] for each in page["files"]] == ["a.txt", "c/d.txt"]
    assert page["files"][0].items() >= file.items()
    assert functions.invoke("delete_me", events.rest("delete_me", ADA))["statusCode"] == 204
    assert (list_files(ADA), count_objects(functions)) == ([], 0)


def test_erasure_that_continues_in_the_background_deletes_files(functions: Functions) -> None:
    start(functions)

    job = ErasureJob(owner=ADA.owner, requested_at=NOW + timedelta(minutes=1))
    assert functions.invoke("erase_data", events.records(job.model_dump_json())) == DONE

    assert (list_files(ADA), count_objects(functions)) == ([], 0)


def test_files_of_a_visitor_are_deleted_when_the_conversation_expires(functions: Functions) -> None:
    visitor = a_visitor()
    conversation = start(functions, visitor)
    assert list_files(visitor) == ["a.txt", "c/d.txt"]
    functions.aws.dynamodb.delete_item(TableName="SessionsTable", Key={"id": {"S": conversation.id}})

    assert (
        functions.invoke(
            "expire_visitors", events.records(ExpiryCheckJob(conversation_id=conversation.id).model_dump_json())
        )
        == DONE
    )

    assert (list_files(visitor), count_objects(functions)) == ([], 0)


def claim(functions: Functions, conversation: Conversation) -> None:
    """Claim a visitor's conversation."""
    token = a_visitor_token(conversation.id)
    visitor_token_store().add_token(conversation.id, hash_secret(token))
    request = events.rest("claim_conversation", ADA, body={"session_token": token})
    assert parse_ok(functions.invoke("claim_conversation", request))["status"] == "active"


def test_claim_gives_the_files_of_a_visitor_to_the_user(functions: Functions) -> None:
    visitor = a_visitor()
    claim(functions, start(functions, visitor))

    assert (list_files(visitor), list_files(ADA)) == ([], ["a.txt", "c/d.txt"])


def test_expiry_check_completes_an_interrupted_claim(functions: Functions) -> None:
    visitor = a_visitor()
    conversation = start(functions, visitor)
    claim(functions, conversation)
    # As if the function had been killed after the conversation was transferred.
    drive_store().transfer(ADA.owner, visitor.owner)

    assert (
        functions.invoke(
            "expire_visitors", events.records(ExpiryCheckJob(conversation_id=conversation.id).model_dump_json())
        )
        == DONE
    )

    assert (list_files(visitor), list_files(ADA)) == ([], ["a.txt", "c/d.txt"])


# ---------------------------------------------------------------------------------------------------------- sent files
@pytest.fixture
def sending(deployed: Aws) -> Iterator[Functions]:
    """The functions of a deployment that knows its address."""
    with run_functions(deployed, RestUrl="https://chat.example/api") as started:
        yield started


def open_link(
    functions: Functions, url: str, shape: Callable[[events.Event], events.Event] = copy.copy
) -> dict[str, Any]:
    """Open a link to a sent file, by a request of this shape."""
    address = urlsplit(url)
    conversation_id, file_id = address.path.split("/")[3], address.path.split("/")[5]
    event = events.rest("get_file", query=dict(parse_qsl(address.query)))
    event["pathParameters"] = {"conversation_id": conversation_id, "file_id": file_id}
    event["path"] = address.path.removeprefix("/api")
    return functions.invoke("get_file", shape(event))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__.strip("_"))
def test_link_is_opened_by_requests_of_any_shape(
    sending: Functions, shape: Callable[[events.Event], events.Event]
) -> None:
    link = get_link(sending, start(sending, script=SENDS))

    assert open_link(sending, link, shape)["statusCode"] == 302


def get_link(functions: Functions, conversation: Conversation) -> str:
    ((file,),) = [message.attachments for message in functions.list_messages(conversation.id)]
    return file.url


@pytest.mark.parametrize("worker", WORKERS)
def test_file_is_sent_and_downloaded(sending: Functions, worker: str) -> None:
    conversation = start(sending, worker=worker, script=SENDS)
    link = get_link(sending, conversation)

    response = open_link(sending, link)

    assert response["statusCode"] == 302
    assert response["multiValueHeaders"]["Cache-Control"] == ["no-store"]
    (location,) = response["multiValueHeaders"]["Location"]
    query = parse_qs(urlsplit(location).query)
    assert query["response-content-disposition"] == ["attachment; filename*=UTF-8''a.txt"]
    assert query["X-Amz-Expires"] == ["60"]
    key = unquote(urlsplit(location).path.removeprefix("/"))
    assert sending.aws.s3.get_object(Bucket=DRIVE_BUCKET, Key=key)["Body"].read() == b"Hello, Ana"


def test_link_that_is_wrong_or_over_is_not_found(sending: Functions) -> None:
    conversation = start(sending, script=SENDS)
    link = get_link(sending, conversation)

    parse_problem(open_link(sending, f"{link}x"), 404, "not_found")
    parse_problem(open_link(sending, link.replace(conversation.id, a_conversation_id())), 404, "not_found")
    parse_problem(open_link(sending, link.partition("?")[0]), 400, "invalid_request")
    event = events.rest("delete_conversation", ADA, conversation_id=f"conv-{conversation.id}")
    assert sending.invoke("delete_conversation", event)["statusCode"] == 204
    parse_problem(open_link(sending, link), 404, "not_found")
    # The file itself is the user's, not the conversation's.
    assert (list_files(ADA), count_objects(sending)) == (["a.txt"], 1)


def test_sent_files_are_erased_with_the_user(sending: Functions) -> None:
    start(sending, script=SENDS)

    assert sending.invoke("delete_me", events.rest("delete_me", ADA))["statusCode"] == 204

    assert count_objects(sending) == 0


def test_sent_files_are_erased_in_the_background(sending: Functions) -> None:
    conversation = start(sending, script=SENDS)

    job = ErasureJob(owner=ADA.owner, conversation_id=conversation.id, requested_at=NOW)
    assert sending.invoke("erase_data", events.records(job.model_dump_json())) == DONE

    assert count_objects(sending) == 1


def test_sent_files_of_a_visitor_end_with_the_conversation(sending: Functions) -> None:
    conversation = start(sending, a_visitor(), script=SENDS)
    sending.aws.dynamodb.delete_item(TableName="SessionsTable", Key={"id": {"S": conversation.id}})

    job = ExpiryCheckJob(conversation_id=conversation.id)
    assert sending.invoke("expire_visitors", events.records(job.model_dump_json())) == DONE

    assert count_objects(sending) == 0


def test_deployment_without_an_address_sends_no_file(functions: Functions, logs: Logs) -> None:
    conversation = start(functions, script=SENDS)

    assert "something went wrong" in functions.list_messages(conversation.id)[0].content
    assert "the parameter RestUrl or WebsiteUrl of the stack" in logs.text

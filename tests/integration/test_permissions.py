"""Requests that functions send in rare cases only: every grant of the template is needed by some test."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from basic.bundle import dump_bundle
from conversations.adapters.dynamodb.serialization import serialize
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import visitor_token_store
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import GreetJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests import events
from tests.aws import BUCKET
from tests.builders import a_conversation, a_conversation_id, a_socket, a_user, a_visitor, a_visitor_token
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.permissions import unused_grants
from tests.integration.running import WORKERS, Functions
from tests.template import functions as function_names
from tests.template import grants

ADA, VISITOR = a_user("ada"), a_visitor()
NOW = datetime.now(UTC).replace(microsecond=0)
DONE: dict[str, list[Any]] = {"batchItemFailures": []}


def start(functions: Functions, owner: Principal, bot_id: str = "default") -> Conversation:
    """Store a conversation and an open socket of its owner."""
    conversation = functions.store_conversation(a_conversation(owner, bot_id=bot_id, last_activity=NOW))
    connection_store().add(a_socket(owner, "phone", conversation_id=conversation.id))
    return conversation


def start_script(functions: Functions, owner: Principal, script: str, *, worker: str = "run_turn") -> None:
    """Publish a bot with a script and run its first turn."""
    bundle = a_bundle({"start": script})
    bot = a_script_bot(bundle, "scripted")
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
    work = GreetJob(conversation_id=start(functions, owner, "scripted").id)
    assert functions.invoke(worker, events.records(work)) == DONE


def put_leftover(functions: Functions, conversation_id: str) -> None:
    """Leave an item of a conversation in the visitors' table, as an interrupted claim does."""
    item = {"session_id": conversation_id, "id": "leftover"}
    functions.aws.dynamodb.put_item(TableName="VisitorMessagesTable", Item=serialize(item))


def record(name: str, **body: object) -> events.Event:
    """Return the event of a worker with another body."""
    event = events.event(name)
    event["Records"][0]["body"] = json.dumps(body)
    return event


def connections(functions: Functions) -> list[dict[str, Any]]:
    return functions.aws.list_items("ConnectionsTable")


def test_claim_moves_long_conversation_and_removes_closed_connection(functions: Functions) -> None:
    visitor = a_visitor()
    conversation = start(functions, visitor)
    for number in range(42):  # the transaction moves 40
        functions.store_message(visitor, conversation, str(number))
    token = a_visitor_token(conversation.id)
    visitor_token_store().add_token(conversation.id, hash_secret(token))
    functions.connections.gone = {"phone"}

    claim = events.rest("claim_conversation", ADA, body={"session_token": token})
    assert functions.invoke("claim_conversation", claim)["statusCode"] == 200

    assert len(functions.list_messages(conversation.id)) == 42
    assert [each["connection_id"]["S"] for each in connections(functions)] == [f"transfer#{conversation.id}"]


@pytest.mark.parametrize("route", ["connect", "disconnect"])
def test_frame_named_like_lifecycle_route_is_unknown_type(functions: Functions, route: str) -> None:
    event = events.socket(route, ADA, frame={"type": f"${route}"})
    event["requestContext"]["eventType"] = "MESSAGE"

    assert functions.invoke(route, event) == {"statusCode": 200}

    assert functions.connections.get_last_frame()["error"] == "invalid_request"


def test_delete_conversation_removes_what_interrupted_claim_left(functions: Functions) -> None:
    conversation = start(functions, ADA)
    put_leftover(functions, conversation.id)

    event = events.rest("delete_conversation", ADA, conversation_id=f"conv-{conversation.id}")
    assert functions.invoke("delete_conversation", event)["statusCode"] == 204

    assert functions.aws.list_items("VisitorMessagesTable") == []


def test_delete_me_removes_what_interrupted_claim_left(functions: Functions) -> None:
    put_leftover(functions, start(functions, ADA).id)

    assert functions.invoke("delete_me", events.rest("delete_me", ADA))["statusCode"] == 204

    assert functions.aws.list_items("VisitorMessagesTable") == []


def test_erase_data_removes_everything_of_user(functions: Functions) -> None:
    start_script(functions, ADA, 'SET USER MEMORY "name", "Ada"')
    put_leftover(functions, start(functions, ADA).id)
    assert functions.aws.list_items("BotDataTable")

    body = {"owner": ADA.owner, "session_id": None, "requested_at": NOW.isoformat()}
    assert functions.invoke("erase_data", record("erase_data", **body)) == DONE

    for table in ("SessionsTable", "MessageHistoryTable", "VisitorMessagesTable", "BotDataTable", "ConnectionsTable"):
        assert functions.aws.list_items(table) == []
    assert functions.connections.closed == ["phone"]


def test_deliver_delayed_removes_closed_connection_of_visitor(functions: Functions) -> None:
    start_script(functions, VISITOR, 'TALK "One."\nWAIT 0.1\nTALK "Two."')
    url = functions.aws.names["TellingsQueue"]
    (job,) = functions.aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    functions.connections.gone = {"phone"}

    assert functions.invoke("deliver_delayed", events.records(job["Body"])) == DONE

    assert connections(functions) == []


def test_expire_visitors_checks_active_conversation_again_later(functions: Functions) -> None:
    conversation = start(functions, VISITOR)

    assert functions.invoke("expire_visitors", record("expire_visitors", session_id=conversation.id)) == DONE

    url = functions.aws.names["ExpiriesQueue"]
    attributes = functions.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"


def test_expire_visitors_removes_closed_connection(functions: Functions) -> None:
    conversation_id = a_conversation_id()
    connection_store().add(a_socket(a_visitor(conversation_id), "phone"))
    functions.connections.gone = {"phone"}

    assert functions.invoke("expire_visitors", record("expire_visitors", session_id=conversation_id)) == DONE

    assert connections(functions) == []


@pytest.mark.parametrize("worker", WORKERS)
def test_script_merges_and_deletes_rows(functions: Functions, worker: str) -> None:
    script = 'MERGE "orders", [#{id: 7, item: "tea"}], "id"\nTALK DELETE "orders", "item=tea"'
    start_script(functions, ADA, script, worker=worker)

    assert functions.connections.get_last_frame()["content"] == "1"


def test_unused_grants_are_named_with_their_function() -> None:
    used = {(name, grant) for name in function_names() for grant in grants(name)}

    assert unused_grants(used) == []
    assert unused_grants(used - {("list_bots", ("dynamodb:GetItem", "BotsTable"))}) == [
        "template.yaml: remove dynamodb:GetItem on BotsTable from ListBotsFunction, or add a test that needs it."
    ]

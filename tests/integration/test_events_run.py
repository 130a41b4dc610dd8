"""Every event of ``events/`` as it lies there, run by its function; and the guards of the stage they run on."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from conversations import bootstrap
from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.serialization import serialize
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob, DelayedDeliveryJob
from conversations.domain.message import Sender
from conversations.domain.secrets import hash_secret
from tests.builders import a_conversation, a_message, a_socket, a_user, a_visitor
from tests.events import FOLDER, event
from tests.integration.running import Functions
from tests.template import CONNECTIONS

SESSION_ID = "018d0c90-4d00-7abc-8def-0123456789ab"
MESSAGE_ID = "018d0c90-4d00-7000-8000-0401234567ab"
CONNECTION_ID = "RkNhVcOFoAMCIhw="
OWNER = event("message")["requestContext"]["authorizer"]["owner"]
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def conversation(functions: Functions) -> Conversation:
    """The conversation the events speak of, with its first message and a socket."""
    owner = a_user(OWNER.removeprefix("user:"))
    conversation = a_conversation(owner, session_id=SESSION_ID, last_activity=NOW, answered_seq=0)
    message = a_message(SESSION_ID, timestamp=NOW).model_copy(update={"id": MESSAGE_ID})
    begun = {"last_seq": 1, "pending_message_ids": (MESSAGE_ID,)}
    bootstrap.conversation_store().create(conversation.model_copy(update=begun), message)
    bootstrap.connection_store().add(a_socket(owner, CONNECTION_ID, session_id=SESSION_ID))
    del functions
    return conversation


ANSWERED = (
    *("start_conversation", "send_message", "get_history", "list_conversations", "get_conversation"),
    *("update_conversation", "list_bots", "create_ticket", "export_me", "health", "get_openapi"),
)


@pytest.mark.parametrize("name", ANSWERED)
def test_a_request_is_answered(functions: Functions, conversation: Conversation, name: str) -> None:
    assert conversation.id == SESSION_ID

    answer = functions.invoke(name, event(name))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])


@pytest.mark.parametrize("name", ["delete_conversation", "delete_me", "preflight"])
def test_a_request_is_done(functions: Functions, conversation: Conversation, name: str) -> None:
    assert conversation.id == SESSION_ID

    answer = functions.invoke(name, event(name))

    assert (answer["statusCode"], answer["body"]) == (204, "")


def test_what_was_left_to_erase_is_erased(functions: Functions, conversation: Conversation) -> None:
    assert functions.invoke("erase", event("erase")) == {"batchItemFailures": []}

    assert bootstrap.conversation_store().get(conversation.id) is None


@pytest.mark.parametrize(
    ("name", "frame"), [("message", "delivered"), ("resume", "resumed"), ("ping", "pong"), ("default", "error")]
)
def test_a_frame_is_answered_on_its_socket(
    functions: Functions, conversation: Conversation, name: str, frame: str
) -> None:
    assert conversation.id == SESSION_ID

    assert functions.invoke(name, event(name)) == {"statusCode": 200}

    told = functions.sockets.last(CONNECTION_ID)
    assert frame in (told["type"], told.get("status"))


@pytest.mark.parametrize("name", ["connect", "connect.visitor", "disconnect"])
def test_a_socket_comes_and_goes(functions: Functions, name: str) -> None:
    assert functions.invoke(name.partition(".")[0], event(name)) == {"statusCode": 200}

    sockets = functions.where.items("ConnectionsTable")
    assert [socket["connection_id"]["S"] for socket in sockets] == ([] if name == "disconnect" else [CONNECTION_ID])


@pytest.mark.parametrize("name", ["reply", "reply.welcome"])
def test_a_piece_of_work_is_done(functions: Functions, conversation: Conversation, name: str) -> None:
    assert functions.invoke("reply", event(name)) == {"batchItemFailures": []}

    assert functions.sockets.told[CONNECTION_ID]
    assert len(functions.stored(conversation.id)) == (2 if name == "reply" else 1)


def test_a_visitors_conversation_is_handed_over(functions: Functions) -> None:
    visitor = a_visitor(SESSION_ID)
    functions.holds(a_conversation(visitor, last_activity=NOW))
    token = json.loads(event("claim_conversation")["body"])["session_token"]
    bootstrap.visitor_token_store().add_token(SESSION_ID, hash_secret(token))

    answer = functions.invoke("claim_conversation", event("claim_conversation"))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["conversation_id"] == f"conv-{SESSION_ID}"


def test_a_message_nobody_queued_is_queued(functions: Functions, conversation: Conversation) -> None:
    assert functions.invoke("relay", event("relay")) is None

    assert functions.queued() == [AnswerJob(session_id=conversation.id, message_id=MESSAGE_ID)]


def test_a_visitor_whose_time_is_up_is_told(functions: Functions) -> None:
    visitor = a_visitor(SESSION_ID)
    functions.holds(a_conversation(visitor, last_activity=NOW - timedelta(minutes=31)))
    bootstrap.connection_store().add(a_socket(visitor, CONNECTION_ID))

    assert functions.invoke("expire", event("expire")) == {"batchItemFailures": []}

    assert functions.sockets.last(CONNECTION_ID)["status"] == "expired"


def test_what_was_said_after_a_pause_is_told(functions: Functions, conversation: Conversation) -> None:
    untold = DelayedDeliveryJob.model_validate_json(event("tell")["Records"][0]["body"]).first_delayed_id
    said = a_message(SESSION_ID, seq=2, content="Still there?", sender=Sender.BOT, timestamp=NOW)
    items = {
        "SessionsTable": sessions.build_dialog_item(conversation, {}, first_delayed_id=untold),
        "MessageHistoryTable": message_history.build_message_item(
            said.model_copy(update={"id": untold, "answers": 1}), anonymous=False
        ),
    }
    for table, item in items.items():
        functions.where.dynamodb.put_item(TableName=table, Item=serialize(item))

    assert functions.invoke("tell", event("tell")) == {"batchItemFailures": []}

    assert functions.sockets.last(CONNECTION_ID)["content"] == "Still there?"


def test_no_event_is_forgotten_here() -> None:
    # The authorizer's are in test_authorize.py, beside an issuer; the webhook's is in test_webhook_function.py.
    assert {path.stem for path in FOLDER.glob("*.json")} == {
        *ANSWERED,
        "webhook",
        *("delete_conversation", "delete_me", "preflight", "erase", "claim_conversation", "relay", "expire", "resume"),
        "tell",
        *("message", "ping", "default", "connect", "connect.visitor", "disconnect", "reply", "reply.welcome"),
        *("authorize.request", "authorize.socket"),
    }


def test_the_guard_notices_what_the_template_does_not_allow(functions: Functions) -> None:
    visitor = a_visitor()
    functions.holds(a_conversation(visitor, last_activity=NOW))
    with functions.guard.watching("health"):
        bootstrap.conversation_store().get(SESSION_ID)
        functions.said(visitor, a_conversation(visitor, last_activity=NOW))
        bootstrap.gateway().send("phone", "{}")

    assert functions.guard.denied == {
        ("health", ("dynamodb:GetItem", "SessionsTable")),
        ("health", ("dynamodb:UpdateItem", "SessionsTable")),
        ("health", ("dynamodb:PutItem", "VisitorMessagesTable")),
        ("health", ("execute-api:ManageConnections", CONNECTIONS)),
    }
    functions.guard.denied.clear()

"""Turns of webhook bots by the function run_waiting_turns: a bot server on loopback, and secrets on moto."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from standardwebhooks import Webhook

from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.connections import connection_store
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.webhook_signature import make_secret
from conversations.engines.webhook_bot.program import Program
from tests import events
from tests.aws import REGION, Aws
from tests.bot_server import ScriptedServer, event, respond, respond_json, serving, stream
from tests.builders import a_bot, a_socket, a_user
from tests.integration.running import Functions, run_functions

ADA = a_user("ada")
SECRET = make_secret()
OLD_SECRET = make_secret()
NAME, OLD_NAME = "/conversations/conversations/shop", "conversations/conversations/shop-old"
DONE: dict[str, list[dict[str, str]]] = {"batchItemFailures": []}


@pytest.fixture
def secret(deployed: Aws) -> Iterator[None]:
    del deployed
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name=NAME, Value=SECRET, Type="SecureString")
    secrets_manager = boto3.client("secretsmanager", region_name=REGION)
    secrets_manager.create_secret(Name=OLD_NAME, SecretString=OLD_SECRET)
    yield
    ssm.delete_parameter(Name=NAME)
    secrets_manager.delete_secret(SecretId=OLD_NAME, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def local_functions(deployed: Aws) -> Iterator[Functions]:
    """The functions as on a local stack, whose bot servers may be on loopback."""
    with run_functions(deployed, ExecuteApiUrl="http://127.0.0.1:4566") as started:
        yield started


def build_bot(url: str) -> Bot:
    program = Program(
        url=url,
        secrets=(f"ssm:{NAME}", f"secretsmanager:{OLD_NAME}"),
        history_limit=5,
        fallback="Not now.",
        error="Wrong.",
    )
    bot = a_bot("shop", engine="webhook")
    return bot.model_copy(update={"program": program.model_dump(mode="json"), "waits": True})


def begin(functions: Functions, server: ScriptedServer) -> tuple[Conversation, AnswerJob]:
    """Publish the bot of a server, and send it a message."""
    functions.publish(build_bot(f"http://127.0.0.1:{server.port}/"))
    conversation = functions.create_conversation(ADA, bot_id="shop")
    message = functions.store_message(ADA, conversation, "Good day")
    return conversation, AnswerJob(conversation_id=conversation.id, message_id=message.id)


@contextmanager
def failing_commits() -> Iterator[None]:
    """Let the turn end before it is stored, as a crash does."""

    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    hooks = dynamodb().meta.events
    hooks.register("before-call.dynamodb.TransactWriteItems", fail)
    yield
    hooks.unregister("before-call.dynamodb.TransactWriteItems", fail)


def list_contents(functions: Functions, conversation: Conversation) -> list[tuple[str, str | None]]:
    messages = functions.list_messages(conversation.id)
    return [(message.content, message.finish_reason) for message in messages if message.sender == "bot"]


@pytest.mark.usefixtures("secret")
def test_answer_of_the_server_is_stored_and_sent(local_functions: Functions) -> None:
    connection_store().add(a_socket(ADA, "phone"))
    with serving(respond_json({"messages": [{"content": "Hello"}], "state": {"n": 1}})) as server:
        conversation, job = begin(local_functions, server)

        assert local_functions.invoke("run_waiting_turns", events.records(job)) == DONE

    assert list_contents(local_functions, conversation) == [("Hello", None)]
    assert local_functions.connections.get_last_frame()["content"] == "Hello"
    (request,) = server.requests
    turn = Webhook(SECRET).verify(request.body, dict(request.headers))
    assert Webhook(OLD_SECRET).verify(request.body, dict(request.headers)) == turn
    assert turn["data"]["message"]["content"] == "Good day"
    assert turn["data"]["user"] == {"id": "ada", "anonymous": False, "groups": []}


@pytest.mark.usefixtures("secret")
def test_state_is_sent_with_the_next_turn(local_functions: Functions) -> None:
    with serving(respond_json({"messages": [], "state": {"n": 1}})) as server:
        conversation, job = begin(local_functions, server)
        local_functions.invoke("run_waiting_turns", events.records(job))
        second = local_functions.store_message(ADA, conversation, "Again")
        local_functions.invoke(
            "run_waiting_turns", events.records(AnswerJob(conversation_id=conversation.id, message_id=second.id))
        )

    states = [json.loads(request.body)["data"]["state"] for request in server.requests]
    assert states == [{}, {"n": 1}]
    assert len({request.headers["webhook-id"] for request in server.requests}) == 2


@pytest.mark.usefixtures("secret")
def test_turn_that_is_run_again_has_the_same_webhook_id(local_functions: Functions) -> None:
    with serving(respond_json({"messages": [{"content": "Hello"}]})) as server:
        conversation, job = begin(local_functions, server)
        with failing_commits():
            assert local_functions.invoke("run_waiting_turns", events.records(job)) != DONE
        assert local_functions.invoke("run_waiting_turns", events.records(job, tries=2)) == DONE

    assert list_contents(local_functions, conversation) == [("Hello", None)]
    first, second = server.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.usefixtures("secret")
def test_server_that_breaks_off_leaves_a_marked_message(local_functions: Functions) -> None:
    with serving(stream(event("delta", content="Hel"), ends=False)) as server:
        conversation, job = begin(local_functions, server)

        assert local_functions.invoke("run_waiting_turns", events.records(job)) == DONE

    assert list_contents(local_functions, conversation) == [("Hel", "interrupted")]


@pytest.mark.usefixtures("secret")
def test_server_that_is_down_is_answered_for(local_functions: Functions) -> None:
    with serving(respond(503)) as server:
        conversation, job = begin(local_functions, server)

        assert local_functions.invoke("run_waiting_turns", events.records(job)) == DONE

    assert list_contents(local_functions, conversation) == [("Not now.", None)]
    assert server.requests


def test_missing_secret_is_answered_for_and_nothing_is_sent(local_functions: Functions) -> None:
    with serving(respond(204)) as server:
        conversation, job = begin(local_functions, server)

        assert local_functions.invoke("run_waiting_turns", events.records(job)) == DONE

    assert list_contents(local_functions, conversation) == [("Wrong.", None)]
    assert server.requests == []


@pytest.mark.usefixtures("secret")
def test_server_on_loopback_is_refused_on_aws(functions: Functions) -> None:
    with serving(respond(204)) as server:
        conversation, job = begin(functions, server)

        assert functions.invoke("run_waiting_turns", events.records(job)) == DONE

    assert list_contents(functions, conversation) == [("Wrong.", None)]
    assert server.requests == []

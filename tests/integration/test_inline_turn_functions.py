"""Turns that run within the functions that accept a message, over REST and over WebSocket."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from basic.bundle import dump_bundle
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import conversation_store, message_store
from conversations.domain import turn_time
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from tests import events
from tests.aws import BUCKET
from tests.builders import a_bot, a_conversation, a_draft, a_socket, a_user, a_visitor
from tests.fakes.gateway import get_types
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.integration.running import Functions

ADA = a_user("ada")
NOW = datetime.now(UTC).replace(microsecond=0)
OK = {"statusCode": 200}

RULES = a_bot(
    "rules",
    engine="rules",
    program={
        "greeting": {"say": ["Welcome."]},
        "rules": [{"patterns": ["hello"], "say": ["Hi!"], "suggestions": ["Prices?"]}],
        "fallback": {"say": ["Pardon?"]},
    },
)

NAMED = """
HEAR name WITH "Who are you?"
SET USER MEMORY "name", name
TALK "Hello " + name
HEAR again
TALK "Bye"
"""

both_kinds_of_caller = pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])


def greet(functions: Functions, bot_id: str, owner: Principal = ADA) -> Conversation:
    """Start a conversation whose bot has greeted, with two devices."""
    conversation = functions.store_conversation(a_conversation(owner, bot_id=bot_id, last_activity=NOW, answered_seq=0))
    for device in ("phone", "desk"):
        connection_store().add(a_socket(owner, device, conversation_id=conversation.id))
    return conversation


def publish_script(functions: Functions, script: str) -> None:
    bundle = a_bundle({"start": script})
    bot = a_script_bot(bundle, "scripted")
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)


def send_over_socket(functions: Functions, conversation: Conversation, content: str, owner: Principal = ADA) -> None:
    frame = {"type": "message", "session_id": f"session-{conversation.id}", "content": content}
    event = events.socket("message", owner, connection_id="phone", frame=frame | {"client_message_id": content})
    assert functions.invoke("message", event) == OK


def send_over_rest(functions: Functions, conversation: Conversation, content: str) -> dict[str, Any]:
    body = {"content": content, "client_message_id": content}
    event = events.rest("send_message", ADA, body=body, conversation_id=f"conv-{conversation.id}")
    response = functions.invoke("send_message", event)
    assert response["statusCode"] == 200, response
    accepted: dict[str, Any] = json.loads(response["body"])
    return accepted


def list_types(functions: Functions, device: str) -> list[str]:
    return list(get_types(functions.connections.frames[device]))


def list_contents(functions: Functions, conversation: Conversation) -> list[str]:
    return [message.content for message in functions.list_messages(conversation.id)]


@both_kinds_of_caller
def test_rule_answers_in_the_invocation_that_accepts_the_frame(functions: Functions, owner: Principal) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules", owner)

    send_over_socket(functions, conversation, "hello", owner)

    assert list_types(functions, "phone") == ["delivered", "message", "suggestion"]
    assert list_types(functions, "desk") == ["message", "message", "suggestion"]
    assert [frame.get("content") for frame in functions.connections.frames["desk"][:2]] == ["hello", "Hi!"]
    assert [frame["seq"] for frame in functions.connections.frames["desk"][:2]] == [1, 2]
    assert functions.receive_jobs() == []
    assert list_contents(functions, conversation) == ["hello", "Hi!"]


def test_rule_answers_in_the_invocation_that_accepts_the_request(functions: Functions) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules")

    accepted = send_over_rest(functions, conversation, "hello")

    assert (accepted["seq"], accepted["status"]) == (1, "delivered")
    assert list_types(functions, "phone") == list_types(functions, "desk") == ["message", "message", "suggestion"]
    assert functions.receive_jobs() == []


@both_kinds_of_caller
def test_repeated_frame_is_only_acknowledged(functions: Functions, owner: Principal) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules", owner)
    for _ in range(2):
        send_over_socket(functions, conversation, "hello", owner)

    first, *_, again = functions.connections.frames["phone"]
    assert again == first
    assert list_types(functions, "phone") == ["delivered", "message", "suggestion", "delivered"]
    assert list_contents(functions, conversation) == ["hello", "Hi!"]


def test_repeated_request_has_the_same_response(functions: Functions) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules")

    accepted = [send_over_rest(functions, conversation, "hello") for _ in range(2)]

    assert accepted[0] == accepted[1]
    assert list_contents(functions, conversation) == ["hello", "Hi!"]


@pytest.mark.parametrize("send", [send_over_socket, send_over_rest])
def test_inline_turn_after_a_queued_message_looks_for_its_record(
    functions: Functions, send: Callable[[Functions, Conversation, str], object]
) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules")
    message = message_store().append(ADA, conversation.id, a_draft("first", client_message_id="first"), NOW)
    functions.invoke("run_turn", events.records(AnswerJob(conversation_id=conversation.id, message_id=message.id)))

    for content in ("hello", "first"):
        send(functions, conversation, content)

    assert list_contents(functions, conversation) == ["first", "Pardon?", "hello", "Hi!"]


def test_script_answers_turn_by_turn(functions: Functions) -> None:
    publish_script(functions, NAMED)
    conversation = greet(functions, "scripted")

    for content in ("Ada", "again"):
        send_over_socket(functions, conversation, content)

    assert functions.receive_jobs() == []
    assert list_contents(functions, conversation) == ["Ada", "Who are you?", "Hello Ada", "again", "Bye"]


def test_script_that_uses_a_table_answers_from_the_queue(functions: Functions) -> None:
    publish_script(functions, 'HEAR name\nINSERT "guests", #{name: name}\nTALK "Hello " + name')
    conversation = greet(functions, "scripted")

    send_over_socket(functions, conversation, "Ada")

    assert list_types(functions, "phone") == ["delivered"]
    assert len(functions.receive_jobs()) == 1


def test_script_that_takes_too_long_answers_from_the_queue(
    functions: Functions, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_time, "INLINE_SECONDS", 0)
    publish_script(functions, 'HEAR n\nTALK "You said " + n')
    conversation = greet(functions, "scripted")

    send_over_socket(functions, conversation, "1")

    assert len(functions.receive_jobs()) == 1
    assert "script failed" not in caplog.text


def test_device_that_is_gone_is_removed(functions: Functions) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules")
    functions.connections.gone.add("desk")

    send_over_rest(functions, conversation, "hello")

    assert [each.connection_id for each in connection_store().list_by_owner(ADA.owner)] == ["phone"]
    assert list_types(functions, "phone") == ["message", "message", "suggestion"]


def test_device_that_does_not_accept_a_frame_gets_it_from_the_queue(functions: Functions) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules")
    functions.connections.throttled.add("desk")

    send_over_socket(functions, conversation, "hello")
    functions.connections.throttled.clear()
    functions.run_bots()

    assert list_types(functions, "desk") == ["message", "message", "suggestion"]
    stored = conversation_store().get(conversation.id)
    assert stored is not None
    assert stored.undelivered is None


def test_sender_whose_connection_is_gone_leaves_nothing_undelivered(functions: Functions) -> None:
    functions.publish(RULES)
    conversation = greet(functions, "rules")
    functions.connections.gone.add("phone")

    send_over_socket(functions, conversation, "hello")

    assert list_types(functions, "desk") == ["message", "message", "suggestion"]
    stored = conversation_store().get(conversation.id)
    assert stored is not None
    assert stored.undelivered is None

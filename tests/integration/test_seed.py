"""The examples of the original API specification (the seed), verbatim."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.domain import ids
from tests import events
from tests.builders import a_user
from tests.events import Event
from tests.integration.running import Functions

ADA = a_user()
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"

START_REQUEST = """
{
"bot_id": "bot-123",
"initial_message": "Hello"
}
"""

START_RESPONSE = """
{
"conversation_id": "conv-456",
"session_id": "session-789",
"status": "active"
}
"""

SEND_REQUEST = """
{
"content": "User message",
"attachments": []
}
"""

SEND_RESPONSE = """
{
"message_id": "msg-123",
"timestamp": "2024-01-15T10:30:00Z",
"status": "delivered"
}
"""

HISTORY_RESPONSE = """
{
"messages": [
{
"id": "msg-001",
"sender": "user",
"content": "Hello",
"timestamp": "2024-01-15T10:00:00Z"
},
{
"id": "msg-002",
"sender": "bot",
"content": "Hi! How can I help you?",
"timestamp": "2024-01-15T10:00:01Z"
}
],
"has_more": false
}
"""

LIST_RESPONSE = """
{
"conversations": [
{
"id": "conv-456",
"bot_id": "bot-123",
"bot_name": "Support Bot",
"last_message": "Thank you!",
"last_activity": "2024-01-15T10:30:00Z",
"status": "active"
}
],
"total": 1
}
"""

SEND_FRAME = """
{
"type": "message",
"content": "Hello",
"session_id": "session-123"
}
"""

RECEIVE_FRAME = """
{
"type": "message",
"sender": "bot",
"content": "Hi! How can I help you?",
"timestamp": "2024-01-15T10:00:01Z"
}
"""

GENERATED_VALUES = {
    "conversation_id": f"conv-{UUID}",
    "session_id": f"session-{UUID}",
    "message_id": f"msg-{UUID}",
    "timestamp": TIMESTAMP,
    "last_activity": TIMESTAMP,
}
"""The patterns of fields with ids and timestamps, which the server generates."""

ID_PREFIX = {"messages": "msg", "conversations": "conv"}


def assert_matches(actual: Any, example: Any, *, within: str = "", name: str = "") -> None:  # noqa: ANN401 - JSON
    """Assert that a response matches the example. Additional fields are allowed; missing or different ones are not."""
    if isinstance(example, dict):
        assert isinstance(actual, dict)
        assert example.keys() <= actual.keys(), f"{example.keys() - actual.keys()} is missing in {actual}"
        for key, value in example.items():
            assert_matches(actual[key], value, within=within, name=key)
    elif isinstance(example, list):
        assert isinstance(actual, list)
        assert len(actual) == len(example)
        for actual_item, example_item in zip(actual, example, strict=True):
            assert_matches(actual_item, example_item, within=name)
    elif name == "id":
        assert re.fullmatch(f"{ID_PREFIX[within]}-{UUID}", actual), actual
    elif name in GENERATED_VALUES:
        assert re.fullmatch(GENERATED_VALUES[name], actual), actual
    else:
        assert (type(actual), actual) == (type(example), example), name


def invoke(functions: Functions, folder: str, event: Event) -> dict[str, Any]:
    response = functions.invoke(folder, event)
    assert response["statusCode"] == 200, response
    assert response["multiValueHeaders"]["Content-Type"] == ["application/json"]
    body: dict[str, Any] = json.loads(response["body"])
    return body


def start_conversation(functions: Functions) -> str:
    """Start the conversation of the example and return its id."""
    body = invoke(functions, "start_conversation", events.rest("start_conversation", ADA, raw=START_REQUEST))
    conversation_id: str = body["conversation_id"]
    return conversation_id


def test_start_conversation(functions: Functions) -> None:
    body = invoke(functions, "start_conversation", events.rest("start_conversation", ADA, raw=START_REQUEST))

    assert_matches(body, json.loads(START_RESPONSE))
    assert body["conversation_id"].removeprefix("conv-") == body["session_id"].removeprefix("session-")


def test_send_message(functions: Functions) -> None:
    conversation_id = start_conversation(functions)
    before = datetime.now(UTC)

    request = events.rest("send_message", ADA, raw=SEND_REQUEST, conversation_id=conversation_id)
    body = invoke(functions, "send_message", request)

    assert_matches(body, json.loads(SEND_RESPONSE))
    assert body["seq"] == 2
    assert abs(datetime.fromisoformat(body["timestamp"]) - before).total_seconds() < 10


def test_get_conversation_history(functions: Functions) -> None:
    conversation_id = start_conversation(functions)
    functions.run_bots()

    body = invoke(functions, "get_history", events.rest("get_history", ADA, conversation_id=conversation_id))

    assert_matches(body, json.loads(HISTORY_RESPONSE))
    assert [message["seq"] for message in body["messages"]] == [1, 2]
    assert body["messages"][0]["timestamp"] <= body["messages"][1]["timestamp"]


@pytest.mark.parametrize("parameter", ["limit", "before", "after"])
def test_get_conversation_history_with_each_parameter(functions: Functions, parameter: str) -> None:
    conversation_id = start_conversation(functions)
    functions.run_bots()
    value = {"limit": "1", "before": "2100-01-15T10:00:00Z", "after": "2024-01-15T10:00:00Z"}[parameter]

    request = events.rest("get_history", ADA, conversation_id=conversation_id, query={parameter: value})
    body = invoke(functions, "get_history", request)

    assert [message["seq"] for message in body["messages"]] == ([2] if parameter == "limit" else [1, 2])
    assert body["has_more"] is (parameter == "limit")


def test_list_conversations(functions: Functions) -> None:
    conversation_id = start_conversation(functions)
    # The bot has not answered yet: the list shows the user's message.
    thanks = events.rest("send_message", ADA, body={"content": "Thank you!"}, conversation_id=conversation_id)
    invoke(functions, "send_message", thanks)

    body = invoke(functions, "list_conversations", events.rest("list_conversations", ADA))

    assert_matches(body, json.loads(LIST_RESPONSE))
    assert body["conversations"][0]["id"] == conversation_id


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({"bot_id": "bot-123"}, 1),
        ({"bot_id": "bot-456"}, 0),
        ({"status": "active"}, 1),
        ({"status": "archived"}, 0),
        ({"limit": "1"}, 1),
        ({"offset": "1"}, 1),
    ],
)
def test_list_conversations_with_each_parameter(functions: Functions, query: dict[str, str], total: int) -> None:
    start_conversation(functions)

    body = invoke(functions, "list_conversations", events.rest("list_conversations", ADA, query=query))

    assert body["total"] == total
    assert len(body["conversations"]) == (0 if "offset" in query else total)


def test_send_and_receive_over_websocket(functions: Functions) -> None:
    session_id = start_conversation(functions).replace("conv-", "session-")
    functions.run_bots()
    assert functions.invoke("connect", events.socket("connect", ADA, query={"session_id": session_id})) == {
        "statusCode": 200
    }
    functions.run_bots()

    frame = json.loads(SEND_FRAME) | {"session_id": session_id}
    functions.invoke("message", events.socket("message", ADA, frame=frame))

    frames = functions.connections.frames["phone"]
    assert [frame["type"] for frame in frames] == ["status", "status", "message", "suggestion"]
    assert_matches(frames[2], json.loads(RECEIVE_FRAME))
    assert frames[2]["session_id"] == session_id
    assert frames[3]["suggestions"] == [{"text": "What does it cost?", "value": "What does it cost?"}]


def test_tables_contain_the_fields_of_the_specification(functions: Functions) -> None:
    conversation_id = ids.parse_conversation_id(start_conversation(functions))

    (conversation,) = [item for item in functions.aws.list_items("SessionsTable") if item["id"]["S"] == conversation_id]
    (message,) = functions.aws.list_items("MessageHistoryTable")

    assert {"id", "bot_id", "status", "created_at", "updated_at"} <= conversation.keys()
    assert conversation["owner"] == {"S": "user:ada"}
    assert {"id", "session_id", "sender", "content", "created_at"} <= message.keys()
    assert message["session_id"] == {"S": conversation_id}

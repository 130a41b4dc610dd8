"""The founding document's examples, word for word, on a running stack."""

import re
import time
from datetime import datetime
from typing import Any

import httpx

from tests.stack.conftest import OpenConnection

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def wait_for_history(api: httpx.Client, conversation_id: str, at_least: int, seconds: float = 30) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        answer = api.get(f"/conversations/{conversation_id}/history")
        assert answer.status_code == 200
        history: dict[str, Any] = answer.json()
        if len(history["messages"]) >= at_least or time.monotonic() > deadline:
            return history
        time.sleep(0.4)


def test_conversation_follows_the_seed(api: httpx.Client, support_bot: str) -> None:
    conversation = api.post("/conversations/start", json={"bot_id": "bot-123", "initial_message": "Hello"})

    assert conversation.status_code == 200
    assert conversation.json().keys() == {"conversation_id", "session_id", "status"}
    assert conversation.json()["status"] == "active"
    conversation_id = conversation.json()["conversation_id"]

    history = wait_for_history(api, conversation_id, at_least=2)
    assert [(message["sender"], message["content"]) for message in history["messages"]] == [
        ("user", "Hello"),
        ("bot", "Hi! How can I help you?"),
    ]
    assert history["has_more"] is False
    assert all(TIMESTAMP.fullmatch(message["timestamp"]) for message in history["messages"])

    sent = api.post(f"/conversations/{conversation_id}/messages", json={"content": "User message", "attachments": []})
    assert sent.status_code == 200
    assert sent.json()["status"] == "delivered"
    assert sent.json()["message_id"].startswith("msg-")
    assert datetime.fromisoformat(sent.json()["timestamp"]) >= datetime.fromisoformat(
        history["messages"][-1]["timestamp"]
    )
    wait_for_history(api, conversation_id, at_least=4)
    api.post(f"/conversations/{conversation_id}/messages", json={"content": "thank you"})
    wait_for_history(api, conversation_id, at_least=6)

    listed = api.get("/conversations", params={"bot_id": support_bot, "status": "active", "limit": 1, "offset": 0})
    assert listed.status_code == 200
    assert listed.json()["total"] >= 1
    (conversation,) = listed.json()["conversations"]
    assert conversation["id"] == conversation_id
    assert conversation["bot_id"] == "bot-123"
    assert conversation["bot_name"] == "Support Bot"
    assert conversation["last_message"] == "Thank you!"
    assert TIMESTAMP.fullmatch(conversation["last_activity"])
    assert conversation["status"] == "active"


def test_websocket_message_follows_the_seed(
    api: httpx.Client, token: str, support_bot: str, connect: OpenConnection
) -> None:
    session_id = api.post("/conversations/start", json={"bot_id": support_bot}).json()["session_id"]

    with connect(token=token, query=f"?session_id={session_id}") as (connection, connected):
        assert connected["session_id"] == session_id
        connection.send(type="message", content="Hello", session_id=session_id)
        answer = connection.receive_until(type="message", sender="bot", content="Hi! How can I help you?")

    assert answer["session_id"] == session_id
    assert TIMESTAMP.fullmatch(answer["timestamp"])

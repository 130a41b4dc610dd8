"""Stored messages are answered. Runs first, because a restarted local AWS loses its position in the streams."""

from collections.abc import Callable
from typing import Any

import httpx

from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.domain import ids, timestamps
from conversations.domain.message import Draft
from conversations.domain.principal import Principal
from tests.stack.conftest import Stack
from tests.stack.test_seed import wait_for_history


def test_message_stored_but_not_queued_is_answered_within_a_minute(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any]
) -> None:
    conversation = api.post("/conversations/start", json={"initial_message": "Hello"}).json()
    before = len(wait_for_history(api, conversation["session_id"], at_least=2)["messages"])
    tables = get_tables(stack)
    conversation_id = ids.parse_conversation_id(conversation["session_id"])
    key = {"id": {"S": conversation_id}}
    owner = aws("dynamodb").get_item(TableName=tables.sessions, Key=key)["Item"]["owner"]["S"]

    # What a function does that crashes before it queues the message.
    stored = DynamoDBMessageStore(aws("dynamodb"), tables).append(
        Principal(owner), conversation_id, Draft(content="What does it cost?"), timestamps.now()
    )

    messages = wait_for_history(api, conversation["session_id"], at_least=before + 2)["messages"]
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    assert messages[before]["id"] == f"msg-{stored.id}"
    assert messages[before + 1]["sender"] == "bot"


def get_tables(stack: Stack) -> Tables:
    """Return the names of the stack's tables."""
    outputs = stack["outputs"]
    names = ("SessionsTableName", "MessageHistoryTableName", "VisitorMessagesTableName", "BotDataTableName")
    return Tables(*(outputs[name] for name in names))

"""Stored messages are answered, also if the function crashed that stored them."""

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

    check_unqueued_message_is_answered(api, stack, aws, conversation["session_id"])


def check_unqueued_message_is_answered(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any], session_id: str
) -> None:
    """Do what a function does that crashes before it queues the message, and wait for the answer."""
    before = len(wait_for_history(api, session_id, at_least=2)["messages"])
    tables = get_tables(stack)
    conversation_id = ids.parse_conversation_id(session_id)
    key = {"id": {"S": conversation_id}}
    owner = aws("dynamodb").get_item(TableName=tables.sessions, Key=key)["Item"]["owner"]["S"]
    stored = DynamoDBMessageStore(aws("dynamodb"), tables).append(
        Principal(owner), conversation_id, Draft(content="What does it cost?"), timestamps.now()
    )

    # The relay reads a batch of 5 seconds, and its check has a delay of 25 seconds.
    messages = wait_for_history(api, session_id, at_least=before + 2, seconds=60)["messages"]

    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    assert [message["id"] for message in messages[before:]][:1] == [f"msg-{stored.id}"]
    assert [message["sender"] for message in messages[before:]] == ["user", "bot"]


def get_tables(stack: Stack) -> Tables:
    """Return the names of the stack's tables."""
    outputs = stack["outputs"]
    names = ("SessionsTableName", "MessageHistoryTableName", "VisitorMessagesTableName", "BotDataTableName")
    return Tables(*(outputs[name] for name in names))

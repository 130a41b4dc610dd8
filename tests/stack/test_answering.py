"""What was stored is answered. First of all, since a local AWS that was restarted has lost its place in the streams."""

from collections.abc import Callable
from typing import Any

import httpx

from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.domain import ids, timestamps
from conversations.domain.message import Draft
from conversations.domain.principal import Principal
from tests.stack.conftest import Stack
from tests.stack.test_seed import history_of


def test_a_message_that_was_stored_and_never_queued_is_answered_within_a_minute(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any]
) -> None:
    started = api.post("/conversations/start", json={"initial_message": "Hello"}).json()
    before = len(history_of(api, started["session_id"], at_least=2)["messages"])
    tables = get_tables(stack)
    session_id = ids.parse_session_id(started["session_id"])
    key = {"id": {"S": session_id}}
    owner = aws("dynamodb").get_item(TableName=tables.sessions, Key=key)["Item"]["owner"]["S"]

    # What a function does that dies before it comes to the queue.
    stored = DynamoDBMessageStore(aws("dynamodb"), tables).append(
        Principal(owner), session_id, Draft(content="What does it cost?"), timestamps.now()
    )

    messages = history_of(api, started["session_id"], at_least=before + 2)["messages"]
    assert [each["seq"] for each in messages] == list(range(1, len(messages) + 1))
    assert messages[before]["id"] == f"msg-{stored.id}"
    assert messages[before + 1]["sender"] == "bot"


def get_tables(stack: Stack) -> Tables:
    """Return the names of the stack's tables."""
    outputs = stack["outputs"]
    names = ("SessionsTableName", "MessageHistoryTableName", "VisitorMessagesTableName", "BotDataTableName")
    return Tables(*(outputs[name] for name in names))

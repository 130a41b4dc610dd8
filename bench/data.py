"""Data that the benchmarks put into the tables, and the rate limits of their users."""

import itertools
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def reset_limits() -> None:
    """Reset the rate limits to one request per user, so that neither refusals nor first requests are measured."""
    from conversations.bootstrap.stores import rate_limiter
    from conversations.domain import limits, timestamps

    limiter = rate_limiter()
    for item in limiter.client.scan(TableName=limiter.table, ProjectionExpression="id")["Items"]:
        name, limit, caller = [*item["id"]["S"].split("#", 2), "", ""][:3]
        if limit and caller.startswith("user:bench"):
            limiter.client.delete_item(TableName=limiter.table, Key=item)
            # The others are limits of a day, whose row has the date.
            if limit.isdigit():
                limiter.acquire(limits.Policy(name, int(limit)), caller, timestamps.now())


def fill_list(dynamodb: "DynamoDBClient", owner: str, size: int) -> None:
    """Put conversations into the table without starting them, one an hour."""
    from conversations.adapters.dynamodb import serialization
    from conversations.adapters.dynamodb.schema import sessions
    from conversations.domain import ids, timestamps
    from conversations.domain.conversation import Conversation

    now = timestamps.now()

    def build_conversation(number: int) -> Conversation:
        used = timestamps.add_seconds(now, -number * 3_600)
        return Conversation(
            id=ids.new_conversation_id(used),
            owner=owner,
            bot_id="default",
            bot_name="General Bot",
            created_at=used,
            updated_at=used,
            last_activity=used,
            last_message="x" * 100,
        )

    conversations = [build_conversation(number) for number in range(size)]
    items = (serialization.serialize(sessions.build_conversation_item(each)) for each in conversations)
    # 25 are the most that a request may have.
    for batch in itertools.batched(items, 25, strict=False):
        requests: Any = [{"PutRequest": {"Item": item}} for item in batch]
        dynamodb.batch_write_item(RequestItems={os.environ["SESSIONS_TABLE"]: requests})

"""``make bench``: compares handlers with bare boto3, and measures turns, streamed answers and the dialog language."""

import itertools
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from bench import endpoints, first_words, frameworks, knowledge, language, sockets, starts, turns, waiting
from bench.bare_send import count_against_limit, create_bare_send
from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish, read_figures
from bench.stack import (
    SLOW_CLIENT_CONFIG,
    Context,
    Event,
    configure_as_function,
    count_requests,
    create_rest_event,
    measure_milliseconds,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

ROUNDS = 50
MAX_RATIO = 1.25
"""How much longer a warm handler may take than the AWS calls that it makes."""
HISTORY_SIZES = (10, 1_000_000)
LIST_SIZES = (10, 100_000)

type Run = Callable[[], object]


def choose_rounds(size: int) -> int:
    """Return the number of rounds: one for large partitions, because the emulator scans a partition for every query."""
    return ROUNDS if size == min(HISTORY_SIZES) else 1


def compare(label: str, handler: Run, bare: Run, rounds: int = ROUNDS) -> Row:
    """Run both alternately, so that other load affects both, and return a row with their medians."""
    durations = []
    if rounds > 1:
        handler()
    for _ in range(rounds):
        reset_limits()
        with count_requests() as calls:
            handler_duration = measure_milliseconds(handler)
        durations.append((handler_duration, measure_milliseconds(bare)))
    handler_median, bare_median = (statistics.median(pair[index] for pair in durations) for index in (0, 1))
    ratio = round(handler_median / bare_median, 2)
    values = (round(handler_median, 1), round(bare_median, 1), ratio, " + ".join(calls.names), calls.read_units)
    return Row(label, values)


def reset_limits() -> None:
    """Reset the rate limits to one request per user, so that neither refusals nor first requests are measured."""
    from conversations.bootstrap.stores import rate_limiter
    from conversations.domain import limits, timestamps

    limiter = rate_limiter()
    for item in limiter.client.scan(TableName=limiter.table, ProjectionExpression="id")["Items"]:
        name, limit, caller = [*item["id"]["S"].split("#", 2), "", ""][:3]
        if limit and caller.startswith("user:bench"):
            limiter.client.delete_item(TableName=limiter.table, Key=item)
            limiter.acquire(limits.Policy(name, int(limit)), caller, timestamps.now())


def bind_handler(handler: Callable[..., dict[str, Any]], event: Event) -> Callable[[], dict[str, Any]]:
    """Return a function that invokes a handler and fails unless it succeeds."""

    def run() -> dict[str, Any]:
        response = handler(event, Context())
        if response["statusCode"] != HTTPStatus.OK:
            raise SystemExit(f"The handler returned {response}.")
        return response

    return run


def start_conversation() -> str:
    """Start a conversation with the handler; return its public id."""
    from rest.start_conversation.app import handler

    event = create_rest_event("POST", "/conversations/start", "/conversations/start", body="{}")
    return str(json.loads(bind_handler(handler, event)()["body"])["conversation_id"])


def measure_send(dynamodb: "DynamoDBClient", sqs: "SQSClient") -> Row:
    """Measure sending to a conversation whose sequence number is cached."""
    from rest.send_message.app import handler

    resource = "/conversations/{conversation_id}/messages"
    path = resource.format(conversation_id=start_conversation())
    content = "What does it cost, and what do I get for it?"
    send = create_bare_send(dynamodb, sqs)
    event = create_rest_event("POST", resource, path, body=json.dumps({"content": content}))
    # Two sends fill the sequence cache: the first guess is wrong, because no bot answers here.
    bind_handler(handler, event)()
    bind_handler(handler, event)()
    return compare("send", bind_handler(handler, event), lambda: send(content))


def measure_history(dynamodb: "DynamoDBClient", size: int) -> Row:
    """Measure the newest page of a history with ``size`` messages."""
    from rest.get_history.app import handler

    reference = start_conversation()
    conversation_id = reference.removeprefix("conv-")
    fill_history(dynamodb, conversation_id, size)
    resource = "/conversations/{conversation_id}/history"

    def call_boto3() -> None:
        count_against_limit(dynamodb)
        dynamodb.get_item(
            TableName=os.environ["SESSIONS_TABLE"],
            Key={"id": {"S": conversation_id}},
            ConsistentRead=True,
        )
        dynamodb.query(
            TableName=os.environ["MESSAGE_HISTORY_TABLE"],
            KeyConditionExpression="session_id = :session AND id BETWEEN :first AND :last",
            ExpressionAttributeValues={":session": {"S": conversation_id}, ":first": {"S": "0"}, ":last": {"S": "g"}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=51,
        )

    event = create_rest_event("GET", resource, resource.format(conversation_id=reference))
    return compare(f"50 of {size:,} messages", bind_handler(handler, event), call_boto3, choose_rounds(size))


def fill_history(dynamodb: "DynamoDBClient", conversation_id: str, size: int) -> None:
    """Put messages into the table without sending them."""
    from conversations.adapters.dynamodb import serialization
    from conversations.adapters.dynamodb.schema import message_history
    from conversations.domain import ids, timestamps
    from conversations.domain.message import Message, Sender

    now = timestamps.now()
    first = Message(id="", conversation_id=conversation_id, seq=1, sender=Sender.USER, content="x" * 200, timestamp=now)
    item = serialization.serialize(message_history.build_message_item(first, anonymous=False))
    numbered = (
        item | {"id": {"S": ids.new_message_id(now, seq)}, "seq": {"N": str(seq)}} for seq in range(1, size + 1)
    )
    put_all(dynamodb, os.environ["MESSAGE_HISTORY_TABLE"], numbered)


def put_all(dynamodb: "DynamoDBClient", table: str, items: Iterable[Any]) -> None:
    """Put items in batches, in parallel."""
    batches = (
        [{"PutRequest": {"Item": item}} for item in batch] for batch in itertools.batched(items, 25, strict=False)
    )
    with ThreadPoolExecutor(4) as pool:
        for batch_group in itertools.batched(batches, 1_000, strict=False):
            list(pool.map(lambda batch: dynamodb.batch_write_item(RequestItems={table: batch}), batch_group))


def measure_conversation_list(dynamodb: "DynamoDBClient", size: int) -> Row:
    """Measure the first page of a list with ``size`` conversations."""
    from rest.list_conversations.app import handler

    owner = f"user:bench-{uuid4()}"
    ids = fill_list(dynamodb, owner, size)

    def call_boto3() -> None:
        count_against_limit(dynamodb)
        for status in ("active", "archived"):
            dynamodb.query(
                TableName=os.environ["SESSIONS_TABLE"],
                IndexName="list_by_owner",
                KeyConditionExpression="list_owner = :owner AND list_position BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":owner": {"S": owner},
                    ":first": {"S": status},
                    ":last": {"S": f"{status}$"},
                },
                ScanIndexForward=False,
                Limit=61,
            )
        dynamodb.batch_get_item(
            RequestItems={
                os.environ["SESSIONS_TABLE"]: {
                    "Keys": [{"id": {"S": conversation_id}} for conversation_id in ids[:51]],
                    "ConsistentRead": True,
                }
            }
        )
        dynamodb.get_item(
            TableName=os.environ["SESSIONS_TABLE"],
            Key={"id": {"S": f"{owner}#counts"}},
            ConsistentRead=True,
        )

    event = create_rest_event("GET", "/conversations", "/conversations", owner=owner)
    return compare(f"50 of {size:,} conversations", bind_handler(handler, event), call_boto3, choose_rounds(size))


def fill_list(dynamodb: "DynamoDBClient", owner: str, size: int) -> list[str]:
    """Put conversations into the table without starting them, one an hour; return their ids, newest first."""
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
    rows = (serialization.serialize(sessions.build_conversation_item(each)) for each in conversations)
    put_all(dynamodb, os.environ["SESSIONS_TABLE"], rows)
    return [each.id for each in conversations]


def measure_handlers() -> Figure:
    """Compare warm handlers with the AWS calls that they make."""
    dynamodb, sqs = boto3.client("dynamodb", config=SLOW_CLIENT_CONFIG), boto3.client("sqs")
    rows = [
        measure_send(dynamodb, sqs),
        *(measure_history(dynamodb, size) for size in HISTORY_SIZES),
        *(measure_conversation_list(dynamodb, size) for size in LIST_SIZES),
    ]
    return Figure(
        name="handlers",
        title="endpoint",
        compared="the warm handler, from the event of API Gateway to the response, with the same AWS calls made by"
        " boto3 alone.",
        repeated=f"{ROUNDS} runs of each, alternately in one process; medians. One run of each for large partitions.",
        origin=describe_origin(),
        columns=(
            Column("handler", "ms"),
            Column("bare boto3", "ms"),
            Column("ratio"),
            Column("requests"),
            Column("read units"),
        ),
        rows=rows,
        plot=Plot("bars", ("handler", "bare boto3"), logarithmic=True),
        bounds=(
            Bound(
                "the ratio of the slowest handler, so that the code takes a fraction of the requests' time",
                max(ratio for row in rows if isinstance(ratio := row.values[2], float)),
                MAX_RATIO,
            ),
        ),
    )


def main() -> None:
    """Run all benchmarks, write their results, and fail if one is above its bound."""
    stack_file = configure_as_function()
    publish(measure_handlers())
    for benchmark in (endpoints, frameworks, turns, first_words, waiting, language, knowledge):
        publish(benchmark.measure())
    for figure in itertools.chain(starts.measure(), sockets.measure(stack_file)):
        publish(figure)
    if excesses := [sentence for figure in read_figures().values() for sentence in figure.find_excesses()]:
        sys.exit("\n".join(excesses))


if __name__ == "__main__":
    main()

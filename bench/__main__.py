"""``make bench``: sends and pages beside bare boto3 doing the same calls; turns of bots; the dialog language."""

import itertools
import json
import os
import statistics
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import boto3

from bench import language, turns
from bench.stack import PATIENT, Context, Event, become_a_function, counting, milliseconds, rest_event

ROUNDS = 50
HISTORY_SIZES = (10, 1_000_000)
LIST_SIZES = (10, 100_000)

type Run = Callable[[], object]


def rounds_for(size: int) -> int:
    """Return how often to measure; the local AWS looks at a whole partition for every query, so the large ones once."""
    return ROUNDS if size == min(HISTORY_SIZES) else 1


def report(what: str, ours: Run, bare: Run, rounds: int = ROUNDS) -> None:
    """Run both in turns, so that whatever else the machine does hits both, and print their medians as one line."""
    pairs = []
    if rounds > 1:
        ours()
    for _ in range(rounds):
        forget_limits()
        with counting() as calls:
            mine = milliseconds(ours)
        pairs.append((mine, milliseconds(bare)))
    mine, theirs = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
    requests = " + ".join(calls.names)
    print(
        f"| {what} | {mine:,.1f} ms | {theirs:,.1f} ms | {mine / theirs:.2f} | {requests} | {calls.read_units:g} |",
        flush=True,
    )


def forget_limits() -> None:
    """Let the users begin anew, with one request each: neither refusals nor first requests ever are measured."""
    from conversations.bootstrap.stores import rate_limiter
    from conversations.domain import limits, timestamps

    limiter = rate_limiter()
    for item in limiter.client.scan(TableName=limiter.table, ProjectionExpression="id")["Items"]:
        limiter.client.delete_item(TableName=limiter.table, Key=item)
        name, limit, caller = [*item["id"]["S"].split("#", 2), "", ""][:3]
        if limit:
            limiter.acquire(limits.Policy(name, int(limit)), caller, timestamps.now())


def count(dynamodb: Any) -> Any:  # noqa: ANN401 - a boto3 client and its answer
    """Do what counting a request against a limit does."""
    return dynamodb.update_item(
        TableName=os.environ["LIMITS_TABLE"],
        Key={"id": {"S": "bench"}},
        UpdateExpression="SET times = :times, expires_at = :end",
        ExpressionAttributeValues={":times": {"L": [{"N": str(n)} for n in range(60)]}, ":end": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )


def handled(handler: Callable[..., dict[str, Any]], event: Event) -> Callable[[], dict[str, Any]]:
    """Return a run of a function's handler that must succeed."""

    def run() -> dict[str, Any]:
        answer = handler(event, Context())
        if answer["statusCode"] != 200:  # noqa: PLR2004 - HTTP's own
            raise SystemExit(f"the handler answered {answer}")
        return answer

    return run


def start_conversation() -> str:
    """Begin a conversation through its function; return its public id."""
    from rest.start_conversation.app import handler

    event = rest_event("POST", "/conversations/start", "/conversations/start", body="{}")
    return str(json.loads(handled(handler, event)()["body"])["conversation_id"])


def send(dynamodb: Any, sqs: Any) -> None:  # noqa: ANN401 - boto3 clients
    """Measure a send to a conversation the function has seen before."""
    from rest.send_message.app import handler

    resource = "/conversations/{conversation_id}/messages"
    path = resource.format(conversation_id=start_conversation())
    content = "What does it cost, and what do I get for it?"
    numbers = itertools.count(1)
    conversation = f"bench-{uuid4()}"

    def same_calls() -> None:
        number = str(next(numbers))
        count(dynamodb)
        item = {"session_id": {"S": conversation}, "id": {"S": number}, "content": {"S": content}}
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": os.environ["SESSIONS_TABLE"],
                        "Key": {"id": {"S": conversation}},
                        "UpdateExpression": "SET last_seq = :seq, last_message = :content",
                        "ExpressionAttributeValues": {":seq": {"N": number}, ":content": {"S": content}},
                    }
                },
                {"Put": {"TableName": os.environ["MESSAGE_HISTORY_TABLE"], "Item": item}},
            ],
        )
        sqs.send_message(
            QueueUrl=os.environ["TURNS_QUEUE_URL"],
            MessageBody=content,
            MessageGroupId=conversation,
            MessageDeduplicationId=number,
        )

    event = rest_event("POST", resource, path, body=json.dumps({"content": content}))
    # The bot does not answer here, which the function learns from its second guess.
    handled(handler, event)()
    handled(handler, event)()
    report("send", handled(handler, event), same_calls)


def history(dynamodb: Any, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Measure the newest page of a history of some size."""
    from rest.get_history.app import handler

    conversation_id = start_conversation()
    session_id = conversation_id.removeprefix("conv-")
    fill_history(dynamodb, session_id, size)
    resource = "/conversations/{conversation_id}/history"

    def same_calls() -> None:
        count(dynamodb)
        dynamodb.get_item(
            TableName=os.environ["SESSIONS_TABLE"],
            Key={"id": {"S": session_id}},
            ConsistentRead=True,
        )
        dynamodb.query(
            TableName=os.environ["MESSAGE_HISTORY_TABLE"],
            KeyConditionExpression="session_id = :session AND id BETWEEN :first AND :last",
            ExpressionAttributeValues={":session": {"S": session_id}, ":first": {"S": "0"}, ":last": {"S": "g"}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=51,
        )

    event = rest_event("GET", resource, resource.format(conversation_id=conversation_id))
    report(f"50 of {size:,} messages", handled(handler, event), same_calls, rounds_for(size))


def fill_history(dynamodb: Any, session_id: str, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Put messages into a history without sending them: it is the page that is measured."""
    from conversations.adapters.dynamodb import serialization
    from conversations.adapters.dynamodb.schema import message_history
    from conversations.domain import ids, timestamps
    from conversations.domain.message import Message, Sender

    now = timestamps.now()
    first = Message(id="", session_id=session_id, seq=1, sender=Sender.USER, content="x" * 200, timestamp=now)
    item = serialization.serialize(message_history.build_message_item(first, anonymous=False))
    numbered = (
        item | {"id": {"S": ids.new_message_id(now, seq)}, "seq": {"N": str(seq)}} for seq in range(1, size + 1)
    )
    put_all(dynamodb, os.environ["MESSAGE_HISTORY_TABLE"], numbered)


def put_all(dynamodb: Any, table: str, items: Iterable[Any]) -> None:  # noqa: ANN401 - a boto3 client, typed items
    """Put items, as many at once as a request takes."""
    batches = (
        [{"PutRequest": {"Item": item}} for item in batch] for batch in itertools.batched(items, 25, strict=False)
    )
    with ThreadPoolExecutor(4) as pool:
        for some in itertools.batched(batches, 1_000, strict=False):
            list(pool.map(lambda batch: dynamodb.batch_write_item(RequestItems={table: batch}), some))


def conversation_list(dynamodb: Any, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Measure the first page of a list of some size."""
    from rest.list_conversations.app import handler

    owner = f"user:bench-{uuid4()}"
    fill_list(dynamodb, owner, size)

    def same_calls() -> None:
        count(dynamodb)
        for status in ("active", "archived"):
            dynamodb.query(
                TableName=os.environ["SESSIONS_TABLE"],
                IndexName="by_owner",
                KeyConditionExpression="list_owner = :owner AND list_position BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":owner": {"S": owner},
                    ":first": {"S": status},
                    ":last": {"S": f"{status}$"},
                },
                ScanIndexForward=False,
                Limit=51,
            )
        dynamodb.get_item(
            TableName=os.environ["SESSIONS_TABLE"],
            Key={"id": {"S": f"{owner}#counts"}},
            ConsistentRead=True,
        )

    event = rest_event("GET", "/conversations", "/conversations", owner=owner)
    report(f"50 of {size:,} conversations", handled(handler, event), same_calls, rounds_for(size))


def fill_list(dynamodb: Any, owner: str, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Put conversations into a list without starting them."""
    from conversations.adapters.dynamodb import serialization
    from conversations.adapters.dynamodb.schema import sessions
    from conversations.domain import ids, timestamps
    from conversations.domain.conversation import Conversation

    now = timestamps.now()

    def row(number: int) -> serialization.SerializedItem:
        used = timestamps.add_seconds(now, -number)
        conversation = Conversation(
            id=ids.new_session_id(used),
            owner=owner,
            bot_id="default",
            bot_name="General Bot",
            created_at=used,
            updated_at=used,
            last_activity=used,
            last_message="x" * 100,
        )
        return serialization.serialize(sessions.build_conversation_item(conversation))

    put_all(dynamodb, os.environ["SESSIONS_TABLE"], map(row, range(size)))


def main() -> None:
    """Measure everything and print the table."""
    become_a_function()
    dynamodb, sqs = boto3.client("dynamodb", config=PATIENT), boto3.client("sqs")
    print("| | ours | bare boto3 | ratio | requests | read units |\n|---|---|---|---|---|---|")
    send(dynamodb, sqs)
    for size in HISTORY_SIZES:
        history(dynamodb, size)
    for size in LIST_SIZES:
        conversation_list(dynamodb, size)
    turns.measure()
    language.measure()


if __name__ == "__main__":
    main()

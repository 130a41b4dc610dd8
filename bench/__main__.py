"""``make bench``: sends, pages of history and pages of the list, ours beside bare boto3 doing the same calls."""

import itertools
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3

from bench.stack import Context, Event, become_a_function, counting, rest_event

ROUNDS = 50
ROUNDS_OF_THE_LARGE = 5
"""The local AWS looks at a whole partition for every query, so the large ones take seconds there."""

SIZES = (10, 10_000)

type Run = Callable[[], object]


def rounds_for(size: int) -> int:
    """Return how often to measure a page of something of that size."""
    return ROUNDS if size == min(SIZES) else ROUNDS_OF_THE_LARGE


def milliseconds(run: Run) -> float:
    """Return how long one run takes."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1_000


def report(what: str, ours: Run, bare: Callable[[], float], rounds: int = ROUNDS) -> None:
    """Run both in turns, so that whatever else the machine does hits both, and print their medians as one line."""
    ours()
    capacity = bare()
    pairs = []
    for _ in range(rounds):
        forget_limits()
        pairs.append((milliseconds(ours), milliseconds(bare)))
    mine, theirs = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
    with counting() as calls:
        ours()
    requests = " + ".join(calls.names)
    print(f"| {what} | {mine:.1f} ms | {theirs:.1f} ms | {mine / theirs:.2f} | {requests} | {capacity:g} |")


def units(*answers: Any) -> float:  # noqa: ANN401 - boto3's answers
    """Add up the capacity units of some requests."""
    consumed = [answer["ConsumedCapacity"] for answer in answers]
    each = [part for found in consumed for part in (found if isinstance(found, list) else [found])]
    return float(sum(part["CapacityUnits"] for part in each))


def forget_limits() -> None:
    """Let the users begin anew: it is not the refusals that are measured."""
    dynamodb = boto3.client("dynamodb")
    table = os.environ["LIMITS_TABLE"]
    for item in dynamodb.scan(TableName=table, ProjectionExpression="id")["Items"]:
        dynamodb.delete_item(TableName=table, Key=item)


def count(dynamodb: Any) -> Any:  # noqa: ANN401 - a boto3 client and its answer
    """Do what counting a request against a limit does."""
    return dynamodb.update_item(
        TableName=os.environ["LIMITS_TABLE"],
        Key={"id": {"S": "bench"}},
        UpdateExpression="SET times = :times, expires_at = :end",
        ExpressionAttributeValues={":times": {"L": [{"N": str(n)} for n in range(60)]}, ":end": {"N": "1"}},
        ReturnValues="ALL_NEW",
        ReturnConsumedCapacity="TOTAL",
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
    from start_conversation.app import handler

    event = rest_event("POST", "/conversations/start", "/conversations/start", body="{}")
    return str(json.loads(handled(handler, event)()["body"])["conversation_id"])


def send(dynamodb: Any, sqs: Any) -> None:  # noqa: ANN401 - boto3 clients
    """Measure a send to a conversation the function has seen before."""
    from send_message.app import handler

    resource = "/conversations/{conversation_id}/messages"
    path = resource.format(conversation_id=start_conversation())
    content = "What does it cost, and what do I get for it?"
    numbers = itertools.count(1)
    conversation = f"bench-{uuid4()}"

    def same_calls() -> float:
        number = str(next(numbers))
        counted = count(dynamodb)
        item = {"session_id": {"S": conversation}, "id": {"S": number}, "content": {"S": content}}
        transaction = dynamodb.transact_write_items(
            ReturnConsumedCapacity="TOTAL",
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
            QueueUrl=os.environ["REPLIES_QUEUE_URL"],
            MessageBody=content,
            MessageGroupId=conversation,
            MessageDeduplicationId=number,
        )
        return units(counted, transaction)

    event = rest_event("POST", resource, path, body=json.dumps({"content": content}))
    # The bot does not answer here, which the function learns from its second guess.
    handled(handler, event)()
    handled(handler, event)()
    report("send", handled(handler, event), same_calls)


def history(dynamodb: Any, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Measure the newest page of a history of some size."""
    from get_history.app import handler

    conversation_id = start_conversation()
    session_id = conversation_id.removeprefix("conv-")
    fill_history(dynamodb, session_id, size)
    resource = "/conversations/{conversation_id}/history"

    def same_calls() -> float:
        counted = count(dynamodb)
        conversation = dynamodb.get_item(
            TableName=os.environ["SESSIONS_TABLE"],
            Key={"id": {"S": session_id}},
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        page = dynamodb.query(
            TableName=os.environ["MESSAGE_HISTORY_TABLE"],
            KeyConditionExpression="session_id = :session AND id BETWEEN :first AND :last",
            ExpressionAttributeValues={":session": {"S": session_id}, ":first": {"S": "0"}, ":last": {"S": "g"}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=51,
            ReturnConsumedCapacity="TOTAL",
        )
        return units(counted, conversation, page)

    event = rest_event("GET", resource, resource.format(conversation_id=conversation_id))
    report(f"50 of {size:,} messages", handled(handler, event), same_calls, rounds_for(size))


def fill_history(dynamodb: Any, session_id: str, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Put messages into a history without sending them: it is the page that is measured."""
    from conversations.adapters.dynamodb import items, message_history
    from conversations.domain import ids, moments
    from conversations.domain.message import Message, Sender

    now = moments.now()
    for start in range(1, size + 1, 25):
        messages = [
            Message(
                id=ids.new_message_id(now, seq),
                session_id=session_id,
                seq=seq,
                sender=Sender.USER,
                content="x" * 200,
                timestamp=now,
            )
            for seq in range(start, min(start + 25, size + 1))
        ]
        puts = [{"PutRequest": {"Item": items.typed(message_history.message_item(each))}} for each in messages]
        dynamodb.batch_write_item(RequestItems={os.environ["MESSAGE_HISTORY_TABLE"]: puts})


def conversation_list(dynamodb: Any, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Measure the first page of a list of some size."""
    from list_conversations.app import handler

    owner = f"user:bench-{uuid4()}"
    fill_list(dynamodb, owner, size)

    def same_calls() -> float:
        counted = count(dynamodb)
        pages = [
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
                Limit=50,
                ReturnConsumedCapacity="TOTAL",
            )
            for status in ("active", "archived")
        ]
        counts = dynamodb.get_item(
            TableName=os.environ["SESSIONS_TABLE"],
            Key={"id": {"S": f"{owner}#counts"}},
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        return units(counted, *pages, counts)

    event = rest_event("GET", "/conversations", "/conversations", owner=owner)
    report(f"50 of {size:,} conversations", handled(handler, event), same_calls, rounds_for(size))


def fill_list(dynamodb: Any, owner: str, size: int) -> None:  # noqa: ANN401 - a boto3 client
    """Put conversations into a list without starting them."""
    from conversations.adapters.dynamodb import items, sessions
    from conversations.domain import ids, moments
    from conversations.domain.conversation import Conversation

    now = moments.now()
    for start in range(0, size, 10):
        rows = [
            Conversation(
                id=ids.new_session_id(moments.after_seconds(now, -number)),
                owner=owner,
                bot_id="default",
                bot_name="General Bot",
                created_at=now,
                updated_at=now,
                last_activity=moments.after_seconds(now, -number),
                last_message="x" * 100,
            )
            for number in range(start, start + 10)
        ]
        puts = [{"PutRequest": {"Item": items.typed(sessions.conversation_item(each))}} for each in rows]
        dynamodb.batch_write_item(RequestItems={os.environ["SESSIONS_TABLE"]: puts})


def main() -> None:
    """Measure everything and print the table."""
    become_a_function()
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    print("| | ours | bare boto3 | ratio | requests | capacity units |\n|---|---|---|---|---|---|")
    send(dynamodb, sqs)
    for size in SIZES:
        history(dynamodb, size)
    for size in SIZES:
        conversation_list(dynamodb, size)


if __name__ == "__main__":
    main()

"""Runs batches of turns that wait, as the function does: ``python -m bench.waiting_turns CONVERSATIONS SERVER_PORT``.

A process of its own, so that its memory is that of the function. Prints a line ``ready`` before the measured batches,
and at the end what they used, as JSON.
"""

import json
import os
import resource
import sys
import time
from collections import Counter
from threading import Lock
from typing import Any
from uuid import uuid4

import boto3

from bench.stack import Context, configure_as_function

BATCHES = 3
GROUP = ("bench",)
_BYTES_PER_MB = 1_024
"""``ru_maxrss`` is in KB."""


class LongContext(Context):
    """The context of an invocation with the time of the function."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time in milliseconds."""
        return 120_000


class Requests:
    """Counts the AWS requests of all clients."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lock = Lock()

    def __call__(self, model: Any, params: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's signature
        """Count one request, by its operation, and if it is a frame by the type of that."""
        name = model.name
        if name == "PostToConnection":
            name = f"frame {json.loads(params['body'])['type']}"
        elif name == "Query":
            table = json.loads(params["body"])["TableName"]
            name = "query connections" if "ConnectionsTable" in table else "query"
        with self._lock:
            self.counts[name] += 1


def create_conversations(number: int, port: int) -> list[Any]:
    """Publish a bot with the server's model, and start conversations of different users with a device each."""
    from conversations.bootstrap.connections import connection_store
    from conversations.bootstrap.conversations import conversation_service
    from conversations.bootstrap.stores import bot_catalogue
    from conversations.domain import timestamps
    from conversations.domain.bot import Bot
    from conversations.domain.connection import Connection
    from conversations.domain.principal import user_principal

    bot_id, config = f"bench-{uuid4().hex[:12]}", {"llm-url": f"http://127.0.0.1:{port}/v1", "llm-model": "bench"}
    bot_catalogue().publish(
        Bot(id=bot_id, name="Bench", access=GROUP, engine="model", program={"config": config}, waits=True)
    )
    users = []
    for _ in range(number):
        end = timestamps.add_seconds(timestamps.now(), 3_600)
        user = user_principal(f"bench-{uuid4()}", end, frozenset(GROUP))
        conversation = conversation_service().start(user, bot_id=bot_id, initial_message=None)
        connection_store().add(
            Connection(
                owner=user.owner,
                connection_id=uuid4().hex,
                conversation_id=conversation.id,
                opened_at=timestamps.now(),
                expires_at=end,
                streams=True,
            )
        )
        users.append((user, conversation.id))
    return users


def build_batch(users: list[Any]) -> dict[str, Any]:
    """Send a message to each conversation, and return the batch of their jobs."""
    from conversations.bootstrap.messages import message_service
    from conversations.domain.jobs import AnswerJob, to_json
    from conversations.domain.message import Draft

    records = []
    for user, conversation_id in users:
        message = message_service().send(user, conversation_id, Draft(content=uuid4().hex, client_message_id=None))
        attributes = {
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": str(int(time.time() * 1_000)),
            "MessageGroupId": conversation_id,
        }
        body = to_json(AnswerJob(conversation_id=conversation_id, message_id=message.id))
        record = {"messageId": uuid4().hex, "receiptHandle": uuid4().hex, "eventSource": "aws:sqs", "body": body}
        records.append(record | {"attributes": attributes, "messageAttributes": {}})
    return {"Records": records}


def main(conversations: int, port: int) -> None:
    """Run the batches."""
    configure_as_function()
    # Its frames go to the server of the benchmark, and its jobs to a queue without consumer.
    os.environ |= {
        "WEBSOCKET_ENDPOINT": f"http://127.0.0.1:{port}",
        "WAITING_TURNS_QUEUE_URL": os.environ["TURNS_QUEUE_URL"],
        "LOCAL_ENDPOINTS": "allowed",
    }
    requests = Requests()
    boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-call", requests)
    from workers.run_waiting_turns.app import handler

    run: Any = handler
    users = create_conversations(conversations, port)
    # The first batch loads the engine and opens the connections.
    run(build_batch(users), LongContext())
    batches = [build_batch(users) for _ in range(BATCHES)]
    requests.counts.clear()
    print("ready", flush=True)
    cpu, began = time.process_time(), time.monotonic()
    for batch in batches:
        if run(batch, LongContext())["batchItemFailures"]:
            raise SystemExit("A turn failed.")
    turns = BATCHES * conversations
    print(
        json.dumps(
            {
                "seconds": (time.monotonic() - began) / BATCHES,
                "cpu_per_turn": (time.process_time() - cpu) / turns,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _BYTES_PER_MB,
                "requests": {name: number / turns for name, number in sorted(requests.counts.items())},
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

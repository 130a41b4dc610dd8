"""A deployment that holds the data of ``tests/stored_data``, at the moment when that was recorded.

The events are built from recorded authorizer contexts and bodies, so nothing here is serialized by the code under test.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import batched
from typing import Any, cast
from unittest.mock import patch

import boto3

from conversations.domain import timestamps
from tests import events
from tests.aws import BUCKET, Aws
from tests.fakes.clock import HandClock
from tests.integration.running import Functions, run_functions
from tests.template import ROOT

FOLDER = ROOT / "tests/stored_data"
MAX_BATCH = 25
"""The most items of one BatchWriteItem (DynamoDB's quota)."""
AUTHORIZER, SOCKET_AUTHORIZER_EVENT = "authorizer", "authorizer.websocket"
RUN_TURN, DELIVER_DELAYED, EXPIRE, ERASE, RELAY = (
    "run_turn",
    "deliver_delayed",
    "expire_visitors",
    "erase_data",
    "relay_outbox",
)
"""The folders of the functions that are not named after a path or a frame."""

SUCCESS: dict[str, list[Any]] = {"batchItemFailures": []}


@cache
def read_json(name: str) -> Any:  # noqa: ANN401 - JSON
    """Return a file of the recorded data."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class StoredDeployment:
    """The current functions over the recorded data.

    Attributes
    ----------
    functions
        The functions.
    clock
        The current time of the functions.
    sent
        Bodies of all SQS messages that were sent, by the name of the queue.
    """

    functions: Functions
    clock: HandClock
    sent: list[tuple[str, str]] = field(default_factory=list)

    @property
    def aws(self) -> Aws:
        return self.functions.aws

    def request(self, folder: str, caller: str, **parts: Any) -> tuple[int, Any]:  # noqa: ANN401 - JSON
        """Send a REST request and return status and body."""
        self.clock.forward(seconds=1)
        answer = self.functions.invoke(folder, add_context(events.rest(folder, **parts), caller))
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None

    def get(self, folder: str, caller: str, **parts: Any) -> Any:  # noqa: ANN401 - JSON
        """Send a REST request that succeeds and return its body."""
        status, body = self.request(folder, caller, **parts)
        assert status < 300, body
        return body

    def send_frame(self, route: str, caller: str, connection_id: str, **frame: object) -> list[dict[str, Any]]:
        """Send a frame, run the bots and return the frames the socket received."""
        self.clock.forward(seconds=1)
        before = len(self.frames(connection_id))
        event = add_context(events.socket(route, None, connection_id, frame=frame), caller)
        assert self.functions.invoke(route, event) == {"statusCode": 200}
        self.functions.run_bots()
        return self.frames(connection_id)[before:]

    def open_socket(self, connection_id: str, **query: str) -> list[dict[str, Any]]:
        """Open a socket by a ticket or a session token, run the bots and return the frames the socket received."""
        event = events.event(SOCKET_AUTHORIZER_EVENT) | {"headers": {}, "queryStringParameters": query}
        context = self.functions.invoke(AUTHORIZER, event)["context"]
        connect = events.socket("connect.visitor", None, connection_id, query={})
        connect["requestContext"]["authorizer"] = context
        assert self.functions.invoke("connect", connect) == {"statusCode": 200}
        self.functions.run_bots()
        return self.frames(connection_id)

    def frames(self, connection_id: str) -> list[dict[str, Any]]:
        """Return all frames a socket received."""
        return self.functions.connections.frames[connection_id]

    def process(self, folder: str, *bodies: str, tries: int = 1) -> None:
        """Hand stored SQS bodies to their consumer, then run the bots."""
        self.clock.forward(seconds=1)
        for body in bodies:
            assert self.functions.invoke(folder, events.records(body, tries=tries)) == SUCCESS
        self.functions.run_bots()

    def say(self, caller: str, conversation_id: str, content: str, **extras: object) -> dict[str, Any]:
        """Send a message over REST, run the bots and return the response."""
        body = {"content": content, **extras}
        accepted: dict[str, Any] = self.get("send_message", caller, conversation_id=conversation_id, body=body)
        self.functions.run_bots()
        return accepted

    def messages(self, caller: str, conversation_id: str) -> list[dict[str, Any]]:
        """Return the newest messages of a conversation."""
        history = self.get("get_history", caller, conversation_id=conversation_id, query={"limit": "100"})
        return list(history["messages"])

    def answers(self, caller: str, conversation_id: str) -> list[str]:
        """Return the bot's messages of a conversation."""
        return [each["content"] for each in self.messages(caller, conversation_id) if each["sender"] == "bot"]

    def deliver_webhook(self, key: str, order: int) -> tuple[int, Any]:
        """Deliver to the webhook of the recorded bot and return status and body."""
        event = events.rest("webhook", raw=json.dumps({"order": order}))
        event["pathParameters"] = {"bot_id": "hooks", "name": "orders"}
        event["path"] = "/hooks/webhook/orders"
        event["headers"] |= {"X-Webhook-Secret": facts()["webhooks"]["secret"], "Idempotency-Key": key}
        answer = self.functions.invoke("webhook", event)
        return answer["statusCode"], json.loads(answer["body"])


def facts() -> dict[str, Any]:
    """Return the ids, tokens, cursors, bodies and answers that were recorded with the data."""
    recorded: dict[str, Any] = read_json("facts")
    return recorded


def add_context(event: events.Event, caller: str) -> events.Event:
    """Put a recorded authorizer context into an event: sockets keep theirs for two hours."""
    event["requestContext"]["authorizer"] = facts()["contexts"][caller]
    return event


@contextmanager
def stored_deployment(aws: Aws) -> Iterator[StoredDeployment]:
    """Run the functions over the recorded data."""
    load(aws)
    clock = HandClock(datetime.fromisoformat(facts()["clock"]))
    sent: list[tuple[str, str]] = []

    def record(params: dict[str, Any], **_: object) -> None:
        request = json.loads(params["body"])
        sent.append((request["QueueUrl"].rpartition("/")[2], request["MessageBody"]))

    assert boto3.DEFAULT_SESSION is not None
    hooks = boto3.DEFAULT_SESSION.events
    hooks.register("before-call.sqs.SendMessage", record)
    try:
        with patch.object(timestamps, "now", clock), run_functions(aws) as functions:
            yield StoredDeployment(functions, clock, sent)
    finally:
        hooks.unregister("before-call.sqs.SendMessage", record)


def load(aws: Aws) -> None:
    """Put the recorded data into empty tables and an empty bucket."""
    for table, items in read_json("tables").items():
        requests = [{"PutRequest": {"Item": {name: decode(value) for name, value in item.items()}}} for item in items]
        for batch in batched(requests, MAX_BATCH, strict=False):
            aws.dynamodb.batch_write_item(RequestItems=cast("Any", {aws.names[table]: list(batch)}))
    for key, text in read_json("bucket").items():
        aws.s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def decode(value: dict[str, Any]) -> dict[str, Any]:
    """Return a typed attribute with its bytes, which are base64 in JSON."""
    return {"B": base64.b64decode(value["B"])} if "B" in value else value

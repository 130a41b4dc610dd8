"""The running local stack, as this process needs it to be one of its functions."""

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

Event = dict[str, Any]

PATIENT = Config(read_timeout=600, retries={"mode": "standard", "total_max_attempts": 1})


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a handler about its invocation, as far as ours look."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left, in milliseconds."""
        return 10_000


@dataclass(slots=True)
class Calls:
    """The AWS requests that were made while it was counting.

    Attributes
    ----------
    names
        What was asked for, in order.
    read_units
        What DynamoDB bills for the reads: a unit per 4 KB of what a request has looked at, half where it need not be
        consistent. Counted here, because emulators do not.
    write_units
        What it bills for the writes to the tables themselves: a unit per KB of what is put, two in a transaction. An
        update is taken for one of an item below a KB.
    """

    names: list[str] = field(default_factory=list)
    read_units: float = 0
    write_units: int = 0
    _consistent: bool = False
    _wanted: int = 0

    def note(self, model: Any, params: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's signature
        """Count one request."""
        self.names.append(model.name)
        body = params["body"]
        request = json.loads(body) if isinstance(body, str | bytes) and model.name in _WRITES else {}
        actions = request.get("TransactItems", [{model.name: request}] if request else [])
        for action in actions:
            (written,) = action.values()
            self.write_units += max(math.ceil(_size_of(written.get("Item", {})) / 1_024), 1) * (1 + (len(actions) > 1))
        wanted = json.loads(body).get("RequestItems", {}) if model.name == "BatchGetItem" else {}
        self._wanted = sum(len(each["Keys"]) for each in wanted.values())
        self._consistent = bool(json.loads(body).get("ConsistentRead")) if isinstance(body, str | bytes) else False

    def bill(self, model: Any, parsed: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's signature
        """Add what its answer costs."""
        if model.name in ("Query", "GetItem"):
            items = parsed.get("Items", [parsed.get("Item", {})])
            if parsed.get("ScannedCount", len(items)) != len(items):
                raise SystemExit("a query has looked at more than it gave")
            size = sum(_size_of(item) for item in items)
            self.read_units += max(math.ceil(size / 4_096), 1) * (1 if self._consistent else 0.5)
        elif model.name == "BatchGetItem":
            # Ours are all consistent, and an item that is not there is billed like a small one.
            found = [item for items in parsed["Responses"].values() for item in items]
            units = [max(math.ceil(_size_of(item) / 4_096), 1) for item in found]
            self.read_units += sum(units) + self._wanted - len(found)


_WRITES = frozenset({"PutItem", "UpdateItem", "TransactWriteItems"})


def milliseconds(run: Callable[[], object]) -> float:
    """Return how long one run takes."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1_000


def _size_of(item: Any) -> int:  # noqa: ANN401 - typed attributes
    return sum(_size(name) + _size(value) for name, value in item.items())


def _size(value: Any) -> int:  # noqa: ANN401 - an attribute's name or typed value
    """Return the size of an attribute by the rules of DynamoDB ("item sizes and formats"), numbers rounded up."""
    match value:
        case str():
            return len(value.encode())
        case {"M": members}:
            return 3 + sum(_size(name) + _size(member) + 1 for name, member in members.items())
        case {"L": members}:
            return 3 + sum(_size(member) + 1 for member in members)
        case dict():
            (content,) = value.values()
            return len(str(content).encode())
        case _:
            return 1


def become_a_function() -> None:
    """Take over the environment of the stack's functions, the local AWS included.

    Raises
    ------
    SystemExit
        If no stack runs.
    """
    file = Path(os.environ.get("STACK_JSON", ".local/stack.json"))
    if not file.exists():
        raise SystemExit("No stack is running: `make up` first, or name one with STACK_JSON.")
    stack = json.loads(file.read_text())
    os.environ |= {
        "AWS_ENDPOINT_URL": stack["aws_endpoint"],
        "AWS_DEFAULT_REGION": stack["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
    }
    from conversations.adapters import aws

    settings = boto3.client("lambda").get_function_configuration(FunctionName=stack["outputs"]["RunTurnFunctionName"])
    os.environ |= {name: value for name, value in settings["Environment"]["Variables"].items() if "LOG" not in name}
    # What takes AWS milliseconds at any size takes the local one half a minute for a million items.
    aws.CLIENT_CONFIG = PATIENT
    # Nobody reads this one: a bot that answers would be measured too.
    queue = boto3.client("sqs").create_queue(QueueName="bench.fifo", Attributes={"FifoQueue": "true"})
    os.environ["TURNS_QUEUE_URL"] = queue["QueueUrl"]


@contextmanager
def counting() -> Iterator[Calls]:
    """Count the requests of the clients our code uses."""
    from conversations import bootstrap

    calls = Calls()
    events = [bootstrap.conversation_store().client.meta.events, bootstrap.turn_queue().client.meta.events]
    for each in events:
        each.register("before-call", calls.note)
        each.register("after-call", calls.bill)
    yield calls
    for each in events:
        each.unregister("before-call", calls.note)
        each.unregister("after-call", calls.bill)


def rest_event(method: str, resource: str, path: str, *, body: str | None = None, owner: str = "user:bench") -> Event:
    """Return what API Gateway sends for a request of a user."""
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "queryStringParameters": None,
        "pathParameters": {"conversation_id": path.split("/")[2]} if "{" in resource else None,
        "requestContext": {"requestId": "bench", "authorizer": {"owner": owner, "expires_at": "4102444800"}},
        "body": body,
        "isBase64Encoded": False,
    }

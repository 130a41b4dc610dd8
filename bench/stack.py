"""The running local stack, as this process needs it to be one of its functions."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

Event = dict[str, Any]


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
    """The AWS requests that were made while it was counting."""

    names: list[str] = field(default_factory=list)

    def note(self, model: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's signature
        """Count one request."""
        self.names.append(model.name)


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
    settings = boto3.client("lambda").get_function_configuration(FunctionName=stack["outputs"]["ReplyFunctionName"])
    os.environ |= {name: value for name, value in settings["Environment"]["Variables"].items() if "LOG" not in name}
    # Nobody reads this one: a bot that answers would be measured too.
    queue = boto3.client("sqs").create_queue(QueueName="bench.fifo", Attributes={"FifoQueue": "true"})
    os.environ["REPLIES_QUEUE_URL"] = queue["QueueUrl"]


@contextmanager
def counting() -> Iterator[Calls]:
    """Count the requests of the clients our code uses."""
    from conversations import bootstrap

    calls = Calls()
    events = [bootstrap.conversation_store().client.meta.events, bootstrap.work_queue().client.meta.events]
    for each in events:
        each.register("before-call", calls.note)
    yield calls
    for each in events:
        each.unregister("before-call", calls.note)


def rest_event(method: str, resource: str, path: str, *, body: str | None = None, owner: str = "user:bench") -> Event:
    """Return what API Gateway sends for a request of a user."""
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "queryStringParameters": None,
        "requestContext": {"requestId": "bench", "authorizer": {"owner": owner, "expires_at": "4102444800"}},
        "body": body,
        "isBase64Encoded": False,
    }

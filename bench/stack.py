"""Configures this process like a function of the running local stack, and counts its AWS requests."""

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from bench.units import compute_item_size
from local.settings import find_stack_file

Event = dict[str, Any]

_LOCAL = frozenset({"ALLOWED_ORIGINS"})
"""Variables of the functions that the settings of the local stack have too, in another form."""


@dataclass(frozen=True, slots=True)
class Context:
    """The Lambda context, with the attributes that the handlers use."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time in milliseconds."""
        return 30_000


@dataclass(slots=True)
class Calls:
    """The AWS requests that were counted, and their cost.

    Attributes
    ----------
    names
        The operations in order.
    read_units
        The billed DynamoDB read units: one per 4 KB read, half for eventually consistent reads. Computed here, because
        emulators do not report them.
    write_units
        The billed write units of the tables without their indexes: one per KB, two in a transaction. The item of an
        update is assumed to be smaller than 1 KB.
    """

    names: list[str] = field(default_factory=list)
    read_units: float = 0
    write_units: int = 0
    _consistent: bool = False
    _requested_keys: int = 0

    def on_request(self, model: Any, params: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's signature
        """Count one request."""
        self.names.append(model.name)
        body = params["body"]
        request = json.loads(body) if isinstance(body, str | bytes) and model.name in _WRITES else {}
        actions = request.get("TransactItems", [{model.name: request}] if request else [])
        for action in actions:
            (written,) = action.values()
            self.write_units += max(math.ceil(compute_item_size(written.get("Item", {})) / 1_024), 1) * (
                1 + (len(actions) > 1)
            )
        requests = json.loads(body).get("RequestItems", {}) if model.name == "BatchGetItem" else {}
        self._requested_keys = sum(len(request["Keys"]) for request in requests.values())
        self._consistent = bool(json.loads(body).get("ConsistentRead")) if isinstance(body, str | bytes) else False

    def on_response(self, model: Any, parsed: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's signature
        """Add the read units of one response."""
        if model.name in ("Query", "GetItem"):
            items = parsed.get("Items", [parsed.get("Item", {})])
            if parsed.get("ScannedCount", len(items)) != len(items):
                raise SystemExit("A query read more items than it returned.")
            size = sum(compute_item_size(item) for item in items)
            self.read_units += max(math.ceil(size / 4_096), 1) * (1 if self._consistent else 0.5)
        elif model.name == "BatchGetItem":
            # All are consistent reads; a missing item is billed like a small one.
            returned_items = [item for items in parsed["Responses"].values() for item in items]
            units = [max(math.ceil(compute_item_size(item) / 4_096), 1) for item in returned_items]
            self.read_units += sum(units) + self._requested_keys - len(returned_items)


_WRITES = frozenset({"PutItem", "UpdateItem", "TransactWriteItems"})


def measure_milliseconds(run: Callable[[], object]) -> float:
    """Return the duration of one run."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1_000


def configure_as_function() -> None:
    """Set the environment variables of the functions of the stack and the URL of the emulator.

    Raises
    ------
    SystemExit
        If no stack is running.
    """
    file = find_stack_file(os.environ)
    if not file.exists():
        raise SystemExit(f"No stack is running: there is no {file}. Start one with `make up`.")
    stack = json.loads(file.read_text())
    os.environ |= {
        "AWS_ENDPOINT_URL": stack["aws_endpoint"],
        "AWS_DEFAULT_REGION": stack["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
    }
    settings = boto3.client("lambda").get_function_configuration(FunctionName=stack["outputs"]["RunTurnFunctionName"])
    variables = settings["Environment"]["Variables"]
    os.environ |= {name: value for name, value in variables.items() if "LOG" not in name and name not in _LOCAL}
    # A queue without consumer, because the work of a bot would affect the measurement.
    queue = boto3.client("sqs").create_queue(QueueName="bench.fifo", Attributes={"FifoQueue": "true"})
    os.environ["TURNS_QUEUE_URL"] = queue["QueueUrl"]


@contextmanager
def count_requests() -> Iterator[Calls]:
    """Count the AWS requests of the handlers."""
    from conversations.bootstrap.queues import turn_queue
    from conversations.bootstrap.stores import conversation_store

    calls = Calls()
    emitters = [conversation_store().client.meta.events, turn_queue().client.meta.events]
    for emitter in emitters:
        emitter.register("before-call", calls.on_request)
        emitter.register("after-call", calls.on_response)
    yield calls
    for emitter in emitters:
        emitter.unregister("before-call", calls.on_request)
        emitter.unregister("after-call", calls.on_response)


def create_rest_event(
    method: str, resource: str, path: str, *, body: str | None = None, owner: str = "user:bench"
) -> Event:
    """Create the API Gateway event of a user's request."""
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

"""Counts what invocations of functions on moto use: the amounts of the prices in ``docs/prices.toml``."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from moto.backends import get_backend
from moto.dynamodb.models.utilities import DynamoJsonEncoder

from bench.steps import FRAME, Call, Invocation
from bench.units import Index, Item, compute_item_size, count_read_units, count_write_units
from bench.written_items import Key, list_written_keys
from tests.aws import ACCOUNT, REGION
from tests.events import Event
from tests.integration.running import Functions, Logs
from tests.template import functions as list_functions
from tests.template import properties, resources, template
from tools.bill import REQUESTS, Amounts
from tools.site.prices import read_prices

_DIGITS = 6
_MB_PER_GB = 1_024
_FRAME_BYTES = 32 * 1_024
"""API Gateway bills each 32 KB of a frame."""

_VARIABLE = re.compile(r"\$context\.(\w+)")
_LOGGED_VALUES = {
    "requestId": "8f5d7a34-0a4e-4e8a-9d35-2b9c1c7b6a5e",
    "connectionId": "RkNhVcOFoAMCIhw=",
    "routeKey": "message",
    "eventType": "MESSAGE",
    "status": "200",
    "httpMethod": "POST",
    "resourcePath": "/conversations/{conversation_id}/messages",
    "responseLatency": "31",
    "responseLength": "214",
}
"""A value of usual length for each variable of the access logs."""


@dataclass(slots=True)
class Meter:
    """Counts the requests of the functions while one is invoked.

    Attributes
    ----------
    amounts
        What was used.
    steps
        The invocations, and what each has requested.
    """

    amounts: Amounts = field(default_factory=lambda: defaultdict(float))
    steps: list[Invocation] = field(default_factory=list)
    _is_on: bool = False
    _requests: int = 0
    _prices: Mapping[str, Any] = field(default_factory=read_prices)

    # ---------------------------------------------------------------------------------------------- requests to AWS

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count the requests of clients that are created in the context."""
        session: Any = boto3.DEFAULT_SESSION
        events = session.events
        events.register("before-call", self._on_request)
        events.register("after-call", self._on_response)
        yield
        events.unregister("before-call", self._on_request)
        events.unregister("after-call", self._on_response)

    def _on_request(self, model: Any, params: Any, context: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's
        service = model.service_model.service_name
        if not self._is_on:
            return
        call = Call(model.name)
        self.steps[-1].calls.append(call)
        if model.name == FRAME:
            return
        self._requests += 1
        if service == "dynamodb":
            request = json.loads(params["body"])
            before = [self._get(table, key) for table, key in _list_written(model.name, request)]
            context["bench"] = request, before, call
        elif service == "sqs":
            queue = json.loads(params["body"])["QueueUrl"]
            self.amounts["queue" if queue.endswith(".fifo") else "standard_queue"] += 1
        else:
            self.amounts[service] += 1

    def _on_response(self, model: Any, parsed: Any, context: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's
        if "bench" not in context:
            return
        request, before, call = context.pop("bench")
        written = _list_written(model.name, request)
        if not written:
            call.reads = dict(_count_reads(model.name, request, parsed))
            self.amounts["read"] += sum(call.reads.values())
        for (table, key), item in zip(written, before, strict=True):
            units = count_write_units(
                item,
                self._get(table, key),
                [Index.from_template(properties(table), index) for index in properties(table).get(_INDEXES, ())],
                transactional=model.name == "TransactWriteItems",
            )
            call.writes[table] = call.writes.get(table, 0) + units
            self.amounts["write"] += units

    def _get(self, table: str, key: Item) -> Item | None:
        # Without a request, which takes moto some milliseconds.
        stored = get_backend("dynamodb")[ACCOUNT][REGION].get_item(table, dict(key))
        return None if stored is None else json.loads(json.dumps(stored.to_json()["Attributes"], cls=DynamoJsonEncoder))

    def take(self) -> Amounts:
        """Return the amounts since the last call."""
        used = {name: round(amount, _DIGITS) for name, amount in self.amounts.items() if amount}
        self.amounts.clear()
        return used

    def require_prices(self, amounts: Amounts) -> None:
        """Refuse amounts that have no price.

        Raises
        ------
        SystemExit
            If one has none.
        """
        unknown = amounts.keys() - self._prices["price"].keys() - {REQUESTS}
        if unknown:
            raise SystemExit(f"docs/prices.toml has no price of {', '.join(sorted(unknown))}.")

    # ---------------------------------------------------------------------------------------------- invocations

    def invoke(  # noqa: PLR0913 - the parts of one invocation
        self,
        functions: Functions,
        logs: Logs,
        folder: str,
        event: Event,
        *,
        access_log: str = "",
        waited: Callable[[], float] = float,
    ) -> dict[str, Any]:
        """Invoke a function and count what it uses.

        Parameters
        ----------
        functions, logs
            The functions, and what they log.
        folder, event
            The function and its event.
        access_log
            The logical id of the API that writes a line about the request; none for an event of a queue.
        waited
            Returns the seconds that it has waited for a language model.
        """
        frames_before, log_before = _count_frames(functions), len(logs.text.encode())
        self._is_on, self._requests = True, 0
        self.steps.append(Invocation(folder))
        try:
            response = functions.invoke(folder, event)
        finally:
            self._is_on = False
        sent = _count_frames(functions) - frames_before
        self.amounts["frame"] += sum(sent.values())
        self.amounts[REQUESTS] += self._requests + sum(sent.values())
        # Frames are sent to the connections in parallel, and to each in order.
        self._add_invocation(folder, self._requests + max(sent.values(), default=0), waited())
        platform = self._prices["logs"]["platform"] if _logs_invocations(folder) else 0
        self.amounts["log"] += platform + len(logs.text.encode()) - log_before + count_access_log(access_log)
        return response

    def _add_invocation(self, folder: str, round_trips: int, waited: float) -> None:
        duration = self._prices["duration"]
        seconds = duration["own"] + duration["round_trip"] * round_trips
        self.steps[-1].waited = round(waited, _DIGITS)
        if waited:
            seconds = waited + self._prices["overhead"]["1"]
        self.amounts["invocation"] += 1
        self.amounts["duration"] += seconds * _get_property(folder, "MemorySize") / _MB_PER_GB

    def receive(self) -> None:
        """Count what Lambda's poller does with a job of a turn: it is received and deleted."""
        self.amounts["queue"] += 2

    def receive_frame(self, frame: Mapping[str, Any]) -> None:
        """Count a frame of a client."""
        self.amounts["frame"] += -(-len(json.dumps(frame)) // _FRAME_BYTES)


_INDEXES = "GlobalSecondaryIndexes"


def _count_frames(functions: Functions) -> Counter[str]:
    """Return how many times 32 KB each connection was sent."""
    return Counter(
        {
            connection_id: sum(-(-len(json.dumps(frame)) // _FRAME_BYTES) for frame in frames)
            for connection_id, frames in functions.connections.frames.items()
        }
    )


def _list_written(operation: str, request: Mapping[str, Any]) -> list[Key]:
    """Return the tables and keys that a request writes, or whose conditions it checks."""
    if operation == "BatchWriteItem":
        raise SystemExit("bench/meter.py does not count BatchWriteItem yet.")
    return list_written_keys(operation, request, _list_key_names)


def _list_key_names(table: str) -> list[str]:
    return [key["AttributeName"] for key in properties(table)["KeySchema"]]


def _count_reads(operation: str, request: Mapping[str, Any], parsed: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the units of a read by table. The functions neither filter nor project what a turn reads."""
    if operation == "BatchGetItem":
        for table, wanted in request["RequestItems"].items():
            consistent = bool(wanted.get("ConsistentRead"))
            items = parsed["Responses"].get(table, [])
            missing = len(wanted["Keys"]) - len(items)
            sizes = [*map(compute_item_size, items), *[0] * missing]
            yield table, sum(count_read_units(size, consistent=consistent) for size in sizes)
        return
    if operation not in ("GetItem", "Query") or {"FilterExpression", "ProjectionExpression"} & request.keys():
        raise SystemExit(f"bench/meter.py does not count this {operation} yet.")
    items = parsed.get("Items", [parsed.get("Item", {})])
    size = sum(map(compute_item_size, items))
    yield request["TableName"], count_read_units(size, consistent=bool(request.get("ConsistentRead")))


def _get_property(folder: str, name: str) -> Any:  # noqa: ANN401 - as the template has it
    return properties(list_functions()[folder]).get(name, template()["Globals"]["Function"].get(name))


def _logs_invocations(folder: str) -> bool:
    """Return whether Lambda writes the lines of start and report of an invocation."""
    config: dict[str, Any] = _get_property(folder, "LoggingConfig")
    level: str = config.get("SystemLogLevel", "INFO")
    return level != "WARN"


def count_access_log(api: str) -> int:
    """Return the bytes of a line in the access log of an API of the template, by its logical id."""
    if not api:
        return 0
    settings = resources_of_apis()[api]["Properties"]
    text = settings.get("AccessLogSetting", settings.get("AccessLogSettings"))["Format"]
    return len(_VARIABLE.sub(lambda match: _LOGGED_VALUES[match[1]], text))


def resources_of_apis() -> dict[str, dict[str, Any]]:
    """Return the APIs of the template."""
    return {**resources("AWS::Serverless::Api"), **resources("AWS::Serverless::WebSocketApi")}

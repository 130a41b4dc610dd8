"""Each endpoint beside the same AWS calls made by boto3 alone: the same requests in the same order.

Two users have the same conversations. The handler serves one. For the other, it runs once without a stopwatch, so that
its requests are known, and what it has written is undone, but for the count of the rate limit. Then boto3 alone makes
these requests, with the same parameters, conditions and items, one after the other, without reading what it is
answered. So the ratio is what validation, objects, logs and the response cost.
"""

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus, server
from itertools import count, islice
from threading import Thread
from typing import NamedTuple

import boto3
from botocore.exceptions import ClientError

from bench.data import reset_limits
from bench.endpoint_events import Endpoint, Handler, Side, list_endpoints, prepare_side, run
from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from bench.recording import Call, describe_operations, record_calls
from bench.stack import Event, configure_as_function, measure_milliseconds
from bench.turns import INSERT_SCRIPT
from bench.turns import publish as publish_bot

_ROUNDS, _WARM_UP_ROUNDS = 30, 5
_ROUNDS_OF_LIMIT = 5
"""After so many, the users' rate limits are reset."""
_LIMIT = 1.2


class Round(NamedTuple):
    """The milliseconds of a handler and of the same requests by boto3 alone, and these requests."""

    handler: float
    bare: float
    calls: list[Call]


@contextmanager
def accepting_frames() -> Iterator[str]:
    """Run a server that accepts every frame, and yield its address; the emulator has no connection to send them to."""

    class Accepting(server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_DELETE(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with server.ThreadingHTTPServer(("127.0.0.1", 0), Accepting) as accepting:
        Thread(target=accepting.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{accepting.server_port}"
        accepting.shutdown()


def compare(endpoint: Endpoint, served: Side, repeated: Side) -> Row:
    """Run the handler for one user and its requests alone for the other, alternately, and return the row."""
    # The first requests create the users' rate limits and learn the numbers of the conversations.
    for side in (served, repeated) * 2:
        run(endpoint.handler, endpoint.build(side))
    rounds = list(islice(_measure_rounds(endpoint, served, repeated), _WARM_UP_ROUNDS, _WARM_UP_ROUNDS + _ROUNDS))
    ratio = statistics.median(each.handler / each.bare for each in rounds)
    handler = statistics.median(each.handler for each in rounds)
    bare = statistics.median(each.bare for each in rounds)
    return Row(endpoint.name, [handler, bare, ratio, describe_operations(rounds[-1].calls)])


def _measure_rounds(endpoint: Endpoint, served: Side, repeated: Side) -> Iterator[Round]:
    """Yield rounds. A round is left out if the stack has changed a row between a request and its repetition."""
    for number in count():
        if number % _ROUNDS_OF_LIMIT == 0:
            reset_limits()
        calls = record(endpoint.handler, endpoint.build(repeated))
        # Messages that wait long for an answer are queued again by the stack, in a queue that has a consumer.
        with suppress(ClientError):
            bare = measure_milliseconds(partial(repeat, calls))
            event = endpoint.build(served)
            yield Round(measure_milliseconds(partial(run, endpoint.handler, event)), bare, calls)


def record(handler: Handler, event: Event) -> list[Call]:
    """Return the requests of an invocation, of which only the count of the request stays."""
    return record_calls(partial(run, handler, event), os.environ["LIMITS_TABLE"])


def repeat(calls: list[Call]) -> None:
    """Make requests, one after the other."""
    for call in calls:
        call.repeat()


def _create_queue() -> str:
    """Return the URL of a queue without consumer, because the work of deletions would affect the measurement."""
    return boto3.client("sqs").create_queue(QueueName="bench-erasures")["QueueUrl"]


def measure() -> Figure:
    """Measure all endpoints and return the figure."""
    with accepting_frames() as address:
        os.environ |= {"WEBSOCKET_ENDPOINT": address, "ERASURES_QUEUE_URL": _create_queue()}
        rules, script = publish_bot(None), publish_bot(INSERT_SCRIPT)
        sides = prepare_side(rules, script), prepare_side(rules, script)
        rows = [compare(endpoint, *sides) for endpoint in list_endpoints()]
    return Figure(
        name="endpoints",
        title="endpoint",
        compared=(
            "the warm handler, from the event of API Gateway to the response, with the same requests to AWS made by"
            " boto3 alone: in the same order and with the same parameters, without validation, objects and responses."
        ),
        repeated=f"{_ROUNDS} runs of each, alternately in one process; medians, also of the ratios of neighbours.",
        origin=describe_origin(),
        columns=[Column("handler", "ms"), Column("bare boto3", "ms"), Column("ratio"), Column("requests")],
        rows=rows,
        plot=Plot("bars", ["ratio"]),
        bounds=[
            Bound(f"{row.name}: handler / bare boto3", round(ratio, 2), _LIMIT)
            for row in rows
            if isinstance(ratio := row.values[2], float)
        ],
    )


if __name__ == "__main__":
    configure_as_function()
    publish(measure())

"""Each endpoint beside the same AWS calls made by boto3 alone: the same requests in the same order.

Two users have the same conversations. The handler serves one. For the other, it runs once without a stopwatch and
without effect, so that its requests are known: reads and the count of the rate limit are executed, and every other
write is answered as if it had been. Then boto3 alone makes these requests, with the same parameters, conditions and
items, without reading what it is answered. So the ratio is what validation, objects, logs and the response cost.
"""

import json
import os
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus, server
from threading import Thread
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import uuid4

from botocore import xform_name

from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from bench.stack import Context, Event, configure_as_function, create_rest_event, measure_milliseconds
from bench.turns import GROUP, INSERT_SCRIPT, run_turn
from bench.turns import publish as publish_bot

_ROUNDS, _WARM_UP_ROUNDS = 30, 5
_ROUNDS_OF_LIMIT = 5
"""After so many, the users' rate limits are reset."""
_LIMIT = 1.2
_HISTORY, _LIST = 60, 60
"""Messages and conversations: more than a page."""
_CONVERSATION = "/conversations/{conversation_id}"
_CONNECTION = "bench-{}"

type Handler = Callable[[Event, Any], Any]
type Build = Callable[["Side"], Event]


class Call(NamedTuple):
    """One request to AWS."""

    client: Any
    operation: str
    parameters: Mapping[str, Any]

    def repeat(self) -> None:
        """Make the request."""
        getattr(self.client, xform_name(self.operation))(**self.parameters)


class Side(NamedTuple):
    """One of the two users, with a conversation of a bot in the queue, and of one that answers within the request."""

    owner: str
    queued: str
    inline: str


class Endpoint(NamedTuple):
    """A handler, and its event for a user."""

    name: str
    handler: Handler
    build: Build


@contextmanager
def accepting_frames() -> Iterator[str]:
    """Run a server that accepts every frame, and yield its address; the emulator has no connection to send them to."""

    class Accepting(server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with server.ThreadingHTTPServer(("127.0.0.1", 0), Accepting) as accepting:
        Thread(target=accepting.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{accepting.server_port}"
        accepting.shutdown()


def record_calls(handler: Handler, event: Event) -> list[Call]:
    """Return the requests of an invocation, in which writes other than counting a request have no effect."""
    from conversations.bootstrap import clients
    from conversations.bootstrap.gateway import announcing_gateway, gateway

    used = [clients.dynamodb(), clients.sqs(), gateway().client, announcing_gateway().client]
    calls: list[Call] = []
    with _listening(used, calls):
        run(handler, event)
    return calls


@contextmanager
def _listening(clients: list[Any], calls: list[Call]) -> Iterator[None]:
    def listen(client: Any) -> Callable[..., None]:  # noqa: ANN401 - any client
        def record(params: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's signature
            calls.append(Call(client, model.name, dict(params)))

        return record

    def answer_write(**_: object) -> object:
        call = calls[-1]
        is_count = call.parameters.get("TableName") == os.environ["LIMITS_TABLE"]
        if is_count or call.operation in {"GetItem", "BatchGetItem", "Query", "Scan"}:
            return None
        return SimpleNamespace(status_code=HTTPStatus.OK.value), {}

    hooks = [(client, listen(client)) for client in clients]
    for client, hook in hooks:
        client.meta.events.register("provide-client-params", hook)
        client.meta.events.register("before-call", answer_write)
    yield
    for client, hook in hooks:
        client.meta.events.unregister("provide-client-params", hook)
        client.meta.events.unregister("before-call", answer_write)


def list_endpoints(bot_id: str) -> list[Endpoint]:
    """Return what is measured: what a chat client calls, and the route of messages of the WebSocket."""
    from rest.get_conversation.app import handler as get_conversation
    from rest.get_history.app import handler as get_history
    from rest.list_bots.app import handler as list_bots
    from rest.list_conversations.app import handler as list_conversations
    from rest.send_message.app import handler as send_message
    from rest.start_conversation.app import handler as start_conversation
    from websocket.message.app import handler as message

    start = json.dumps({"bot_id": bot_id})
    return [
        Endpoint("start", start_conversation, lambda side: _rest("POST", "/conversations/start", side, body=start)),
        Endpoint("send, to a bot in the queue", send_message, lambda side: build_send(side, side.queued)),
        Endpoint("send, answered by rules", send_message, lambda side: build_send(side, side.inline)),
        Endpoint("`message` frame, to a bot in the queue", message, lambda side: _frame(side, side.queued)),
        Endpoint("`message` frame, answered by rules", message, lambda side: _frame(side, side.inline)),
        Endpoint("history, 50 messages", get_history, lambda side: _rest("GET", f"{_CONVERSATION}/history", side)),
        Endpoint("list, 50 conversations", list_conversations, lambda side: _rest("GET", "/conversations", side)),
        Endpoint("get a conversation", get_conversation, lambda side: _rest("GET", _CONVERSATION, side)),
        Endpoint("list bots", list_bots, lambda side: _rest("GET", "/bots", side)),
    ]


def _rest(method: str, resource: str, side: Side, body: str | None = None, conversation: str = "") -> Event:
    conversation_id = f"conv-{conversation or side.inline}"
    path = resource.format(conversation_id=conversation_id)
    event = create_rest_event(method, resource, path, body=body, owner=side.owner)
    event["pathParameters"] = {"conversation_id": conversation_id}
    event["requestContext"]["authorizer"]["groups"] = json.dumps(GROUP)
    return event


def build_send(side: Side, conversation: str) -> Event:
    """Return the event of a message to a conversation."""
    body = json.dumps({"content": "hello", "client_message_id": str(uuid4())})
    return _rest("POST", f"{_CONVERSATION}/messages", side, body, conversation)


def _frame(side: Side, conversation: str) -> Event:
    authorizer = {"owner": side.owner, "expires_at": "4102444800", "groups": json.dumps(GROUP)}
    frame = {"type": "message", "content": "hello", "session_id": f"session-{conversation}"}
    return {
        "requestContext": {
            "routeKey": "message",
            "eventType": "MESSAGE",
            "requestId": "bench",
            "connectionId": _CONNECTION.format(side.owner),
            "authorizer": authorizer,
        },
        "body": json.dumps(frame | {"client_message_id": str(uuid4())}),
        "isBase64Encoded": False,
    }


def prepare_side(rules: str, script: str) -> Side:
    """Store a user with an open connection, a list, and a history; return the user with two conversations."""
    from bench.__main__ import fill_list
    from conversations.bootstrap.clients import dynamodb
    from conversations.bootstrap.connections import connection_store
    from conversations.domain import timestamps
    from conversations.domain.connection import Connection
    from rest.send_message.app import handler as send_message

    owner = f"user:bench-{uuid4()}"
    fill_list(dynamodb(), owner, _LIST)
    inline, now = _start(owner, rules), timestamps.now()
    expires_at = timestamps.add_seconds(now, 7_200)
    connection_store().add(Connection(owner, _CONNECTION.format(owner), inline, now, expires_at))
    side = Side(owner, queued=_start(owner, script), inline=inline)
    for _ in range(_HISTORY // 2):
        run(send_message, build_send(side, inline))
    return side


def _start(owner: str, bot_id: str) -> str:
    """Start a conversation with a bot, let the bot greet, and return the bare id."""
    from conversations.bootstrap.conversations import conversation_service
    from conversations.domain import timestamps
    from conversations.domain.jobs import GreetJob
    from conversations.domain.principal import Principal

    principal = Principal(owner, expires_at=timestamps.add_seconds(timestamps.now(), 3_600), groups=frozenset(GROUP))
    conversation = conversation_service().start(principal, bot_id=bot_id, initial_message=None)
    run_turn(GreetJob(conversation_id=conversation.id))
    return conversation.id


def run(handler: Handler, event: Event) -> Any:  # noqa: ANN401 - the response of any handler
    """Invoke a handler, and fail unless it succeeds."""
    response = handler(event, Context())
    if response["statusCode"] >= HTTPStatus.BAD_REQUEST:
        raise SystemExit(f"The handler returned {response}.")
    return response


def compare(endpoint: Endpoint, served: Side, repeated: Side) -> Row:
    """Run the handler for one user and its requests alone for the other, alternately, and return the row."""
    from bench.__main__ import reset_limits

    # The first requests create the users' rate limits and learn the numbers of the conversations.
    for side in (served, repeated) * 2:
        run(endpoint.handler, endpoint.build(side))
    pairs, operations = [], ""
    for number in range(_WARM_UP_ROUNDS + _ROUNDS):
        if number % _ROUNDS_OF_LIMIT == 0:
            reset_limits()
        event = endpoint.build(repeated)
        calls = record_calls(endpoint.handler, event)
        bare = measure_milliseconds(partial(repeat, calls))
        event = endpoint.build(served)
        mine = measure_milliseconds(partial(run, endpoint.handler, event))
        operations = " + ".join(call.operation for call in calls)
        pairs.append((mine, bare))
    pairs = pairs[_WARM_UP_ROUNDS:]
    ratio = statistics.median(mine / bare for mine, bare in pairs)
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    return Row(endpoint.name, [*medians, ratio, operations])


def repeat(calls: list[Call]) -> None:
    """Make requests, one after the other."""
    for call in calls:
        call.repeat()


def measure() -> Figure:
    """Measure all endpoints and return the figure."""
    with accepting_frames() as address:
        os.environ["WEBSOCKET_ENDPOINT"] = address
        rules, script = publish_bot(None), publish_bot(INSERT_SCRIPT)
        sides = prepare_side(rules, script), prepare_side(rules, script)
        rows = [compare(endpoint, *sides) for endpoint in list_endpoints(rules)]
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

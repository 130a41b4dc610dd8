"""Sending a message beside the same endpoint in FastAPI with Mangum, and in Powertools with validation.

All make the AWS calls of ``send_message``, alternately in one process, and validate the same body. What the handler
does beside them, such as the rate limit's headers, is its own cost. FastAPI and Mangum are in an environment of their
own.
"""

import json
import site
import statistics
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

import boto3
from pydantic import BaseModel, ConfigDict, StringConstraints

from bench.bare_send import create_bare_send
from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from bench.stack import Context, Event, configure_as_function, count_requests, create_rest_event, measure_milliseconds
from local.settings import ROOT

_ROUNDS = 60
_WARM_UP_ROUNDS = 5
_LIMIT = 1.2
_CALLS = 3
_PATH = "/conversations/{conversation_id}/messages"
_CONTENT = "What does it cost, and what do I get for it?"

type Handler = Callable[[Event, Any], Any]
type Send = Callable[[str], None]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]
    client_message_id: str | None = None


class _Accepted(BaseModel):
    message_id: str
    conversation_id: str


def build_fastapi(send: Send) -> Handler:
    """Return the handler of the endpoint in FastAPI, through Mangum."""
    for folder in (ROOT / ".venvs/frameworks/lib").glob("python*/site-packages"):
        site.addsitedir(str(folder))
    from fastapi import FastAPI
    from mangum import Mangum

    app = FastAPI()

    def send_message(conversation_id: str, body: _Body) -> _Accepted:
        send(body.content)
        return _Accepted(message_id=str(uuid4()), conversation_id=conversation_id)

    app.post(_PATH)(send_message)
    handler: Handler = Mangum(app, lifespan="off")
    return handler


def build_powertools(send: Send) -> Handler:
    """Return the handler of the endpoint in Powertools' resolver, with validation."""
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    app = APIGatewayRestResolver(enable_validation=True)

    def send_message(conversation_id: str, body: _Body) -> _Accepted:
        send(body.content)
        return _Accepted(message_id=str(uuid4()), conversation_id=conversation_id)

    app.post(_PATH.replace("{", "<").replace("}", ">"))(send_message)
    return app.resolve


def build_own() -> tuple[Handler, Event]:
    """Return the handler of this project, and an event of a conversation that exists."""
    from rest.send_message.app import handler
    from rest.start_conversation.app import handler as start

    event = create_rest_event("POST", "/conversations/start", "/conversations/start", body="{}")
    context: Any = Context()
    started = start(event, context)
    return handler, _build_event(json.loads(started["body"])["conversation_id"])


def _build_event(conversation_id: str) -> Event:
    body = json.dumps({"content": _CONTENT})
    event = create_rest_event("POST", _PATH, _PATH.format(conversation_id=conversation_id), body=body)
    event["requestContext"] |= {"httpMethod": "POST", "stage": "api", "identity": {"sourceIp": "127.0.0.1"}}
    return event | {"multiValueHeaders": {"Content-Type": ["application/json"]}}


def _bind(handler: Handler, event: Event) -> Callable[[], None]:
    def run() -> None:
        response = handler(event, Context())
        if response["statusCode"] >= HTTPStatus.BAD_REQUEST:
            raise SystemExit(f"The handler returned {response}.")

    return run


def measure() -> Figure:
    """Run all alternately and return the figure."""
    from bench.__main__ import reset_limits

    send = create_bare_send(boto3.client("dynamodb"), boto3.client("sqs"))
    other = _build_event("bench")
    runs = {
        "boto3 alone": lambda: send(_CONTENT),
        "`send_message`": _bind(*build_own()),
        "Powertools with validation": _bind(build_powertools(send), other),
        "FastAPI with Mangum": _bind(build_fastapi(send), other),
    }
    durations: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(_WARM_UP_ROUNDS + _ROUNDS):
        reset_limits()
        with count_requests() as calls:
            measured = {name: measure_milliseconds(run) for name, run in runs.items()}
        # When the outbox has found the messages, the bot of the stack answers some, and a send writes twice.
        if number >= _WARM_UP_ROUNDS and len(calls.names) == _CALLS:
            for name, duration in measured.items():
                durations[name].append(duration)
    bare, *_ = durations.values()
    ratios = {
        name: statistics.median(mine / other for mine, other in zip(each, bare, strict=True))
        for name, each in durations.items()
    }
    return Figure(
        name="frameworks",
        title="an endpoint that stores and queues a message",
        compared=(
            "the warm handler of `send_message` with the same AWS calls made by boto3 alone, and in an endpoint of"
            " Powertools' resolver with validation and of FastAPI behind Mangum."
        ),
        repeated=f"{len(bare)} runs of each, alternately in one process; medians, also of the ratios of neighbours.",
        origin=describe_origin(),
        columns=[Column("duration", "ms"), Column("ratio")],
        rows=[Row(name, [statistics.median(each), ratios[name]]) for name, each in durations.items()],
        plot=Plot("bars", ["duration"]),
        bounds=[
            Bound(
                "`send_message` / boto3 alone, so that the code takes a fraction of the requests' time",
                round(ratios["`send_message`"], 2),
                _LIMIT,
            )
        ],
    )


if __name__ == "__main__":
    configure_as_function()
    publish(measure())

"""Sending a message beside the same endpoint in FastAPI with Mangum, and in Powertools with validation.

All make the same requests to AWS, those of ``send_message`` (``bench.endpoints``), alternately in one process, and
validate the same body. What the handler does beside them, such as building the requests, is its own cost. FastAPI and
Mangum are in an environment of their own.
"""

import os
import site
import statistics
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, StringConstraints

from bench.data import reset_limits
from bench.endpoint_events import Handler, build_send, prepare_side, run
from bench.endpoints import accepting_frames, record, repeat
from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from bench.recording import Call
from bench.stack import Event, configure_as_function, measure_milliseconds
from bench.turns import INSERT_SCRIPT
from bench.turns import publish as publish_bot
from local.settings import ROOT

_ROUNDS = 30
_WARM_UP_ROUNDS = 5
_ROUNDS_OF_LIMIT = 5
_LIMIT = 1.2
_PATH = "/conversations/{conversation_id}/messages"
_OWN = "`send_message`"

type Send = Callable[[], None]


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
        send()
        return _Accepted(message_id=body.client_message_id or str(uuid4()), conversation_id=conversation_id)

    app.post(_PATH)(send_message)
    handler: Handler = Mangum(app, lifespan="off")
    return handler


def build_powertools(send: Send) -> Handler:
    """Return the handler of the endpoint in Powertools' resolver, with validation."""
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    app = APIGatewayRestResolver(enable_validation=True)

    def send_message(conversation_id: str, body: _Body) -> _Accepted:
        send()
        return _Accepted(message_id=body.client_message_id or str(uuid4()), conversation_id=conversation_id)

    app.post(_PATH.replace("{", "<").replace("}", ">"))(send_message)
    return app.resolve


def _answer(calls: list[Call], _event: Event, _context: object) -> Event:
    repeat(calls)
    return {"statusCode": HTTPStatus.OK}


def _add_proxy_fields(event: Event) -> Event:
    """Return an event with the fields that frameworks read and this project does not."""
    event["requestContext"] |= {"httpMethod": "POST", "stage": "api", "identity": {"sourceIp": "127.0.0.1"}}
    return event | {"multiValueHeaders": {"Content-Type": ["application/json"]}}


def measure() -> Figure:
    """Run all alternately and return the figure."""
    from rest.send_message.app import handler

    calls: list[Call] = []
    others: dict[str, Handler] = {
        "boto3 alone": partial(_answer, calls),
        "Powertools with validation": build_powertools(lambda: repeat(calls)),
        "FastAPI with Mangum": build_fastapi(lambda: repeat(calls)),
    }
    durations: dict[str, list[float]] = {_OWN: [], **{name: [] for name in others}}
    with accepting_frames() as address:
        os.environ["WEBSOCKET_ENDPOINT"] = address
        bots = publish_bot(None), publish_bot(INSERT_SCRIPT)
        sides = {name: prepare_side(*bots) for name in durations}
        for side in [*sides.values()] * 2:
            run(handler, build_send(side, side.queued))
        for number in range(_WARM_UP_ROUNDS + _ROUNDS):
            if number % _ROUNDS_OF_LIMIT == 0:
                reset_limits()
            for name, side in sides.items():
                event = _add_proxy_fields(build_send(side, side.queued))
                calls[:] = [] if name == _OWN else record(handler, event)
                measured = measure_milliseconds(partial(run, others.get(name, handler), event))
                if number >= _WARM_UP_ROUNDS:
                    durations[name].append(measured)
    bare = durations["boto3 alone"]
    ratios = {
        name: statistics.median(mine / other for mine, other in zip(each, bare, strict=True))
        for name, each in durations.items()
    }
    return Figure(
        name="frameworks",
        title="an endpoint that stores and queues a message",
        compared=(
            "the warm handler of `send_message` with the same requests to AWS made by boto3 alone, and in an endpoint"
            " of Powertools' resolver with validation and of FastAPI behind Mangum."
        ),
        repeated=f"{len(bare)} runs of each, alternately in one process; medians, also of the ratios of neighbours.",
        origin=describe_origin(),
        columns=[Column("duration", "ms"), Column("ratio")],
        rows=[Row(name, [statistics.median(each), ratios[name]]) for name, each in durations.items()],
        plot=Plot("bars", ["duration"]),
        bounds=[
            Bound(
                f"{_OWN} / boto3 alone, so that the code takes a fraction of the requests' time",
                round(ratios[_OWN], 2),
                _LIMIT,
            )
        ],
    )


if __name__ == "__main__":
    configure_as_function()
    publish(measure())

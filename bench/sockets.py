"""Messages over the WebSocket beside a bare echo function on the same local AWS, and many sockets at once.

The echo is a function and a route of the same WebSocket API, deployed for the benchmark only: it sends each frame back
to its connection. Its frames take the same way through the front door and the emulator as those of a message.
"""

import asyncio
import json
import os
import statistics
import time
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psutil
from websockets.asyncio.client import ClientConnection, connect

from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from bench.stack import configure_as_function
from bench.turns import GROUP
from bench.turns import publish as publish_bot
from local.settings import find_stack_file
from tests.stack.bots import connect_aws
from tests.stack.users import sign_up

_ANSWER = "You said hello."
"""What the rule bot of ``bench.turns`` answers."""

_ROUTE = "bench-echo"
_NAME = f"{_ROUTE}-{{}}"
_ROUNDS = {1: 30, 10: 5, 50: 2}
"""Rounds by the number of sockets; in each, all sockets send an echo, and then all send a message."""
_WARM_UP_ROUNDS = 2
_PAUSE_SECONDS = 0.3
"""Before each echo and each message: the work behind an answer, such as that of the streams of tables, has ended."""
_DELIVERED_LIMIT, _ANSWER_LIMIT = 2, 3
_OPEN_SOCKETS, _SOCKETS_PER_USER = 1_000, 20
"""A user has at most 20 connections; the oldest is closed then."""
_STORM = 50
_FRAMES, _FRAME_SOCKETS = 8, 10
_OPEN_TIMEOUT = 300
_ECHO = """
import os
from botocore.session import get_session

client = get_session().create_client("apigatewaymanagementapi", endpoint_url=os.environ["WEBSOCKET_ENDPOINT"])


def handler(event, context):
    client.post_to_connection(ConnectionId=event["requestContext"]["connectionId"], Data=event["body"].encode())
    print(context.aws_request_id, flush=True)
    return {"statusCode": 200}
"""
"""It logs a line, because the emulator waits 50 ms for the first one before it invokes the function again."""


class Sample(NamedTuple):
    """Seconds from a message to its acknowledgement and to the bot's answer."""

    delivered: float
    answered: float


class Device:
    """An open connection that waits for one frame at a time."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def receive_until(self, **fields: object) -> dict[str, Any]:
        """Return the next frame with these fields."""
        while True:
            frame: dict[str, Any] = json.loads(await self._socket.recv())
            if fields.items() <= frame.items():
                return frame

    async def send(self, **fields: object) -> None:
        """Send a frame."""
        await self._socket.send(json.dumps(fields))

    async def time_echo(self) -> float:
        """Return the seconds until a frame is back."""
        start, text = time.perf_counter(), str(uuid4())
        await self.send(type=_ROUTE, text=text)
        await self.receive_until(text=text)
        return time.perf_counter() - start

    async def time_ping(self) -> float:
        """Return the seconds from a ``ping`` to its ``pong``."""
        start = time.perf_counter()
        await self.send(type="ping")
        await self.receive_until(status="pong")
        return time.perf_counter() - start

    async def time_message(self) -> Sample:
        """Return how long a message takes."""
        start = time.perf_counter()
        await self.send(type="message", content="hello", client_message_id=str(uuid4()))
        delivered = answered = 0.0
        # The answer may arrive before the acknowledgement.
        while not (delivered and answered):
            frame = json.loads(await self._socket.recv())
            if frame.get("status") == "delivered":
                delivered = time.perf_counter() - start
            elif frame.get("content") == _ANSWER:
                answered = time.perf_counter() - start
            elif frame["type"] == "error":
                raise SystemExit(f"A message was refused: {frame}")
        return Sample(delivered, answered)


@contextmanager
def deploying_echo(stack: dict[str, Any]) -> Iterator[None]:
    """Deploy the echo with the role and the layers of the function ``ping``, and remove it afterwards."""
    create = connect_aws(stack)
    functions, api = create("lambda"), create("apigatewayv2")
    api_id = stack["outputs"]["WebSocketApiId"]
    ping = _find_ping(functions)
    name = _NAME.format(uuid4().hex[:8])
    function = functions.create_function(
        FunctionName=name,
        Runtime=ping["Runtime"],
        Role=ping["Role"],
        Handler="echo.handler",
        Code={"ZipFile": _zip("echo.py", _ECHO)},
        Layers=[layer["Arn"] for layer in ping.get("Layers", [])],
        MemorySize=ping["MemorySize"],
        Timeout=ping["Timeout"],
        Environment=ping["Environment"],
    )
    arn = function["FunctionArn"]
    functions.add_permission(
        FunctionName=name, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    uri = f"arn:aws:apigateway:{stack['region']}:lambda:path/2015-03-31/functions/{arn}/invocations"
    integration = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=uri)
    target = f"integrations/{integration['IntegrationId']}"
    route = api.create_route(ApiId=api_id, RouteKey=_ROUTE, Target=target)
    try:
        yield
    finally:
        api.delete_route(ApiId=api_id, RouteId=route["RouteId"])
        api.delete_integration(ApiId=api_id, IntegrationId=integration["IntegrationId"])
        functions.delete_function(FunctionName=name)


def _find_ping(functions: Any) -> dict[str, Any]:  # noqa: ANN401 - a boto3 client
    pages = functions.get_paginator("list_functions").paginate()
    found: Iterator[dict[str, Any]] = (function for page in pages for function in page["Functions"])
    return next(function for function in found if function["Handler"] == "websocket.ping.app.handler")


def _zip(name: str, text: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


@asynccontextmanager
async def _opening(url: str, tokens: Sequence[str]) -> AsyncIterator[list[Device]]:
    """Open a connection for each token."""
    async with AsyncExitStack() as stack:
        sockets = await asyncio.gather(*(stack.enter_async_context(_connect(url, token)) for token in tokens))
        devices = [Device(socket) for socket in sockets]
        await asyncio.gather(*(device.receive_until(status="connected") for device in devices))
        yield devices


def _connect(url: str, token: str) -> connect:
    return connect(
        url,
        additional_headers={"Authorization": f"Bearer {token}"},
        ping_interval=None,
        open_timeout=_OPEN_TIMEOUT,
        compression=None,
        proxy=None,
    )


async def _compare(devices: Sequence[Device], rounds: int) -> tuple[float, Sample]:
    """Return the medians of the echo and of the message, alternately."""
    echoes: list[float] = []
    messages: list[Sample] = []
    for number in range(_WARM_UP_ROUNDS + rounds):
        await asyncio.sleep(_PAUSE_SECONDS)
        new_echoes = await asyncio.gather(*(device.time_echo() for device in devices))
        await asyncio.sleep(_PAUSE_SECONDS)
        new_messages = await asyncio.gather(*(device.time_message() for device in devices))
        if number >= _WARM_UP_ROUNDS:
            echoes += new_echoes
            messages += new_messages
    return statistics.median(echoes), Sample(*map(statistics.median, zip(*messages, strict=True)))


async def measure_messages(url: str, tokens: Sequence[str]) -> Figure:
    """Return the figure of messages beside the echo."""
    rows, ratios = [], {}
    for number, rounds in _ROUNDS.items():
        async with _opening(url, tokens[:number]) as devices:
            echo, message = await _compare(devices, rounds)
        ratios[number] = Sample(message.delivered / echo, message.answered / echo)
        values = [echo * 1_000, message.delivered * 1_000, ratios[number].delivered]
        rows.append(Row(f"{number}", [*values, message.answered * 1_000, ratios[number].answered]))
    return Figure(
        name="messages",
        title="sockets that send at the same time",
        compared=(
            "a message over the WebSocket, until it is `delivered` and until the answer of a rule bot, with a frame to"
            " a bare echo function on the same WebSocket API."
        ),
        repeated=(
            f"Rounds in which all sockets send an echo and then all a message, {_PAUSE_SECONDS} s later each: "
            + ", ".join(f"{rounds} with {number}" for number, rounds in _ROUNDS.items())
            + f", after {_WARM_UP_ROUNDS} that are not counted; medians of all frames."
        ),
        origin=describe_origin(),
        columns=[
            Column("echo", "ms"),
            Column("delivered", "ms"),
            Column("delivered / echo"),
            Column("answer", "ms"),
            Column("answer / echo"),
        ],
        rows=rows,
        plot=Plot("bars", ["echo", "delivered", "answer"]),
        bounds=[
            bound
            for number, ratio in ratios.items()
            for bound in (
                Bound(f"delivered / echo with {number} sockets", round(ratio.delivered, 2), _DELIVERED_LIMIT),
                Bound(f"answer / echo with {number} sockets", round(ratio.answered, 2), _ANSWER_LIMIT),
            )
        ],
    )


async def measure_crowds(url: str, tokens: Sequence[str], directory: Path) -> Figure:
    """Return the figure of many sockets."""
    rows = [
        *await _measure_frames(url, tokens),
        *await _measure_storm(url, tokens),
        *await _measure_fan_out(url, tokens[0]),
        *await _measure_open_sockets(url, tokens, directory),
    ]
    return Figure(
        name="crowds",
        title="many sockets",
        compared="frames, connects and deliveries of many sockets with those of one, on the same local AWS.",
        repeated="once each; medians of the frames or connections.",
        origin=describe_origin(),
        columns=[Column("result"), Column("beside it")],
        rows=rows,
    )


async def _measure_frames(url: str, tokens: Sequence[str]) -> list[Row]:
    """Measure frames per second of ``ping`` and of the echo."""
    async with _opening(url, tokens[:_FRAME_SOCKETS]) as devices:
        rates = []
        for name in ("time_ping", "time_echo"):
            start = time.perf_counter()
            for _ in range(_FRAMES):
                await asyncio.gather(*(getattr(device, name)() for device in devices))
            rates.append(_FRAMES * len(devices) / (time.perf_counter() - start))
    ping, echo = rates
    return [Row(f"`ping` on {_FRAME_SOCKETS} sockets", [f"{ping:.0f} frames/s", f"echo: {echo:.0f} frames/s"])]


async def _measure_storm(url: str, tokens: Sequence[str]) -> list[Row]:
    """Measure connections that are opened at the same time."""

    async def time_connect(token: str) -> float:
        start = time.perf_counter()
        async with _connect(url, token) as socket:
            await Device(socket).receive_until(status="connected")
            return time.perf_counter() - start

    alone = statistics.median([await time_connect(token) for token in tokens[:5]])
    start = time.perf_counter()
    storm = await asyncio.gather(*map(time_connect, tokens[:_STORM]))
    rate = _STORM / (time.perf_counter() - start)
    beside = f"one alone: {alone * 1_000:.0f} ms; all: {rate:.1f} connects/s"
    return [
        Row(f"{_STORM} connects at once, until `connected`", [f"{statistics.median(storm) * 1_000:.0f} ms", beside])
    ]


async def _measure_fan_out(url: str, token: str) -> list[Row]:
    """Measure the answer on the last of a user's devices."""
    times = {}
    for number in (1, _SOCKETS_PER_USER):
        async with AsyncExitStack() as stack:
            sockets = [await stack.enter_async_context(_connect(url, token)) for _ in range(number)]
            devices = [Device(socket) for socket in sockets]
            await asyncio.gather(*(device.receive_until(status="connected") for device in devices))
            samples = []
            for _ in range(_WARM_UP_ROUNDS + 5):
                start, others = time.perf_counter(), devices[1:]
                waiting = [asyncio.create_task(other.receive_until(content=_ANSWER)) for other in others]
                await devices[0].time_message()
                await asyncio.gather(*waiting)
                samples.append(time.perf_counter() - start)
            times[number] = statistics.median(samples[_WARM_UP_ROUNDS:]) * 1_000
    return [
        Row(
            f"answer on the last of {_SOCKETS_PER_USER} devices of a user",
            [f"{times[_SOCKETS_PER_USER]:.0f} ms", f"on one device: {times[1]:.0f} ms"],
        )
    ]


async def _measure_open_sockets(url: str, tokens: Sequence[str], directory: Path) -> list[Row]:
    """Measure the memory that open sockets need in the front door."""
    front_door = psutil.Process(int((directory / "front-door.pid").read_text().split()[0]))
    limit = asyncio.Semaphore(_SOCKETS_PER_USER)

    async def open_one(stack: AsyncExitStack, token: str) -> None:
        async with limit:
            socket = await stack.enter_async_context(_connect(url, token))
            await Device(socket).receive_until(status="connected")

    wanted = [token for token in tokens for _ in range(_SOCKETS_PER_USER)][:_OPEN_SOCKETS]
    async with AsyncExitStack() as stack:
        before, start = front_door.memory_info().rss, time.perf_counter()
        await asyncio.gather(*(open_one(stack, token) for token in wanted))
        rate = len(wanted) / (time.perf_counter() - start)
        kilobytes = (front_door.memory_info().rss - before) / 1_024 / len(wanted)
    name = f"{len(wanted):,} open sockets: memory of the front door"
    return [Row(name, [f"{kilobytes:.0f} KB per socket", f"opened at {rate:.1f} connects/s"])]


async def _measure_all(stack: dict[str, Any], bot_id: str, directory: Path) -> list[Figure]:
    tokens = [sign_up(stack, *GROUP) for _ in range(max(*_ROUNDS, _STORM))]
    url = f"{stack['ws_url'].replace('localhost', '127.0.0.1')}?bot_id={bot_id}"
    return [await measure_messages(url, tokens), await measure_crowds(url, tokens, directory)]


def measure() -> list[Figure]:
    """Measure on the running stack, and return the figures."""
    file = find_stack_file(os.environ)
    stack = json.loads(file.read_text())
    with deploying_echo(stack):
        return asyncio.run(_measure_all(stack, publish_bot(None), file.parent))


if __name__ == "__main__":
    configure_as_function()
    for result in measure():
        publish(result)

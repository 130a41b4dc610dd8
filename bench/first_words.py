"""How soon a device shows the first words of a streamed answer, beside the echo of the platform itself.

The way of the words is measured on the running stack, from the server of a language model to a WebSocket client. The
server answers at once, so nothing but the stack takes time. The echo is the answer to a ``ping`` frame over the same
connection, alternately in the same run: it takes the same way back to the device.
"""

import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, ClassVar
from uuid import uuid4

from bench.figures import Column, Figure, Plot, Row, describe_origin, publish
from local.settings import find_stack_file
from tests.stack.bots import connect_aws, publish_package
from tests.stack.connection import Connection, open_connection
from tests.stack.users import sign_up

ROUNDS = 30
_WARM_UP_ROUNDS = 3
_GROUP = "bench"


class _Model(BaseHTTPRequestHandler):
    """Answers each request of a language model at once, with one piece that repeats the question."""

    protocol_version = "HTTP/1.1"
    pieces_sent: ClassVar[dict[str, float]] = {}

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][-1]["content"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.pieces_sent[question] = time.monotonic()
        self._write({"delta": {"content": question}})
        self._write({"delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def _write(self, choice: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def _serving_model() -> Iterator[int]:
    """Run the server of the model, and yield its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Model) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _publish_bot(stack: dict[str, Any], port: int) -> str:
    """Publish a bot with that model, which greets by itself, and return its id."""
    bot_id = f"bench-{uuid4().hex[:12]}"
    with TemporaryDirectory() as folder:
        config = Path(folder, f"{bot_id}.gbai", f"{bot_id}.gbot", "config.csv")
        config.parent.mkdir(parents=True)
        config.write_text(
            f"name,value\nllm-url,http://127.0.0.1:{port}/v1\nllm-model,bench\nwelcome-message,Welcome.\n"
            f"access,{_GROUP}\n"
        )
        return publish_package(config.parent.parent, stack, connect_aws(stack))


def _measure_echo(connection: Connection) -> float:
    start = time.monotonic()
    connection.send(type="ping")
    connection.receive_until(status="pong")
    return time.monotonic() - start


def _measure_first_words(connection: Connection) -> float:
    question = f"question {uuid4()}"
    connection.send_message(question)
    connection.receive_until(type="delta", content=question)
    received = time.monotonic()
    connection.receive_until(type="message", sender="bot")
    return received - _Model.pieces_sent[question]


def measure() -> Figure:
    """Run the benchmark on the running stack."""
    stack = json.loads(find_stack_file(os.environ).read_text())
    with _serving_model() as port:
        bot_id, token = _publish_bot(stack, port), sign_up(stack, _GROUP)
        query = f"?bot_id={bot_id}&stream=1"
        with open_connection(stack["ws_url"], token=token, query=query) as (connection, _):
            pairs = [
                (_measure_echo(connection), _measure_first_words(connection)) for _ in range(_WARM_UP_ROUNDS + ROUNDS)
            ][_WARM_UP_ROUNDS:]
    echoes, words = zip(*pairs, strict=True)
    ratio = statistics.median(words) / statistics.median(echoes)
    return Figure(
        name="first_words",
        title="first words of a streamed answer",
        compared="the way of the words, from a language model that answers at once to a device with `?stream=1`, with"
        " the echo of the platform over the same connection.",
        repeated=f"{ROUNDS} rounds, alternately.",
        origin=describe_origin(),
        columns=(Column("median", "ms"), Column("90 of 100", "ms")),
        rows=(
            _build_row("from the model's first piece to the device", words),
            _build_row("echo: `ping` to `pong`", echoes),
        ),
        plot=Plot("bars", ("median", "90 of 100")),
        note=f"First words / echo: {ratio:.2f}. Between the piece and the frame there are one query for the owner's"
        " devices and one frame.",
    )


def _build_row(label: str, seconds: Sequence[float]) -> Row:
    ninetieth = statistics.quantiles(seconds, n=10)[-1]
    return Row(label, (round(statistics.median(seconds) * 1_000, 1), round(ninetieth * 1_000, 1)))


if __name__ == "__main__":
    publish(measure())

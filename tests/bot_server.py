"""A bot server on loopback that behaves as a test scripts it, also in every wrong way."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

LOOPBACK = "127.0.0.1"

type Behaviour = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it arrived."""

    line: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class ScriptedServer:
    """Answers each request with the next behaviour, and then with the last one again.

    Attributes
    ----------
    behaviours
        What it does with each request, in order.
    port
        Its port.
    requests
        What it received.
    """

    behaviours: Sequence[Behaviour]
    port: int = 0
    requests: list[ReceivedRequest] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://bots.test:{self.port}/answer"

    def answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            request = _receive(connection)
            behaviour = self.behaviours[min(len(self.requests), len(self.behaviours) - 1)]
            self.requests.append(request)
            behaviour(connection)


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[ScriptedServer]:
    """Run a server."""
    server = ScriptedServer(behaviours)
    with socket.create_server((LOOPBACK, 0)) as listener:
        server.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    Thread(target=server.answer, args=(connection,), daemon=True).start()

        Thread(target=accept, daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def _receive(connection: socket.socket) -> ReceivedRequest:
    with connection.makefile("rb") as file:
        line = file.readline().decode().strip()
        headers = {}
        while header := file.readline().decode().strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        return ReceivedRequest(line, headers, file.read(int(headers.get("content-length", 0))))


def respond(status: int = 200, body: bytes = b"", **headers: str) -> Behaviour:
    """Return the behaviour of a complete response."""
    lines = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return send(f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body)


def respond_json(content: object, status: int = 200) -> Behaviour:
    """Return the behaviour of a response with JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return respond(status, body, Content_Type="application/json; charset=utf-8")


def stream(*events: str, pause: float = 0, ends: bool = True) -> Behaviour:
    """Return the behaviour of a response of events, one chunk each; without its end if it is cut."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [f"{len(event.encode()):x}\r\n".encode() + event.encode() + b"\r\n" for event in events]
    return send(head, *chunks, *([b"0\r\n\r\n"] if ends else []), pause=pause)


def event(name: str, **data: object) -> str:
    """Return an event as text."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def send(*pieces: bytes, pause: float = 0) -> Behaviour:
    """Return the behaviour of some bytes, piece by piece, and the end of the connection."""

    def behave(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return behave


def wait(connection: socket.socket) -> None:
    """Behaviour: say nothing until the client closes the connection."""
    connection.settimeout(20)
    connection.recv(1)


def send_and_wait(*pieces: bytes, hung_up: Event) -> Behaviour:
    """Return the behaviour of some bytes, and of waiting for the client to close the connection."""

    def behave(connection: socket.socket) -> None:
        send(*pieces)(connection)
        wait(connection)
        hung_up.set()

    return behave

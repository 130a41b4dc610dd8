"""Webhook bots on the stack whose servers run on this machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from socket import socket
from typing import Any, Protocol
from uuid import uuid4

import pytest

from conversations.domain.webhook_signature import make_secret
from tests.bot_server import ScriptedServer, event, send
from tests.stack.bots import publish_package

_WAIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class PublishedBot:
    """A webhook bot whose server runs here."""

    id: str
    secret: str


class Publish(Protocol):
    """Publishes the bot of a server."""

    def __call__(self, server: ScriptedServer, *, welcome: str = "", bot_id: str | None = None) -> PublishedBot:
        """Publish it, by default under a new id; with ``welcome`` the server is not asked for a greeting."""
        ...


@contextmanager
def publishing_webhook_bots(stack: dict[str, Any], aws: Callable[[str], Any], folder: Path) -> Iterator[Publish]:
    """Provide a function that publishes the bot of a server, with a new secret in Systems Manager.

    The package of the bot is written to ``folder``.
    """
    if not stack.get("aws_endpoint"):
        # CI tests a local stack, so it skips nothing.
        pytest.skip("functions on AWS cannot reach a server on this machine")
    ssm, names = aws("ssm"), []
    stack_name = stack["outputs"]["RunTurnFunctionName"].partition("-RunTurnFunction")[0]

    def publish_bot(server: ScriptedServer, *, welcome: str = "", bot_id: str | None = None) -> PublishedBot:
        bot = PublishedBot(bot_id or f"shop-{uuid4().hex[:12]}", make_secret())
        name = f"/conversations/{stack_name}/{bot.id}"
        ssm.put_parameter(Name=name, Value=bot.secret, Type="SecureString")
        names.append(name)
        config = folder / f"{bot.id}.gbai" / f"{bot.id}.gbot" / "config.csv"
        config.parent.mkdir(parents=True)
        url = f"http://127.0.0.1:{server.port}/answer"
        config.write_text(
            f"name,value\nwebhook-url,{url}\nwebhook-secret,ssm:{name}\nfallback-message,Not now.\n"
            + (f"welcome-message,{welcome}\n" if welcome else "")
        )
        publish_package(config.parent.parent, stack, aws)
        return bot

    yield publish_bot
    for name in names:
        ssm.delete_parameter(Name=name)


class Pen:
    """Writes an answer piece by piece, when the test says so."""

    def __init__(self) -> None:
        self._pieces: Queue[str | None] = Queue()

    def write(self, text: str) -> None:
        """Write a piece."""
        self._pieces.put(text)

    def finish(self) -> None:
        """End the answer."""
        self._pieces.put(None)

    def behave(self, connection: socket) -> None:
        """Behaviour of a server: stream what is written, until the answer ends or nothing more is written for long."""
        send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")(connection)
        # Nobody finishes an answer that the user has stopped.
        with suppress(Empty):
            while (piece := self._pieces.get(timeout=_WAIT_SECONDS)) is not None:
                send(event("delta", content=piece).encode())(connection)
            send(event("done").encode())(connection)

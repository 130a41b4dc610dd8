"""Wakes the functions that a first message meets, before the first visitor sends it: ``python -m local.warm ORIGIN``.

A cold function takes a second on a laptop, and there are four of them one after another; on AWS they stay warm while
anybody talks. The visitor who comes here says nothing, so nothing stays but a session that runs out.
"""

import asyncio
import os
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from local.processes import Daemon
from local.settings import ROOT, Settings

_SECONDS = 30
_NO_MESSAGE = '{"type":"message"}'


def visitor(settings: Settings) -> Daemon:
    """Return the process of a visit that nobody waits for."""
    return Daemon("first visitor", settings.directory / "visitor.pid", settings.logs / "visitor.log")


def warm_behind(settings: Settings) -> None:
    """Wake the functions while the command that starts the stack returns already."""
    command = [sys.executable, "-m", "local.warm", settings.front_door_url]
    visitor(settings).start(command, os.environ, ROOT)


def warm(origin: str) -> bool:
    """Open a socket, wait for what the queue's consumer sends, get a frame refused, and tell whether all that went."""
    try:
        asyncio.run(_visit(origin.replace("http", "ws", 1)))
    except (TimeoutError, OSError, WebSocketException):
        return False
    return True


async def _visit(origin: str) -> None:
    async with asyncio.timeout(_SECONDS), connect(f"{origin}/ws", proxy=None) as socket:
        await socket.recv()
        await socket.send(_NO_MESSAGE)
        await socket.recv()


if __name__ == "__main__":
    sys.exit(not warm(sys.argv[1]))

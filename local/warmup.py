"""Warms up the functions that the first message and the first stop button invoke: ``python -m local.warmup ORIGIN``.

A cold start takes a second on a laptop, and four functions are invoked one after another; on AWS they stay warm while
there is traffic. The warm-up connects as an anonymous visitor and sends no message, so it leaves only a conversation
that expires.
"""

import asyncio
import json
import os
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from local.processes import Daemon
from local.settings import ROOT, Settings

WARMUP_TIMEOUT = 30
_INVALID_FRAME = '{"type":"message"}'


def get_warmup_process(settings: Settings) -> Daemon:
    """Return the process of a warm-up in the background."""
    return Daemon("warm-up", settings.directory / "warmup.pid", settings.logs / "warmup.log")


def warm_up_in_background(settings: Settings) -> None:
    """Warm up the functions in a background process."""
    command = [sys.executable, "-m", "local.warmup", settings.front_door_url]
    get_warmup_process(settings).start(command, os.environ, ROOT)


def warm_up(origin: str) -> bool:
    """Connect, send an invalid message and a stop request, and wait for the answers. Return whether it worked."""
    try:
        asyncio.run(_connect_once(origin.replace("http", "ws", 1)))
    except (TimeoutError, OSError, WebSocketException):
        return False
    return True


async def _connect_once(origin: str) -> None:
    async with asyncio.timeout(WARMUP_TIMEOUT), connect(f"{origin}/ws", proxy=None) as socket:
        connected = json.loads(await socket.recv())
        await socket.send(_INVALID_FRAME)
        await socket.send(json.dumps({"type": "stop", "session_id": connected["session_id"]}))
        is_refused = is_idle = False
        while not (is_refused and is_idle):
            frame = json.loads(await socket.recv())
            is_refused |= frame["type"] == "error"
            # The greeting may still be in progress.
            is_idle |= frame.get("status") in {"idle", "stopping"}


if __name__ == "__main__":
    sys.exit(not warm_up(sys.argv[1]))

"""Wakes the functions that a first message meets, before the first visitor sends it.

A cold function takes a second on a laptop, and there are four of them one after another; on AWS they stay warm while
anybody talks. The visitor who comes here says nothing, so nothing stays but a session that runs out.
"""

import asyncio

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from local.settings import Settings

_SECONDS = 30
_NO_MESSAGE = '{"type":"message"}'


def warm(settings: Settings) -> bool:
    """Open a socket, wait for what the queue's consumer sends, get a frame refused, and tell whether all that went."""
    try:
        asyncio.run(_visit(settings.front_door_url.replace("http", "ws", 1)))
    except (TimeoutError, OSError, WebSocketException):
        return False
    return True


async def _visit(origin: str) -> None:
    async with asyncio.timeout(_SECONDS), connect(f"{origin}/ws", proxy=None) as socket:
        await socket.recv()
        await socket.send(_NO_MESSAGE)
        await socket.recv()

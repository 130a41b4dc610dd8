"""The front door's routes."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route, WebSocketRoute

from local.front_door.pages import Demo, Pages, Viewers
from local.front_door.rest import RestApi
from local.front_door.sockets import LARGEST_FRAME, LARGEST_MESSAGE, SocketApi
from local.front_door.told import Told

# Lambda gives every simultaneous call a worker; MiniStack does too, each a second of a laptop and 50 MB of it. So
# only so many requests and handshakes go on at once, and the others wait. Sockets that are open do not count.
_AT_ONCE = 2 * max(2, os.cpu_count() or 2)
_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
# Another name for this address would be a page elsewhere that had itself resolved to us.
_HOSTS = ["localhost", "127.0.0.1"]


def create_app(told: Told) -> Starlette:
    """Return the front door of one stack."""
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=None))
    turnstile = asyncio.Semaphore(_AT_ONCE)
    rest, sockets, demo = RestApi(told, turnstile, transport), SocketApi(told, turnstile), Demo(told, transport)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with transport:
            yield

    return Starlette(
        routes=[
            Route("/api", rest.answer, methods=_METHODS),
            Route("/api/{path:path}", rest.answer, methods=_METHODS),
            WebSocketRoute("/ws", sockets.serve),
            Route("/config.json", demo.config),
            Route("/demo/token", demo.token, methods=["POST"]),
            Route("/.well-known/jwks.json", demo.keys),
            Route("/docs", lambda _: RedirectResponse("/docs/")),
            Route("/docs/{name:path}", Viewers().answer),
            Mount("/", Pages(told.web)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)],
        lifespan=lifespan,
    )


def create_server(told: Told) -> uvicorn.Server:
    """Return the server, on loopback only, with API Gateway's limits for what a socket sends."""
    logging.getLogger("uvicorn.error").addFilter(_worth_saying)
    return uvicorn.Server(
        uvicorn.Config(
            create_app(told),
            host="127.0.0.1",
            port=told.port,
            ws="websockets-sansio",
            # websockets takes the limits of a message and of a frame; uvicorn passes on what it gets.
            ws_max_size=(LARGEST_MESSAGE, LARGEST_FRAME),  # type: ignore[arg-type]
            # API Gateway neither compresses nor pings.
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            access_log=False,
            server_header=False,
            # Nobody stands before us: a client that says otherwise must not be believed.
            proxy_headers=False,
            timeout_graceful_shutdown=5,
            log_level="warning",
        )
    )


def _worth_saying(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says of every handshake that the application refuses in words of its own."""
    return "without completing handshake" not in record.msg

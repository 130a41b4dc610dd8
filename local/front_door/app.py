"""The application and the server of the front door."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route, WebSocketRoute

from local.front_door.config import FrontDoorConfig
from local.front_door.hosted_sign_in import HostedSignIn
from local.front_door.http_protocol import ProblemProtocol
from local.front_door.mail_form import MailForm
from local.front_door.mailbox import Mailbox
from local.front_door.origin_guard import OriginGuard
from local.front_door.pages import Demo, Pages, Viewers, WidgetFiles
from local.front_door.problems import handle_error
from local.front_door.rest import RestApi
from local.front_door.sockets import MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, SocketApi, refuse_unknown_path
from local.front_door.uploads import Uploads

# Lambda starts a worker for every concurrent invocation. MiniStack does the same, at a second of CPU time and 50 MB per
# worker. So the number of concurrent requests and handshakes is limited, and others wait. Open sockets do not count.
_MAX_CONCURRENT = 2 * max(2, os.cpu_count() or 2)


class AnyPathConvertor(PathConvertor):
    """Matches every rest of a path. Starlette's own convertor matches none with a newline (``%0A``)."""

    regex = "(?s:.*)"


register_url_convertor("any", AnyPathConvertor())


def create_app(config: FrontDoorConfig) -> Starlette:
    """Create the application of the front door."""
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=None))
    semaphore = asyncio.Semaphore(_MAX_CONCURRENT)
    widget = WidgetFiles(config.web / "widget/dist")
    viewers = Viewers()
    emulator = httpx.AsyncClient(transport=transport, base_url=config.aws_endpoint)
    rest, sockets, demo = RestApi(config, semaphore, transport), SocketApi(config, semaphore), Demo(config, emulator)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with transport:
            yield

    return Starlette(
        routes=[
            Route("/api", rest),
            Route("/api/{path:any}", rest),
            Route("/uploads/{bucket}", Uploads(emulator).handle, methods=["POST", "OPTIONS"]),
            WebSocketRoute("/ws", sockets.handle),
            WebSocketRoute("/{path:path}", refuse_unknown_path),
            Route("/config.json", demo.get_config),
            Route("/demo/token", demo.issue_token, methods=["POST"]),
            Route("/.well-known/jwks.json", demo.get_keys),
            *HostedSignIn(config.cognito, emulator).list_routes(),
            Route("/widget.js", widget.handle),
            Route("/widget/{name}", widget.handle),
            Route("/mailbox", Mailbox(emulator).handle, methods=["GET"]),
            Route("/mailbox", MailForm(emulator, config).handle, methods=["POST"]),
            Route("/mailbox/{mail}/{number:int}", Mailbox(emulator).handle_attachment),
            Route("/docs", viewers.handle),
            Route("/docs/{name:path}", viewers.handle),
            # For apps in development that use the client without a bundler.
            Mount("/client/dist", Pages(config.web / "client/dist")),
            Mount("/", Pages(config.web / "page/dist")),
        ],
        middleware=[Middleware(OriginGuard, allowed_origins=config.preflight.origins)],
        exception_handlers={HTTPException: handle_error, Exception: handle_error},
        lifespan=lifespan,
    )


def create_server(config: FrontDoorConfig) -> uvicorn.Server:
    """Create the server, on loopback only, with API Gateway's limits of WebSocket messages and frames."""
    logging.getLogger("uvicorn.error").addFilter(_is_relevant)
    return uvicorn.Server(
        uvicorn.Config(
            create_app(config),
            host="127.0.0.1",
            port=config.port,
            http=ProblemProtocol,
            ws="websockets-sansio",
            # websockets accepts a pair of limits (message, frame), and uvicorn passes it on unchanged.
            ws_max_size=(MAX_MESSAGE_BYTES, MAX_FRAME_BYTES),  # type: ignore[arg-type]
            # API Gateway neither compresses messages nor sends pings.
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            access_log=False,
            server_header=False,
            # There is no proxy in front of this server, so forwarded headers of clients are not trusted.
            proxy_headers=False,
            timeout_graceful_shutdown=5,
            log_level="warning",
        )
    )


def _is_relevant(record: logging.LogRecord) -> bool:
    """Filter out the message that uvicorn logs for every handshake that the application refuses."""
    return "without completing handshake" not in record.msg

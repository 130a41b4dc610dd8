"""A front door in front of a fake emulator, over real sockets."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from local.emulator.browser_guard import BrowserGuard
from local.front_door.app import create_server
from local.front_door.config import FrontDoorConfig
from local.template import read_preflight

type Frame = dict[str, Any]

API = "/_aws/execute-api"
TIMEOUT_SECONDS = 10


class FakeAws:
    """Echoes requests and frames, and fails like MiniStack on request."""

    def __init__(self) -> None:
        self.disconnects = 0
        services = Starlette(
            routes=[
                Route(f"{API}/rest1/api/{{path:any}}", self.rest, methods=["GET", "POST", "DELETE", "OPTIONS"]),
                WebSocketRoute(f"{API}/sock1/ws", self.socket),
                Route("/pool1/.well-known/jwks.json", self.keys),
                Route("/pool1/.well-known/openid-configuration", self.describe),
                Route("/oauth2/authorize", self.echo_sign_in),
                Route("/login", self.echo_sign_in, methods=["POST"]),
                Route("/", self.sign_in, methods=["POST"]),
                Route("/files/{name}", self.file),
                Route("/_ministack/health", self.health, methods=["GET", "OPTIONS", "POST"]),
            ]
        )
        self.app = BrowserGuard(services)

    async def rest(self, request: Request) -> Response:
        body = await request.body()
        match request.path_params["path"]:
            case "raises":
                return JSONResponse({"errorMessage": "secret", "errorType": "KeyError"}, 502)
            case "busy":
                return JSONResponse({"type": "about:blank", "status": 503, "error": "unavailable"}, 503)
            case "cookies":
                response = Response("created", 201, {"X-Custom": "yes"})
                response.raw_headers += [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
                return response
            case "download" | "elsewhere" as path:
                own = f"http://{request.headers['host']}" if path == "download" else "https://files.example"
                return Response(status_code=302, headers={"Location": f"{own}/files/a%21b.html?X-Amz-Signature=%2B"})
        target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        echo = {"method": request.method, "target": target.decode(), "size": len(body)}
        return JSONResponse(echo | {"headers": request.headers.items()})

    async def socket(self, socket: WebSocket) -> None:
        query = socket.query_params
        if "refused" in query:
            return await socket.send_denial_response(
                JSONResponse({"message": query.get("message", "")}, int(query["refused"]))
            )
        await socket.accept()
        async for text in socket.iter_text():
            match text:
                case "handshake":
                    handshake = {"headers": socket.headers.items(), "source": socket.client, "query": str(query)}
                    await socket.send_json(handshake)
                case "raise":
                    await socket.send_text("'secret'")
                case "bye":
                    return await socket.close(1000)
                case "restart":
                    return await socket.close(1001)
                case _:
                    await socket.send_json({"length": len(text)})
        self.disconnects += 1
        return None

    async def file(self, request: Request) -> Response:
        signed = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        headers = {"Content-Disposition": "attachment; filename=b.html", "Access-Control-Allow-Origin": "*"}
        return Response(signed, 200, headers, media_type="text/html")

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"services": {}}, headers={"Access-Control-Allow-Origin": "*"})

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": []})

    async def describe(self, _request: Request) -> Response:
        names = ("authorization", "token", "userinfo", "end_session")
        endpoints = {f"{name}_endpoint": f"http://emulator:4566/oauth2/{name}" for name in names}
        return JSONResponse({"issuer": "https://cognito.example/pool1", **endpoints})

    async def echo_sign_in(self, request: Request) -> Response:
        body = (await request.body()).decode()
        echo = {"query": request.url.query, "body": body, "headers": request.headers.items()}
        return JSONResponse(echo, 302 if body else 200, {"Location": "http://localhost/?code=1"} if body else None)

    async def sign_in(self, request: Request) -> Response:
        body = await request.json()
        assert request.headers["x-amz-target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
        username = body["AuthParameters"]["USERNAME"]
        return JSONResponse({"AuthenticationResult": {"AccessToken": f"token of {username}", "ExpiresIn": 3600}})


@contextmanager
def serving(server: uvicorn.Server) -> Iterator[int]:
    """Run a server on a free loopback port in a thread."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def fake_aws() -> Iterator[tuple[FakeAws, str]]:
    fake = FakeAws()
    config = uvicorn.Config(
        fake.app, host="127.0.0.1", port=0, ws="websockets-sansio", log_level="critical", lifespan="off"
    )
    with serving(uvicorn.Server(config)) as port:
        yield fake, f"http://127.0.0.1:{port}"


type MakeDoor = Callable[..., str]


@pytest.fixture(scope="module")
def make_door(fake_aws: tuple[FakeAws, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeDoor]:
    """Start front doors with the given settings and return their URLs."""
    web = tmp_path_factory.mktemp("web")
    for name in ("dist/index.html", "dist/assets/page-1.js", "src/main.ts", "package.json", ".npmrc"):
        file = web / "page" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("<!doctype html>" if file.suffix == ".html" else "{}")
    for name in ("dist/widget.js", "dist/widget/app-1.js", "dist/widget/app-1.js.map", "src/widget.ts", "package.json"):
        file = web / "widget" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    servers: list[Any] = []

    def make(**overrides: object) -> str:
        server = serving(create_server(create_config(web, **({"aws_endpoint": fake_aws[1]} | overrides))))
        port = server.__enter__()
        servers.append(server)
        return f"http://127.0.0.1:{port}"

    yield make
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def door(make_door: MakeDoor) -> str:
    return make_door()


@pytest.fixture(scope="module")
def client(door: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=door, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        yield client


def create_config(web: Path, **overrides: object) -> FrontDoorConfig:
    return FrontDoorConfig.model_validate(
        {
            "port": 0,
            "web": web,
            "rest_api": "rest1",
            "socket_api": "sock1",
            "drive_bucket": "drive1",
            "received_mails_queue": "queue1",
            "plan_keys": {"free": "the plan's key", "partner": "the partners' key"},
            "cognito": {"user_pool_id": "pool1", "client_id": "client1"},
            "users": {"user1": {"username": "user1", "password": "secret"}},
            "gateway_responses": {
                "REQUEST_TOO_LARGE": create_gateway_response(413, "payload_too_large"),
                "DEFAULT_4XX": create_gateway_response(400, "invalid_request"),
                "MISSING_AUTHENTICATION_TOKEN": create_gateway_response(404, "not_found"),
                "DEFAULT_5XX": create_gateway_response(500, "internal"),
            },
            "preflight": read_preflight(),
        }
        | overrides
    )


def create_gateway_response(status: int, code: str) -> dict[str, Any]:
    return {
        "StatusCode": status,
        "ResponseTemplates": {"application/json": json.dumps({"error": code})},
        "ResponseParameters": {"Headers": {"Content-Type": "'application/problem+json'"}},
    }


@asynccontextmanager
async def open_socket(
    door: str, query: str = "", headers: dict[str, str] | None = None, protocols: Sequence[str] = ()
) -> AsyncIterator[ClientConnection]:
    url = door.replace("http", "ws", 1) + "/ws" + query
    subprotocols = [Subprotocol(protocol) for protocol in protocols] or None
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        connect(url, additional_headers=headers, subprotocols=subprotocols, proxy=None) as socket,
    ):
        yield socket


async def exchange(socket: ClientConnection, text: str) -> Frame:
    await socket.send(text)
    return dict(json.loads(await socket.recv()))

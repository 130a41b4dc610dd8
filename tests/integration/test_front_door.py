"""The front door before a small stand-in for the local AWS, over real sockets."""

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
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from local.front_door.app import create_server
from local.front_door.told import Told

type Answer = dict[str, Any]

_API = "/_aws/execute-api"
_TIMEOUT = 10


# ---------------------------------------------------------------------------------------------- the stand-in
class Aws:
    """Echoes what reaches it, and misbehaves as MiniStack does when asked to."""

    def __init__(self) -> None:
        self.closed_with: list[int] = []
        self.app = Starlette(
            routes=[
                Route(f"{_API}/rest1/api/{{path:path}}", self.rest, methods=["GET", "POST", "DELETE"]),
                WebSocketRoute(f"{_API}/sock1/ws", self.socket),
                Route("/pool1/.well-known/jwks.json", self.keys),
                Route("/", self.sign_in, methods=["POST"]),
            ]
        )

    async def rest(self, request: Request) -> Response:
        body = await request.body()
        match request.path_params["path"]:
            case "raises":
                return JSONResponse({"errorMessage": "secret", "errorType": "KeyError"}, 502)
            case "busy":
                return JSONResponse({"type": "about:blank", "status": 503, "error": "unavailable"}, 503)
            case "cookies":
                response = Response("kept", 201, {"X-Kept": "yes"})
                response.raw_headers += [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
                return response
        target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        echo = {"method": request.method, "target": target.decode(), "size": len(body)}
        return JSONResponse(echo | {"headers": request.headers.items()})

    async def socket(self, socket: WebSocket) -> None:
        query = socket.query_params
        if "refused" in query:
            return await socket.send_denial_response(JSONResponse({"message": ""}, int(query["refused"])))
        await socket.accept()
        async for text in socket.iter_text():
            match text:
                case "who":
                    found = {"headers": socket.headers.items(), "source": socket.client, "query": str(query)}
                    await socket.send_json(found)
                case "raise":
                    await socket.send_text("'secret'")
                case "bye":
                    return await socket.close(1000)
                case "restart":
                    return await socket.close(1001)
                case _:
                    await socket.send_json({"length": len(text)})
        self.closed_with.append(1)
        return None

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": []})

    async def sign_in(self, request: Request) -> Response:
        asked = await request.json()
        assert request.headers["x-amz-target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
        username = asked["AuthParameters"]["USERNAME"]
        return JSONResponse({"AuthenticationResult": {"AccessToken": f"token of {username}", "ExpiresIn": 3600}})


@contextmanager
def serve_issuer(server: uvicorn.Server) -> Iterator[int]:
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
def aws() -> Iterator[tuple[Aws, str]]:
    stand_in = Aws()
    config = uvicorn.Config(
        stand_in.app, host="127.0.0.1", port=0, ws="websockets-sansio", log_level="critical", lifespan="off"
    )
    with serve_issuer(uvicorn.Server(config)) as port:
        yield stand_in, f"http://127.0.0.1:{port}"


type MakeDoor = Callable[..., str]


@pytest.fixture(scope="module")
def make_door(aws: tuple[Aws, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeDoor]:
    """Opens front doors with wishes of their own and says where."""
    web = tmp_path_factory.mktemp("web")
    (web / "index.html").write_text("<!doctype html>")
    (web / "chat.mjs").write_text("export {}")
    for name in ("dist/index.js", "src/index.ts", "node_modules/typescript/package.json", ".npmrc"):
        file = web / "client" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    opened: list[Any] = []

    def make(**wishes: object) -> str:
        door = serve_issuer(create_server(a_told(web, **({"aws_endpoint": aws[1]} | wishes))))
        port = door.__enter__()
        opened.append(door)
        return f"http://127.0.0.1:{port}"

    yield make
    for door in opened:
        door.__exit__(None, None, None)


@pytest.fixture(scope="module")
def door(make_door: MakeDoor) -> str:
    return make_door()


@pytest.fixture(scope="module")
def client(door: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=door, trust_env=False, timeout=_TIMEOUT) as client:
        yield client


def a_told(web: Path, **wishes: object) -> Told:
    return Told.model_validate(
        {
            "port": 0,
            "web": web,
            "rest_api": "rest1",
            "socket_api": "sock1",
            "plan_keys": {"free": "the plan's key", "partner": "the partners' key"},
            "cognito": {"user_pool_id": "pool1", "client_id": "client1"},
            "users": {"user1": {"username": "user1", "password": "secret"}},
            "gateway_responses": {
                "REQUEST_TOO_LARGE": a_gateway_response(413, "payload_too_large"),
                "DEFAULT_5XX": a_gateway_response(500, "internal"),
            },
        }
        | wishes
    )


def a_gateway_response(status: int, word: str) -> dict[str, Any]:
    return {
        "StatusCode": status,
        "ResponseTemplates": {"application/json": json.dumps({"error": word})},
        "ResponseParameters": {"Headers": {"Content-Type": "'application/problem+json'"}},
    }


# ---------------------------------------------------------------------------------------------- REST
def test_a_request_arrives_as_it_was_sent(client: httpx.Client) -> None:
    answer = client.post("/api/a%2Fb%20c?x=%C3%A9&x=2&y=", content=b"12345", headers={"Authorization": "Bearer t"})

    echo = answer.json()
    assert echo["method"] == "POST"
    assert echo["target"] == f"{_API}/rest1/api/a%2Fb%20c?x=%C3%A9&x=2&y="
    assert echo["size"] == 5
    assert ["authorization", "Bearer t"] in echo["headers"]


def test_the_caller_is_given_the_plans_key_and_their_own_address(client: httpx.Client) -> None:
    lies = {"x-api-key": "mine", "X-Forwarded-For": "203.0.113.9"}

    headers = client.get("/api/echo", headers=lies).json()["headers"]

    assert [value for name, value in headers if name == "x-api-key"] == ["the plan's key"]
    assert [value for name, value in headers if name == "x-forwarded-for"] == ["127.0.0.1"]


def test_an_answer_returns_as_it_was_given(client: httpx.Client) -> None:
    answer = client.get("/api/cookies")

    assert (answer.status_code, answer.text, answer.headers["x-kept"]) == (201, "kept", "yes")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_the_failure_of_a_function_keeps_its_secrets(client: httpx.Client) -> None:
    answer = client.get("/api/raises")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"error": "internal"}


def test_a_problem_of_ours_is_left_alone(client: httpx.Client) -> None:
    answer = client.get("/api/busy")

    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")


def test_ten_megabytes_are_the_most(client: httpx.Client) -> None:
    most = 10 * 1024 * 1024

    assert client.post("/api/echo", content=bytes(most)).json()["size"] == most
    refused = client.post("/api/echo", content=bytes(most + 1))
    assert (refused.status_code, refused.json()) == (413, {"error": "payload_too_large"})


def test_without_a_stack_the_api_is_unavailable(make_door: MakeDoor) -> None:
    door = make_door(aws_endpoint="http://127.0.0.1:1")

    answer = httpx.get(f"{door}/api/health", trust_env=False)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"] == "unavailable"
    assert httpx.post(f"{door}/demo/token", json={"username": "user1"}, trust_env=False).status_code == 503


def test_no_other_name_is_answered(client: httpx.Client) -> None:
    # A page elsewhere could have its own name resolved to this address.
    assert client.get("/config.json", headers={"Host": "evil.example"}).status_code == 400


# ---------------------------------------------------------------------------------------------- the page
def test_pages_run_nothing_but_their_own(client: httpx.Client) -> None:
    page, module = client.get("/"), client.get("/chat.mjs")

    assert page.headers["content-type"].startswith("text/html")
    assert module.headers["content-type"].startswith("text/javascript")
    assert page.headers["content-security-policy"].startswith("default-src 'self'; connect-src 'self' ws:")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert client.get("/nothing.js").status_code == 404


def test_of_the_client_only_what_was_compiled_is_served(client: httpx.Client) -> None:
    assert client.get("/client/dist/index.js").status_code == 200
    for path in ("src/index.ts", "node_modules/typescript/package.json", ".npmrc", "dist/%2e%2e/.npmrc", "/.npmrc"):
        assert client.get(f"/client/{path}").status_code == 404


def test_the_page_learns_where_everything_is(client: httpx.Client) -> None:
    assert client.get("/config.json").json() == {
        "api_url": "/api",
        "ws_path": "/ws",
        "demo_users": [{"username": "user1", "password": "secret"}],
    }


def test_demo_users_are_signed_in(client: httpx.Client) -> None:
    answer = client.post("/demo/token", json={"username": "user1"})

    assert answer.json() == {"token": "token of user1", "expires_in": 3600}


@pytest.mark.parametrize("body", [b'{"username":"root"}', b'{"username":["user1"]}', b"[]", b"{}", b"{", b"\xff"])
def test_nobody_else_is_signed_in(client: httpx.Client, body: bytes) -> None:
    assert client.post("/demo/token", content=body).status_code == 404


def test_the_issuers_keys_are_published(client: httpx.Client) -> None:
    assert client.get("/.well-known/jwks.json").json() == {"keys": []}


# ---------------------------------------------------------------------------------------------- the socket
@asynccontextmanager
async def a_socket(
    door: str, query: str = "", headers: dict[str, str] | None = None, protocols: Sequence[str] = ()
) -> AsyncIterator[ClientConnection]:
    url = door.replace("http", "ws", 1) + "/ws" + query
    offered = [Subprotocol(protocol) for protocol in protocols] or None
    async with (
        asyncio.timeout(_TIMEOUT),
        connect(url, additional_headers=headers, subprotocols=offered, proxy=None) as socket,
    ):
        yield socket


async def answer_to(socket: ClientConnection, text: str) -> Answer:
    await socket.send(text)
    return dict(json.loads(await socket.recv()))


async def code_after(socket: ClientConnection, *frames: str | bytes | list[str]) -> int:
    """Send and return the code the other side closes with."""
    try:
        for frame in frames:
            await socket.send(frame)
        async for _ in socket:
            pass
    except ConnectionClosed:
        pass
    code = socket.close_code
    assert code is not None
    return int(code)


def test_a_handshake_arrives_with_its_query_headers_and_protocols(door: str) -> None:
    async def scenario() -> tuple[str | None, Answer]:
        headers = {"Authorization": "Bearer t", "X-Forwarded-For": "203.0.113.9"}
        async with a_socket(door, "?ticket=a%2Fb", headers, ["bearer", "a.b.c"]) as socket:
            return socket.subprotocol, await answer_to(socket, "who")

    subprotocol, found = asyncio.run(scenario())

    headers = dict(found["headers"])
    assert subprotocol == "bearer"
    assert found["query"] == "ticket=a%2Fb"
    assert headers["authorization"] == "Bearer t"
    assert headers["sec-websocket-protocol"].replace(" ", "") == "bearer,a.b.c"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert found["source"][0] == "127.0.0.1"


def test_a_protocol_nobody_offered_is_not_answered(door: str) -> None:
    async def scenario() -> str | None:
        async with a_socket(door) as socket:
            return socket.subprotocol

    assert asyncio.run(scenario()) is None


@pytest.mark.parametrize(("given", "expected"), [(500, 401), (403, 403), (429, 429)])
def test_a_refused_handshake_has_the_status_aws_gives(door: str, given: int, expected: int) -> None:
    async def scenario() -> None:
        async with a_socket(door, f"?refused={given}"):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(scenario())
    assert refused.value.response.status_code == expected


def test_frames_and_messages_have_the_sizes_of_api_gateway(door: str) -> None:
    async def scenario() -> tuple[Answer, Answer, int, int]:
        frame = "x" * 32 * 1024
        async with a_socket(door) as socket:
            one = await answer_to(socket, frame)
            await socket.send([frame] * 4)
            four = json.loads(await socket.recv())
            larger_frame = await code_after(socket, frame + "x")
        async with a_socket(door) as socket:
            larger_message = await code_after(socket, [*[frame] * 4, "x"])
        return one, four, larger_frame, larger_message

    assert asyncio.run(scenario()) == ({"length": 32 * 1024}, {"length": 128 * 1024}, 1009, 1009)


def test_a_very_large_message_is_told_too(door: str) -> None:
    # What is still on its way when the socket is closed must not turn the close into a reset.
    async def scenario() -> int:
        async with a_socket(door) as socket:
            return await code_after(socket, "x" * 5_000_000)

    assert asyncio.run(scenario()) == 1009


def test_binary_frames_are_not_understood(door: str) -> None:
    async def scenario() -> int:
        async with a_socket(door) as socket:
            return await code_after(socket, b"\0")

    assert asyncio.run(scenario()) == 1003


def test_a_socket_on_which_nobody_speaks_is_closed(make_door: MakeDoor) -> None:
    async def scenario() -> tuple[float, int]:
        async with a_socket(make_door(idle_seconds=0.5)) as socket:
            for _ in range(4):
                await asyncio.sleep(0.25)
                await answer_to(socket, "still here")
            since = time.monotonic()
            code = await code_after(socket)
            return time.monotonic() - since, code

    silence, code = asyncio.run(scenario())

    assert code == 1001
    assert silence == pytest.approx(0.5, abs=0.3)


def test_no_socket_lives_for_ever(make_door: MakeDoor) -> None:
    async def scenario() -> int:
        async with a_socket(make_door(max_seconds=0.5)) as socket:
            while socket.close_code is None:
                try:
                    await answer_to(socket, "still here")
                except ConnectionClosed:
                    break
            return int(socket.close_code or 0)

    assert asyncio.run(scenario()) == 1001


def test_what_a_failed_function_says_does_not_reach_the_client(door: str) -> None:
    async def scenario() -> Answer:
        async with a_socket(door) as socket:
            return await answer_to(socket, "raise")

    assert asyncio.run(scenario()) == {"message": "Internal server error"}


@pytest.mark.parametrize(("ending", "expected"), [("bye", 1000), ("restart", 1012)])
def test_a_client_is_told_whether_to_come_back(door: str, ending: str, expected: int) -> None:
    async def scenario() -> int:
        async with a_socket(door) as socket:
            return await code_after(socket, ending)

    assert asyncio.run(scenario()) == expected


def test_the_other_side_hears_of_a_client_that_leaves(door: str, aws: tuple[Aws, str]) -> None:
    async def scenario() -> None:
        async with a_socket(door) as socket:
            await answer_to(socket, "hello")

    before = len(aws[0].closed_with)
    asyncio.run(scenario())
    deadline = time.monotonic() + _TIMEOUT
    while len(aws[0].closed_with) == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_without_a_stack_no_socket_opens(make_door: MakeDoor) -> None:
    door = make_door(aws_endpoint="http://127.0.0.1:1")

    async def scenario() -> None:
        async with a_socket(door):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(scenario())
    response = refused.value.response
    assert response.status_code == 503
    assert json.loads(response.body or b"")["error"] == "unavailable"


def test_the_front_door_that_closes_sends_its_sockets_away(aws: tuple[Aws, str]) -> None:
    async def scenario(server: uvicorn.Server, port: int) -> int:
        async with a_socket(f"http://127.0.0.1:{port}") as socket:
            await answer_to(socket, "hello")
            server.should_exit = True
            return await code_after(socket)

    server = create_server(a_told(Path(), aws_endpoint=aws[1]))
    with serve_issuer(server) as port:
        assert asyncio.run(scenario(server, port)) == 1012

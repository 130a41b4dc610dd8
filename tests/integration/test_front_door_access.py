"""What the front door refuses before it forwards: pages of other origins, and targets outside the API."""

import asyncio
import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus

from local.front_door.origin_guard import OriginGuard
from local.front_door.preflight import Preflight
from local.settings import ALLOWED_ORIGINS
from local.template import read_preflight
from tests.integration.front_door import API, TIMEOUT_SECONDS, exchange, open_socket

FOREIGN = "http://localhost:9999"
FOREIGN_PAGES = [
    {"Origin": FOREIGN},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


def assert_problem(response: httpx.Response, status: int, error: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["error"] == error


# ---------------------------------------------------------------------------------------------- pages
@pytest.mark.parametrize("headers", [*FOREIGN_PAGES, {"Origin": ALLOWED_ORIGINS[0]}])
def test_page_of_another_origin_gets_no_token(client: httpx.Client, headers: dict[str, str]) -> None:
    assert_problem(client.post("/demo/token", json={"username": "user1"}, headers=headers), 403, "forbidden")
    assert_problem(client.get("/config.json", headers=headers), 403, "forbidden")


@pytest.mark.parametrize("headers", FOREIGN_PAGES)
def test_page_of_another_origin_cannot_connect(door: str, headers: dict[str, str]) -> None:
    async def scenario() -> None:
        async with open_socket(door, headers=headers):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(scenario())
    assert refused.value.response.status_code == 403


def test_own_page_and_listed_origins_connect_and_functions_see_the_origin(door: str) -> None:
    async def scenario(origin: str) -> str:
        async with open_socket(door, headers={"Origin": origin}) as connection:
            handshake = await exchange(connection, "handshake")
            return str(dict(handshake["headers"])["origin"])

    for origin in (door, ALLOWED_ORIGINS[0]):
        assert asyncio.run(scenario(origin)) == origin


def test_origins_of_the_setting_connect_instead_of_the_defaults() -> None:
    async def accept(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    preflight = Preflight.model_validate(read_preflight(allowed_origins=["http://localhost:9000"]))
    app = OriginGuard(Starlette(routes=[WebSocketRoute("/ws", accept)]), preflight.origins)
    client = TestClient(app)

    with client.websocket_connect("ws://localhost/ws", headers={"Origin": "http://localhost:9000"}):
        pass
    with (
        pytest.raises(WebSocketDenialResponse),
        client.websocket_connect("ws://localhost/ws", headers={"Origin": ALLOWED_ORIGINS[0]}),
    ):
        pass


@pytest.mark.parametrize("headers", FOREIGN_PAGES)
def test_pages_of_all_sites_may_load_the_widget(client: httpx.Client, headers: dict[str, str]) -> None:
    for path in ("/widget.js", "/widget/app-1.js"):
        file = client.get(path, headers=headers)
        assert (file.status_code, file.headers["access-control-allow-origin"]) == (200, "*")


def test_own_page_gets_a_token(client: httpx.Client, door: str) -> None:
    for headers in ({"Origin": door}, {"Origin": door, "Sec-Fetch-Site": "same-origin"}):
        assert client.post("/demo/token", json={"username": "user1"}, headers=headers).status_code == 200


def test_link_to_the_page_works(client: httpx.Client) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert client.get("/", headers=link).status_code == 200


def test_rest_api_leaves_other_origins_to_cors(client: httpx.Client) -> None:
    headers = {"Origin": FOREIGN, "Sec-Fetch-Site": "same-site", "X-Front-Door-Origin": "http://forged.example"}

    echo = dict(client.get("/api/echo", headers=headers).json()["headers"])

    assert (echo["origin"], echo["sec-fetch-site"]) == (FOREIGN, "same-site")


@pytest.mark.parametrize("path", ["/", "/config.json", "/api/echo"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8080", "[::1]:8080", ""])
def test_other_host_name_is_forbidden(client: httpx.Client, path: str, host: str) -> None:
    assert_problem(client.get(path, headers={"Host": host}), 403, "forbidden")


# ---------------------------------------------------------------------------------------------- targets
def request(door: str, target: str, method: str = "GET") -> tuple[int, str, bytes]:
    """Send a request whose target is not normalised; return status, media type and body."""
    address = urlsplit(door)
    with socket.create_connection((address.hostname, address.port), TIMEOUT_SECONDS) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    kind = next(line for line in lines if line.startswith("content-type:")).removeprefix("content-type:").strip()
    return int(lines[0].split()[1]), kind, body


@pytest.mark.parametrize(
    "target",
    [
        "/api/../../../../_ministack/health",
        "/api/../../../../",
        "/api/..",
        "/api/.",
        "/api/./health",
        "/api/x/../health",
        "/api/%2e%2e/%2E./health",
        "/api/..%2f..%2fhealth",
        "/api/..\\..\\health",
    ],
)
def test_dot_segments_are_an_unknown_path(door: str, target: str) -> None:
    status, kind, body = request(door, target)

    assert (status, kind) == (404, "application/problem+json")
    assert json.loads(body)["error"] == "not_found"


@pytest.mark.parametrize(
    "target", ["/api/a#b", "/api//a", "/api/a%2Fb%20c?x=%C3%A9&y=../..", "/api/.a/..b/c..", "/api/a:b@c"]
)
def test_target_is_forwarded_as_it_is(door: str, target: str) -> None:
    status, _, body = request(door, target)

    assert status == 200
    assert json.loads(body)["target"].removesuffix("?") == f"{API}/rest1{target}"


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "CONNECT", "get", "Post", "QUERY"])
def test_other_methods_are_an_unknown_path(door: str, method: str) -> None:
    status, kind, body = request(door, "/api/echo", method)

    assert (status, kind) == (404, "application/problem+json")
    assert json.loads(body)["error"] == "not_found"


@pytest.mark.parametrize("target", ["/api/" + "a" * 10_240, "/api/" + "a" * 66_000, "/api/x?" + "a" * 66_000, "/api/é"])
def test_malformed_target_is_a_problem(door: str, target: str) -> None:
    status, kind, body = request(door, target)

    assert (status, kind) == (400, "application/problem+json")
    assert json.loads(body)["error"] == "invalid_request"


@pytest.mark.parametrize("target", ["/nothing.js", "/docs/nothing", "/docs/../../config", "/demo/token"])
def test_no_response_is_plain_text(door: str, target: str) -> None:
    status, kind, _ = request(door, target)

    assert status in (404, 405)
    assert kind == "application/problem+json"


def handshake(door: str, target: str, headers: str = "") -> int:
    """Send a handshake whose target and headers are not normalised; return the status."""
    address = urlsplit(door)
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    upgrade = f"Connection: Upgrade\r\nUpgrade: websocket\r\n{key}"
    with socket.create_connection((address.hostname, address.port), TIMEOUT_SECONDS) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{upgrade}{headers}\r\n".encode("latin-1"))
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


def test_handshake_at_another_path_is_not_found(door: str) -> None:
    async def scenario() -> None:
        async with open_socket(door, "/elsewhere"):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(scenario())
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize(("query", "status"), [("?a#b", 400), ("?a=[b", None), ("?a=%ff&b=%zz", None)])
def test_malformed_query_of_a_handshake_is_forwarded_or_refused(door: str, query: str, status: int | None) -> None:
    answer = handshake(door, f"/ws{query}")

    assert answer == (status or 101)


@pytest.mark.parametrize("header", ["X-Name: Gr\u00fc\u00dfe", "X-Name: a=[\t]"])
def test_header_of_a_handshake_is_forwarded_whatever_its_bytes(door: str, header: str) -> None:
    assert handshake(door, "/ws", f"{header}\r\n") == 101

"""The front door in front of a fake emulator, over real sockets."""

import asyncio
import json
import time
from pathlib import Path

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from local.front_door.app import create_server
from local.settings import ALLOWED_ORIGINS
from local.website_headers import get_local_headers
from tests.integration.front_door import (
    API,
    TIMEOUT_SECONDS,
    FakeAws,
    Frame,
    MakeDoor,
    create_config,
    exchange,
    open_socket,
    serving,
)


# ---------------------------------------------------------------------------------------------- REST
def test_request_is_forwarded_unchanged(client: httpx.Client) -> None:
    response = client.post("/api/a%2Fb%20c?x=%C3%A9&x=2&y=", content=b"12345", headers={"Authorization": "Bearer t"})

    echo = response.json()
    assert echo["method"] == "POST"
    assert echo["target"] == f"{API}/rest1/api/a%2Fb%20c?x=%C3%A9&x=2&y="
    assert echo["size"] == 5
    assert ["authorization", "Bearer t"] in echo["headers"]


def test_path_with_a_newline_is_forwarded(client: httpx.Client) -> None:
    assert "/rest1/api/orders/webhook/a%0Ab?" in client.post("/api/orders/webhook/a%0Ab").json()["target"]


def test_api_key_and_client_address_cannot_be_forged(client: httpx.Client) -> None:
    forged = {"x-api-key": "mine", "X-Forwarded-For": "203.0.113.9"}

    headers = client.get("/api/echo", headers=forged).json()["headers"]

    assert [value for name, value in headers if name == "x-api-key"] == ["the plan's key"]
    assert [value for name, value in headers if name == "x-forwarded-for"] == ["127.0.0.1"]


def test_response_is_forwarded_unchanged(client: httpx.Client) -> None:
    response = client.get("/api/cookies")

    assert (response.status_code, response.text, response.headers["x-custom"]) == (201, "created", "yes")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_browser_gets_a_file_to_which_the_api_redirects(client: httpx.Client) -> None:
    browser = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}

    response = client.get("/api/download", headers=browser)

    assert (response.status_code, response.text) == (200, "/files/a%21b.html?X-Amz-Signature=%2B")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-disposition"] == "attachment; filename=b.html"
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in response.headers


def test_redirect_to_another_server_is_forwarded(client: httpx.Client) -> None:
    response = client.get("/api/elsewhere")

    assert response.status_code == 302
    assert response.headers["location"] == "https://files.example/files/a%21b.html?X-Amz-Signature=%2B"


def test_preflight_request_is_answered_with_the_template_of_the_api(client: httpx.Client) -> None:
    listed = client.options("/api/echo", headers={"Origin": ALLOWED_ORIGINS[1]})
    unlisted = client.options("/api/echo", headers={"Origin": "https://evil.example"})

    assert listed.status_code == unlisted.status_code == 204
    assert listed.headers["access-control-allow-origin"] == ALLOWED_ORIGINS[1]
    assert "access-control-allow-origin" not in unlisted.headers


def test_exception_of_a_function_is_not_sent_to_the_client(client: httpx.Client) -> None:
    response = client.get("/api/raises")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {"error": "internal"}


def test_problem_of_the_api_is_forwarded_unchanged(client: httpx.Client) -> None:
    response = client.get("/api/busy")

    assert (response.status_code, response.json()["error"]) == (503, "unavailable")


def test_request_body_is_limited_to_ten_megabytes(client: httpx.Client) -> None:
    max_size = 10 * 1024 * 1024

    assert client.post("/api/echo", content=bytes(max_size)).json()["size"] == max_size
    refused = client.post("/api/echo", content=bytes(max_size + 1))
    assert (refused.status_code, refused.json()) == (413, {"error": "payload_too_large"})


@pytest.mark.parametrize(
    "body", ["Gr\u00fc\u00dfe".encode("latin-1"), "\u00fc".encode()[:1], b"\xed\xa0\xbd\xed\xb8\x80"]
)
def test_body_that_is_not_utf8_is_refused(client: httpx.Client, body: bytes) -> None:
    refused = client.post("/api/echo", content=b'{"content":"' + body + b'"}')

    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["error"] == "invalid_request"
    assert refused.json()["detail"] == "The body is not UTF-8."


def test_api_is_unavailable_without_emulator(make_door: MakeDoor) -> None:
    door = make_door(aws_endpoint="http://127.0.0.1:1")

    response = httpx.get(f"{door}/api/health", trust_env=False)

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) > 0
    assert response.json()["error"] == "unavailable"
    assert httpx.post(f"{door}/demo/token", json={"username": "user1"}, trust_env=False).status_code == 503


# ---------------------------------------------------------------------------------------------- the page
def test_pages_have_security_headers(client: httpx.Client) -> None:
    page, module = client.get("/"), client.get("/assets/page-1.js")

    assert page.headers["content-type"].startswith("text/html")
    assert module.headers["content-type"].startswith("text/javascript")
    for response, path in ((page, "/"), (module, "/assets/page-1.js")):
        expected = get_local_headers(path)
        assert {name: response.headers.get(name) for name in expected} == expected
        assert "strict-transport-security" not in response.headers
    assert client.get("/nothing.js").status_code == 404


def test_only_the_built_files_of_the_page_are_served(client: httpx.Client) -> None:
    for path in (
        "src/main.ts",
        "page/src/main.ts",
        "package.json",
        ".npmrc",
        "%2e%2e/.npmrc",
        "assets/%2e%2e/%2e%2e/.npmrc",
    ):
        assert client.get(f"/{path}").status_code == 404


def test_only_the_built_files_of_the_widget_are_served(client: httpx.Client) -> None:
    for path in ("/widget.js", "/widget/app-1.js"):
        file = client.get(path)
        assert file.status_code == 200
        assert file.headers["content-type"].startswith("text/javascript")
    for path in ("dist/widget.js", "src/widget.ts", "package.json", "app-2.js", "app-1.js.map", "%2e%2e%2fwidget.js"):
        assert client.get(f"/widget/{path}").status_code == 404


def test_config_contains_urls_the_provider_and_names_of_demo_users(client: httpx.Client, door: str) -> None:
    assert client.get("/config.json").json() == {
        "api_url": "/api",
        "ws_path": "/ws",
        "sign_in": {"issuer": door, "client_id": "client1"},
        "demo_users": [{"username": "user1"}],
    }


def test_demo_user_can_sign_in(client: httpx.Client) -> None:
    response = client.post("/demo/token", json={"username": "user1"})

    assert response.json() == {"token": "token of user1", "expires_in": 3600}


@pytest.mark.parametrize("body", [b'{"username":"root"}', b'{"username":["user1"]}', b"[]", b"{}", b"{", b"\xff"])
def test_other_users_cannot_sign_in(client: httpx.Client, body: bytes) -> None:
    assert client.post("/demo/token", content=body).status_code == 404


def test_keys_of_the_issuer_are_served(client: httpx.Client) -> None:
    assert client.get("/.well-known/jwks.json").json() == {"keys": []}


def test_sign_in_pages_of_the_user_pool_are_at_the_origin_of_the_page(client: httpx.Client, door: str) -> None:
    description = client.get("/.well-known/openid-configuration").json()
    assert description == {
        "issuer": "https://cognito.example/pool1",
        "jwks_uri": f"{door}/.well-known/jwks.json",
        "authorization_endpoint": f"{door}/oauth2/authorization",
        "token_endpoint": f"{door}/oauth2/token",
        "userinfo_endpoint": f"{door}/oauth2/userinfo",
        "end_session_endpoint": f"{door}/oauth2/end_session",
    }

    page = client.get("/oauth2/authorize?client_id=client1&state=a%2Fb", headers={"Cookie": "mine=1"})
    assert page.json()["query"] == "client_id=client1&state=a%2Fb"
    assert "cookie" not in dict(page.json()["headers"])
    assert "form-action 'self'" in page.headers["content-security-policy"]
    login = client.post("/login", data={"username": "user1", "password": "secret"}, headers={"Origin": door})
    assert login.json()["body"] == "username=user1&password=secret"
    assert login.status_code == 302
    assert login.headers["location"] == "http://localhost/?code=1"
    foreign = client.post("/login", data={"username": "user1"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


# ---------------------------------------------------------------------------------------------- the socket
async def send_until_closed(socket: ClientConnection, *frames: str | bytes | list[str]) -> int:
    """Send frames and return the close code."""
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


def test_handshake_is_forwarded_with_query_headers_and_subprotocols(door: str) -> None:
    async def scenario() -> tuple[str | None, Frame]:
        headers = {"Authorization": "Bearer t", "X-Forwarded-For": "203.0.113.9"}
        async with open_socket(door, "?ticket=a%2Fb", headers, ["bearer", "a.b.c"]) as socket:
            return socket.subprotocol, await exchange(socket, "handshake")

    subprotocol, handshake = asyncio.run(scenario())

    headers = dict(handshake["headers"])
    assert subprotocol == "bearer"
    assert handshake["query"] == "ticket=a%2Fb"
    assert headers["authorization"] == "Bearer t"
    assert headers["sec-websocket-protocol"].replace(" ", "") == "bearer,a.b.c"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert handshake["source"][0] == "127.0.0.1"


def test_no_subprotocol_is_chosen_if_none_is_offered(door: str) -> None:
    async def scenario() -> str | None:
        async with open_socket(door) as socket:
            return socket.subprotocol

    assert asyncio.run(scenario()) is None


@pytest.mark.parametrize(
    ("refusal", "expected"), [("500", 401), ("500&message=failed", 500), ("403", 403), ("404", 404), ("429", 429)]
)
def test_refused_handshake_has_the_status_of_aws(door: str, refusal: str, expected: int) -> None:
    async def scenario() -> None:
        async with open_socket(door, f"?refused={refusal}"):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(scenario())
    assert refused.value.response.status_code == expected


def test_frames_and_messages_have_the_size_limits_of_api_gateway(door: str) -> None:
    async def scenario() -> tuple[Frame, Frame, int, int]:
        frame = "x" * 32 * 1024
        async with open_socket(door) as socket:
            one = await exchange(socket, frame)
            await socket.send([frame] * 4)
            four = json.loads(await socket.recv())
            larger_frame = await send_until_closed(socket, frame + "x")
        async with open_socket(door) as socket:
            larger_message = await send_until_closed(socket, [*[frame] * 4, "x"])
        return one, four, larger_frame, larger_message

    assert asyncio.run(scenario()) == ({"length": 32 * 1024}, {"length": 128 * 1024}, 1009, 1009)


def test_very_large_message_is_closed_with_a_code(door: str) -> None:
    # Unread data in the receive buffer must not turn the close into a TCP reset.
    async def scenario() -> int:
        async with open_socket(door) as socket:
            return await send_until_closed(socket, "x" * 5_000_000)

    assert asyncio.run(scenario()) == 1009


def test_binary_frame_is_refused(door: str) -> None:
    async def scenario() -> int:
        async with open_socket(door) as socket:
            return await send_until_closed(socket, b"\0")

    assert asyncio.run(scenario()) == 1003


def test_text_frame_that_is_not_utf8_is_refused(door: str) -> None:
    async def scenario() -> tuple[int, int]:
        async with open_socket(door) as socket:
            # A text frame with raw bytes.
            await socket.send("Gr\u00fc\u00dfe".encode("latin-1"), text=True)
            latin = await send_until_closed(socket)
        async with open_socket(door) as socket:
            await socket.send(b"\xed\xa0\xbd\xed\xb8\x80", text=True)
            return latin, await send_until_closed(socket)

    assert asyncio.run(scenario()) == (1007, 1007)


def test_idle_socket_is_closed(make_door: MakeDoor) -> None:
    async def scenario() -> tuple[float, int]:
        async with open_socket(make_door(idle_seconds=0.5)) as socket:
            for _ in range(4):
                await asyncio.sleep(0.25)
                await exchange(socket, "hello")
            start = time.monotonic()
            code = await send_until_closed(socket)
            return time.monotonic() - start, code

    idle_seconds, code = asyncio.run(scenario())

    assert code == 1001
    assert idle_seconds == pytest.approx(0.5, abs=0.3)


def test_socket_is_closed_after_the_maximum_duration(make_door: MakeDoor) -> None:
    async def scenario() -> int:
        async with open_socket(make_door(max_seconds=0.5)) as socket:
            while socket.close_code is None:
                try:
                    await exchange(socket, "hello")
                except ConnectionClosed:
                    break
            return int(socket.close_code or 0)

    assert asyncio.run(scenario()) == 1001


def test_exception_of_a_socket_function_is_not_sent_to_the_client(door: str) -> None:
    async def scenario() -> Frame:
        async with open_socket(door) as socket:
            return await exchange(socket, "raise")

    assert asyncio.run(scenario()) == {"message": "Internal server error"}


@pytest.mark.parametrize(("frame", "expected"), [("bye", 1000), ("restart", 1012)])
def test_close_code_says_whether_to_reconnect(door: str, frame: str, expected: int) -> None:
    async def scenario() -> int:
        async with open_socket(door) as socket:
            return await send_until_closed(socket, frame)

    assert asyncio.run(scenario()) == expected


def test_disconnect_of_the_client_is_forwarded(door: str, fake_aws: tuple[FakeAws, str]) -> None:
    async def scenario() -> None:
        async with open_socket(door) as socket:
            await exchange(socket, "hello")

    before = fake_aws[0].disconnects
    asyncio.run(scenario())
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while fake_aws[0].disconnects == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_handshake_is_refused_without_emulator(make_door: MakeDoor) -> None:
    door = make_door(aws_endpoint="http://127.0.0.1:1")

    async def scenario() -> None:
        async with open_socket(door):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(scenario())
    response = refused.value.response
    assert response.status_code == 503
    assert json.loads(response.body or b"")["error"] == "unavailable"


def test_shutdown_closes_sockets_with_service_restart(fake_aws: tuple[FakeAws, str]) -> None:
    async def scenario(server: uvicorn.Server, port: int) -> int:
        async with open_socket(f"http://127.0.0.1:{port}") as socket:
            await exchange(socket, "hello")
            server.should_exit = True
            return await send_until_closed(socket)

    server = create_server(create_config(Path(), aws_endpoint=fake_aws[1]))
    with serving(server) as port:
        assert asyncio.run(scenario(server, port)) == 1012

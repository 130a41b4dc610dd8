"""The HTTP client on real connections: checked addresses, TLS and limits."""

import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.http import requests, responses
from basic.http.client import HttpClient
from tests.integration.basic.web import Authority, loopback_client, serving, trickling


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as started:
        yield started


def get(url: str, *, seconds: float = 10) -> HttpResponse:
    return loopback_client(seconds=seconds).send(HttpRequest("GET", url))


def test_server_receives_the_request_of_the_script(port: int) -> None:
    response = loopback_client().send(
        requests.build_send("PATCH", f"http://api.test:{port}/echo/a b?q=ü", {"name": "Zoë"}, {"X-Key": "1"})
    )

    line, *headers = response.body.partition("\n\n")[0].splitlines()
    assert line == "PATCH /echo/a%20b?q=%C3%BC"
    assert sorted(headers) == sorted(
        [
            f"Host: api.test:{port}",
            "User-Agent: conversations-bot",
            "Accept: */*",
            "Accept-Encoding: identity",
            "X-Key: 1",
            "Content-Type: application/json",
            "Content-Length: 16",
        ]
    )
    assert response.body.endswith('{"name": "Zoë"}')


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_is_answered(port: int, method: str) -> None:
    assert (
        loopback_client().send(HttpRequest(method, f"http://api.test:{port}/")).body.startswith(f"{method} / ".strip())
    )


def test_response_has_status_headers_and_value(port: int) -> None:
    response = get(f"http://api.test:{port}/json")

    assert (response.status, response.reason, response.headers["content-type"]) == (200, "OK", "application/json")
    assert responses.build_get_result(response) == {"data": {"x": 1}}


def test_redirect_is_followed_to_another_host(port: int) -> None:
    response = get(f"http://api.test:{port}/redirect/http://other.test:{port}/echo")

    assert f"Host: other.test:{port}" in response.body


def test_redirect_to_a_private_address_is_not_followed(port: int) -> None:
    def elsewhere(host: str, _: int) -> list[str]:
        return ["127.0.0.2"] if host == "inside.test" else ["127.0.0.1"]

    client = HttpClient(resolve=elsewhere, permits=lambda address: address == "127.0.0.1")

    with pytest.raises(ScriptError, match=r"inside\.test does not have a public address"):
        client.send(HttpRequest("GET", f"http://api.test:{port}/redirect/http://inside.test:{port}/"))


def test_default_client_does_not_reach_localhost(port: int) -> None:
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
        with pytest.raises(ScriptError, match="does not have a public address"):
            HttpClient().send(HttpRequest("GET", f"http://{host}:{port}/"))


@pytest.mark.parametrize("path", ["large", "chunked"])
def test_body_is_limited_to_one_megabyte(port: int, path: str) -> None:
    assert len(get(f"http://api.test:{port}/{path}/{1024 * 1024}").body) == 1024 * 1024
    with pytest.raises(ScriptError, match=r"api\.test responded with more than 1 MB"):
        get(f"http://api.test:{port}/{path}/{1024 * 1025}")


def test_header_size_is_limited(port: int) -> None:
    with pytest.raises(ScriptError, match="more than 64 KB of headers"):
        get(f"http://api.test:{port}/headers/60")


def test_unrequested_compression_is_rejected(port: int) -> None:
    with pytest.raises(ScriptError, match="with a compression that was not requested"):
        get(f"http://api.test:{port}/gzip")


def test_refused_connection_is_an_error(port: int) -> None:
    with serving() as stopped:
        pass

    with pytest.raises(ScriptError, match=r"api\.test refused the connection"):
        get(f"http://api.test:{stopped}/")
    assert get(f"http://api.test:{port}/").status == 200


HEAD = b"HTTP/1.1 200 OK\r\n"


def slow_status() -> Iterator[bytes]:
    return repeat(b"H", 200)


def slow_headers() -> Iterator[bytes]:
    yield HEAD
    yield from repeat(b"X: y\r\n", 90)
    yield from repeat(b"z", 200)


def slow_body() -> Iterator[bytes]:
    yield HEAD + b"Content-Length: 1000\r\n\r\n"
    yield from repeat(b"x", 200)


def slow_body_without_a_length() -> Iterator[bytes]:
    yield HEAD + b"\r\n"
    yield from repeat(b"x", 200)


def slow_chunk() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from repeat(b"0", 200)


@pytest.mark.parametrize("pieces", [slow_status, slow_headers, slow_body, slow_body_without_a_length, slow_chunk])
def test_slow_server_times_out(pieces: object) -> None:
    started = time.monotonic()
    with trickling(pieces) as port, pytest.raises(ScriptError, match=r"api\.test did not respond within"):  # type: ignore[arg-type]  # each gives pieces
        get(f"http://api.test:{port}/", seconds=0.5)

    assert 0.4 < time.monotonic() - started < 3.5


def test_silent_server_times_out() -> None:
    started = time.monotonic()
    with trickling(lambda: repeat(b"", 100)) as port, pytest.raises(ScriptError, match="did not respond within"):
        get(f"http://api.test:{port}/", seconds=0.5)

    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "pieces",
    [
        [b"nonsense\r\n\r\n"],
        [HEAD + b"Content-Length: 10\r\n\r\nabc"],
        [b""],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ],
)
def test_incomplete_response_is_an_error(pieces: list[bytes]) -> None:
    with (
        trickling(lambda: iter(pieces)) as port,
        pytest.raises(ScriptError, match=r"api\.test closed the connection during its response"),
    ):
        get(f"http://api.test:{port}/")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_tls_verifies_the_host_name_on_a_connection_to_an_address(authority: Authority, tmp_path: Path) -> None:
    seen: list[str | None] = []
    client = loopback_client(context=authority.trusted())
    with serving(authority.server("api.test", tmp_path, seen)) as port:
        response = client.send(HttpRequest("GET", f"https://api.test:{port}/echo"))

        assert f"Host: api.test:{port}" in response.body
        assert seen == ["api.test"]
        with pytest.raises(ScriptError, match=r"other\.test has no valid certificate: Hostname mismatch"):
            client.send(HttpRequest("GET", f"https://other.test:{port}/echo"))
        with pytest.raises(ScriptError, match="has no valid certificate"):
            client.send(HttpRequest("GET", f"https://127.0.0.1:{port}/echo"))


def test_tls_trusts_only_system_authorities(authority: Authority, tmp_path: Path) -> None:
    with (
        serving(authority.server("api.test", tmp_path, [])) as port,
        pytest.raises(ScriptError, match="no valid certificate"),
    ):
        loopback_client().send(HttpRequest("GET", f"https://api.test:{port}/echo"))


def test_slow_tls_server_times_out(authority: Authority, tmp_path: Path) -> None:
    client = loopback_client(seconds=0.7, context=authority.trusted())
    with serving(authority.server("api.test", tmp_path, [])) as port:
        assert client.send(HttpRequest("GET", f"https://api.test:{port}/slowly/3")).body == "xxx"
        started = time.monotonic()
        with pytest.raises(ScriptError, match="did not respond within"):
            client.send(HttpRequest("GET", f"https://api.test:{port}/slowly/150"))

    assert time.monotonic() - started < 2.8


def test_tls_to_a_plain_server_is_a_refused_connection(port: int) -> None:
    with pytest.raises(ScriptError, match=r"api\.test refused the connection"):
        loopback_client().send(HttpRequest("GET", f"https://api.test:{port}/"))


def test_slow_tls_handshake_times_out() -> None:
    started = time.monotonic()
    with trickling(lambda: repeat(b"\x16", 200)) as port, pytest.raises(ScriptError):
        loopback_client(seconds=1).send(HttpRequest("GET", f"https://api.test:{port}/"))

    assert time.monotonic() - started < 2

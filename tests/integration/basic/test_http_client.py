"""The guarded client on real connections: to the address that was checked, with the host's name, and with an end."""

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


def test_a_request_arrives_as_the_script_wrote_it(port: int) -> None:
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


def test_an_answer_has_its_status_its_headers_and_its_value(port: int) -> None:
    response = get(f"http://api.test:{port}/json")

    assert (response.status, response.reason, response.headers["content-type"]) == (200, "OK", "application/json")
    assert responses.build_get_result(response) == {"data": {"x": 1}}


def test_a_redirect_is_followed_to_another_host(port: int) -> None:
    response = get(f"http://api.test:{port}/redirect/http://other.test:{port}/echo")

    assert f"Host: other.test:{port}" in response.body


def test_a_redirect_is_not_followed_to_where_nobody_may_go(port: int) -> None:
    def elsewhere(host: str, _: int) -> list[str]:
        return ["127.0.0.2"] if host == "inside.test" else ["127.0.0.1"]

    client = HttpClient(resolve=elsewhere, permits=lambda address: address == "127.0.0.1")

    with pytest.raises(ScriptError, match=r"inside\.test does not have a public address"):
        client.send(HttpRequest("GET", f"http://api.test:{port}/redirect/http://inside.test:{port}/"))


def test_the_client_as_bots_get_it_reaches_nothing_here(port: int) -> None:
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
        with pytest.raises(ScriptError, match="does not have a public address"):
            HttpClient().send(HttpRequest("GET", f"http://{host}:{port}/"))


@pytest.mark.parametrize("path", ["large", "chunked"])
def test_one_megabyte_is_read_and_not_more(port: int, path: str) -> None:
    assert len(get(f"http://api.test:{port}/{path}/{1024 * 1024}").body) == 1024 * 1024
    with pytest.raises(ScriptError, match=r"api\.test responded with more than 1 MB"):
        get(f"http://api.test:{port}/{path}/{1024 * 1025}")


def test_headers_have_an_end_too(port: int) -> None:
    with pytest.raises(ScriptError, match="more than 64 KB of headers"):
        get(f"http://api.test:{port}/headers/60")


def test_a_compression_that_was_not_asked_for_is_refused(port: int) -> None:
    with pytest.raises(ScriptError, match="with a compression that was not requested"):
        get(f"http://api.test:{port}/gzip")


def test_nobody_listening_is_said(port: int) -> None:
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
def test_a_server_that_trickles_does_not_hold_a_turn(pieces: object) -> None:
    started = time.monotonic()
    with trickling(pieces) as port, pytest.raises(ScriptError, match=r"api\.test did not respond within"):  # type: ignore[arg-type]  # each gives pieces
        get(f"http://api.test:{port}/", seconds=0.5)

    assert 0.4 < time.monotonic() - started < 1.5


def test_a_server_that_says_nothing_does_not_hold_a_turn() -> None:
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
def test_an_answer_that_breaks_off_is_an_error(pieces: list[bytes]) -> None:
    with (
        trickling(lambda: iter(pieces)) as port,
        pytest.raises(ScriptError, match=r"api\.test closed the connection during its response"),
    ):
        get(f"http://api.test:{port}/")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_tls_checks_the_name_of_the_host_on_a_connection_to_an_address(authority: Authority, tmp_path: Path) -> None:
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


def test_tls_trusts_no_authority_that_the_system_does_not(authority: Authority, tmp_path: Path) -> None:
    with (
        serving(authority.server("api.test", tmp_path, [])) as port,
        pytest.raises(ScriptError, match="no valid certificate"),
    ):
        loopback_client().send(HttpRequest("GET", f"https://api.test:{port}/echo"))


def test_a_server_that_trickles_over_tls_does_not_hold_a_turn(authority: Authority, tmp_path: Path) -> None:
    client = loopback_client(seconds=0.7, context=authority.trusted())
    with serving(authority.server("api.test", tmp_path, [])) as port:
        assert client.send(HttpRequest("GET", f"https://api.test:{port}/slowly/3")).body == "xxx"
        started = time.monotonic()
        with pytest.raises(ScriptError, match="did not respond within"):
            client.send(HttpRequest("GET", f"https://api.test:{port}/slowly/150"))

    assert time.monotonic() - started < 1.7


def test_tls_with_somebody_who_speaks_none_is_no_connection(port: int) -> None:
    with pytest.raises(ScriptError, match=r"api\.test refused the connection"):
        loopback_client().send(HttpRequest("GET", f"https://api.test:{port}/"))


def test_a_handshake_that_trickles_does_not_hold_a_turn() -> None:
    started = time.monotonic()
    with trickling(lambda: repeat(b"\x16", 200)) as port, pytest.raises(ScriptError):
        loopback_client(seconds=1).send(HttpRequest("GET", f"https://api.test:{port}/"))

    assert time.monotonic() - started < 2

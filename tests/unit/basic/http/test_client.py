"""The HTTP client on fake hosts: every hop is resolved, checked, and connects to a checked address."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.host import HttpRequest
from basic.http.transport import Hop, HopResponse
from tests.unit.basic.http.fake_web import PUBLIC, Web, build_redirects

OTHER = "1.1.1.1"


def test_connection_is_to_the_address_that_was_checked() -> None:
    web = Web()

    response = web.client().send(HttpRequest("GET", "https://api.test/a?b=c"))

    assert response.status == 200
    assert [(hop.address, hop.target.host, hop.target.path) for hop in web.hops] == [(PUBLIC, "api.test", "/a?b=c")]
    assert web.resolved == ["api.test"]


def test_name_that_changes_its_address_is_checked_at_every_hop() -> None:
    addresses = iter([[PUBLIC], ["169.254.169.254"]])

    class Rebinding(Web):
        def _resolve(self, host: str, port: int) -> list[str]:
            del host, port
            return next(addresses)

    web = Rebinding(answer=build_redirects({"http://api.test/": "http://api.test/again"}))

    with pytest.raises(ScriptError, match=r"api\.test does not have a public address"):
        web.get("http://api.test/")

    assert [hop.address for hop in web.hops] == [PUBLIC]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "//169.254.169.254/latest/",
        "http://2130706433/",
        "http://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "ftp://api.test/",
        "http://user:pw@10.0.0.1/",
    ],
)
def test_redirect_to_an_invalid_url_is_rejected(location: str) -> None:
    web = Web(
        hosts={"api.test": [PUBLIC], "localhost": ["127.0.0.1"]},
        answer=build_redirects({"https://api.test/": location}),
    )

    with pytest.raises(ScriptError):
        web.get("https://api.test/")

    assert len(web.hops) == 1


def test_relative_redirects_are_resolved() -> None:
    web = Web(
        answer=build_redirects(
            {
                "https://api.test/a/b": "../c?d=e",
                "https://api.test/c?d=e": "//other.test/f",
                "https://other.test/f": "g",
            }
        ),
        hosts={"api.test": [PUBLIC], "other.test": [OTHER]},
    )

    assert web.get("https://api.test/a/b").body == "https://other.test/g"
    assert [hop.address for hop in web.hops] == [PUBLIC, PUBLIC, OTHER, OTHER]


def test_number_of_redirects_is_limited() -> None:
    web = Web(answer=lambda hop: HopResponse(302, "Found", {"location": hop.target.path + "x"}, b""))

    with pytest.raises(ScriptError, match=r"api\.test redirects more than 5 times"):
        web.get("https://api.test/")

    assert len(web.hops) == 6


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [(301, "GET", None), (302, "GET", None), (303, "GET", None), (307, "POST", b"{}"), (308, "POST", b"{}")],
)
def test_post_is_repeated_only_for_307_and_308(status: int, method: str, body: bytes | None) -> None:
    web = Web(answer=build_redirects({"https://api.test/": "/new"}, status))

    web.client().send(HttpRequest("POST", "https://api.test/", {"Content-Type": "application/json"}, "{}"))

    assert (web.hops[1].method, web.hops[1].body) == (method, body)
    assert ("Content-Type" in web.hops[1].headers) is (body is not None)


def test_redirect_without_location_is_a_response() -> None:
    web = Web(answer=lambda _: HopResponse(304, "Not Modified", {}, b""))

    assert web.get("https://api.test/").status == 304


@pytest.mark.parametrize("elsewhere", ["https://other.test/", "http://api.test/", "https://api.test:8443/"])
def test_secrets_are_removed_on_a_redirect_to_another_origin(elsewhere: str) -> None:
    web = Web(
        hosts={"api.test": [PUBLIC], "other.test": [OTHER]}, answer=build_redirects({"https://api.test/": elsewhere})
    )

    web.get("https://user:pw@api.test/", X_Api_Key="secret", Cookie="a=b", Accept="text/plain")

    first, second = (hop.headers for hop in web.hops)
    assert first["Authorization"] == "Basic dXNlcjpwdw=="
    assert (first["X-Api-Key"], first["Cookie"]) == ("secret", "a=b")
    assert second == {"User-Agent": "conversations-bot", "Accept": "text/plain", "Accept-Encoding": "identity"}
    assert "pw" not in web.hops[1].target.url


def test_secrets_are_sent_on_a_redirect_within_the_origin() -> None:
    web = Web(answer=build_redirects({"https://api.test/": "/new"}))

    web.get("https://user:pw@api.test/", X_Api_Key="secret")

    assert web.hops[1].headers["X-Api-Key"] == "secret"
    assert web.hops[1].headers["Authorization"] == "Basic dXNlcjpwdw=="


def test_script_headers_have_precedence_over_credentials_and_defaults() -> None:
    web = Web()

    web.get("https://user:pw@api.test/", authorization="Bearer x", user_agent="mine")

    assert {name.lower(): value for name, value in web.hops[0].headers.items()} == {
        "authorization": "Bearer x",
        "user-agent": "mine",
        "accept": "*/*",
        "accept-encoding": "identity",
    }


def test_client_tries_the_next_address_after_a_refused_connection() -> None:
    web = Web(hosts={"api.test": [OTHER, PUBLIC]}, refusing=frozenset({OTHER}))

    assert web.get("https://api.test/").status == 200
    assert [hop.address for hop in web.hops] == [OTHER, PUBLIC]


def test_refused_connection_and_unknown_host_have_errors() -> None:
    with pytest.raises(ScriptError, match=r"api\.test refused the connection"):
        Web(refusing=frozenset({PUBLIC})).get("https://api.test/")
    with pytest.raises(ScriptError, match=r"the host nowhere\.test does not exist"):
        Web(hosts={"nowhere.test": []}).get("https://nowhere.test/?key=secret")


def test_slow_name_resolution_times_out() -> None:
    web = Web()

    def slowly(host: str, port: int) -> list[str]:
        del host, port
        time.sleep(0.5)
        return [PUBLIC]

    started = time.monotonic()
    with pytest.raises(ScriptError, match=r"api\.test did not respond within 30 seconds"):
        type(web.client())(resolve=slowly, transport=web.client().transport, seconds=0.05).send(
            HttpRequest("GET", "https://api.test/")
        )

    assert time.monotonic() - started < 0.4
    assert not web.hops


def test_all_hops_share_one_timeout() -> None:
    seconds = itertools.count()
    web = Web(answer=lambda hop: HopResponse(302, "Found", {"location": hop.target.path + "x"}, b""))

    with pytest.raises(ScriptError, match="did not respond within"):
        web.client(clock=lambda: float(next(seconds)), seconds=6.0).send(HttpRequest("GET", "https://api.test/"))

    left = [hop.seconds for hop in web.hops]
    assert left == sorted(left, reverse=True)
    assert left[0] < 6
    assert len(left) < 6


def test_body_that_is_too_large_is_not_sent() -> None:
    web = Web()

    with pytest.raises(ScriptError, match="a script sends at most 1 MB"):
        web.client().send(HttpRequest("POST", "https://api.test/", {}, "é" * 600_000))

    assert not web.hops


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=ISO-8859-1", "olá".encode("latin-1"), "olá"),
        ('text/plain; charset="utf-16"', "olá".encode("utf-16"), "olá"),
        ("text/plain", "olá".encode(), "olá"),
        ("text/plain; charset=no-such", "olá".encode(), "olá"),
        ("", b"\xff\xfe\x00", "��\0"),
        ("application/json", b"\xef\xbb\xbf{}", "{}"),
    ],
)
def test_body_is_decoded_by_its_charset(content_type: str, body: bytes, text: str) -> None:
    web = Web(answer=lambda _: HopResponse(200, "OK", {"content-type": content_type}, body))

    assert web.get("https://api.test/").body == text


@given(
    st.lists(
        st.sampled_from(
            [
                "/a",
                "https://other.test/",
                "http://10.0.0.1/",
                "//other.test/b",
                "?q",
                "#",
                "",
                "http://[::1]/",
                "ftp://x/",
            ]
        ),
        max_size=8,
    )
)
def test_no_redirect_chain_reaches_a_private_address(chain: list[str]) -> None:
    steps = iter(chain)

    def answer(_: Hop) -> HopResponse:
        location = next(steps, None)
        return (
            HopResponse(200, "OK", {}, b"")
            if location is None
            else HopResponse(302, "Found", {"location": location}, b"")
        )

    web = Web(hosts={"api.test": [PUBLIC], "other.test": [OTHER]}, answer=answer)
    try:
        web.get("https://api.test/")
    except ScriptError:
        pass
    else:
        assert not any("10.0" in step or "::1" in step or "ftp" in step for step in chain)

    assert {hop.address for hop in web.hops} <= {PUBLIC, OTHER}

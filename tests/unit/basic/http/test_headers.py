"""SET HEADER: headers of later requests, and protection from injection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.host import HttpRequest
from basic.http.headers import set_header
from basic.values import Value
from tests.unit.basic.http.fake_web import Web


def test_headers_are_set_changed_and_removed() -> None:
    first = set_header({}, "X-Api-Key", "one")
    second = set_header(first, "x-api-key", "two")

    assert first == {"X-Api-Key": "one"}
    assert second == {"x-api-key": "two"}
    assert set_header(second, "X-API-KEY", "") == {}
    assert set_header(first, "Accept", 5) == {"X-Api-Key": "one", "Accept": "5"}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "snow ☃", "x" * 9_000])
def test_invalid_value_is_rejected_without_repeating_it(value: str) -> None:
    with pytest.raises(ScriptError, match="the value of the header X-Key contains a line break") as refusal:
        set_header({}, "X-Key", value)

    assert value not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "X Key", "X:Key", "X\r\nY", "Schlüssel", "(x)", None])
def test_invalid_name_is_rejected(name: Value) -> None:
    with pytest.raises(ScriptError, match="is not a valid header name"):
        set_header({}, name, "x")


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "CONNECTION",
        "Upgrade",
        "Accept-Encoding",
        "Proxy-Authorization",
        "TE",
    ],
)
def test_reserved_headers_are_rejected(name: str) -> None:
    with pytest.raises(ScriptError, match="is reserved; scripts cannot set it"):
        set_header({}, name, "x")


def test_number_of_headers_is_limited() -> None:
    headers: dict[str, str] = {}
    for number in range(50):
        headers = set_header(headers, f"X-{number}", "x")

    assert set_header(headers, "x-7", "y")["x-7"] == "y"
    with pytest.raises(ScriptError, match="at most 50 headers"):
        set_header(headers, "X-50", "x")


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3))
def test_client_validates_headers_again(headers: dict[str, str]) -> None:
    web = Web()
    try:
        web.client().send(HttpRequest("GET", "https://api.test/", headers))
    except ScriptError:
        assert not web.hops
        return
    assert not any(set(name + value) & set("\r\n\0") for hop in web.hops for name, value in hop.headers.items())

"""The emulator behind its guard: programs are served, web pages are not."""

import asyncio

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.integration.front_door import API, FakeAws

HEALTH = "/_ministack/health"


@pytest.fixture
def aws_url(fake_aws: tuple[FakeAws, str]) -> str:
    return fake_aws[1]


def test_program_is_served_without_permission_for_pages(aws_url: str) -> None:
    response = httpx.get(aws_url + HEALTH, trust_env=False)

    assert response.json() == {"services": {}}
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Mode": "navigate"},
        {"SEC-FETCH-DEST": "image"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:4566"},
        {"Host": "localhost.evil.example"},
        {"Host": ""},
    ],
)
def test_request_of_a_page_is_forbidden(aws_url: str, method: str, headers: dict[str, str]) -> None:
    response = httpx.request(method, aws_url + HEALTH, headers=headers, trust_env=False)

    assert response.status_code == 403
    assert "services" not in response.text
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:4566", "127.0.0.1:4566"])
def test_loopback_host_is_served(aws_url: str, host: str) -> None:
    assert httpx.get(aws_url + HEALTH, headers={"Host": host}, trust_env=False).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_handshake_of_a_page_is_forbidden(aws_url: str, headers: dict[str, str]) -> None:
    async def scenario() -> None:
        url = f"{aws_url.replace('http', 'ws', 1)}{API}/sock1/ws"
        async with connect(url, additional_headers=headers, proxy=None):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(scenario())
    assert refused.value.response.status_code == 403

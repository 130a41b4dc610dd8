"""A local stack is closed to web pages, and its front door leads to the API only."""

import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.stack.conftest import Stack
from tests.stack.connection import TIMEOUT_SECONDS

CREATE_QUEUE = {"Action": "CreateQueue", "QueueName": "made-by-a-page"}


@pytest.fixture
def aws_url(stack: Stack) -> str:
    if "aws_endpoint" not in stack:
        pytest.skip("AWS itself is no part of a stack on AWS")
    return str(stack["aws_endpoint"])


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}, {"Host": "evil.example"}],
)
def test_aws_refuses_pages(aws_url: str, headers: dict[str, str]) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        response = httpx.request(method, aws_url, params=CREATE_QUEUE, headers=headers)

        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers


def test_aws_refuses_sockets_of_pages(stack: Stack, aws_url: str) -> None:
    url = f"{aws_url.replace('http', 'ws', 1)}/_aws/execute-api/{stack['outputs']['WebSocketApiId']}/ws"

    with connect(url, proxy=None, open_timeout=TIMEOUT_SECONDS) as opened:
        assert json.loads(opened.recv(TIMEOUT_SECONDS))["status"] == "connected"
    with pytest.raises(InvalidStatus) as refused, connect(url, origin=Origin(stack["base_url"]), proxy=None):
        pass
    assert refused.value.response.status_code == 403


def test_aws_serves_programs_without_permission_for_pages(aws_url: str) -> None:
    response = httpx.get(f"{aws_url}/_ministack/health")

    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    ("request_line", "headers", "body"),
    [
        ("GET /api/../../../../_ministack/health", "", ""),
        ("GET /api/%2e%2e/%2e%2e/_ministack/health", "", ""),
        ("POST /api/../../../../", "X-Amz-Target: DynamoDB_20120810.ListTables\r\n", "{}"),
        ("POST /api/health", "X-Amz-Target: DynamoDB_20120810.ListTables\r\n", "{}"),
        ("GET /api/health/..", "", ""),
        ("GET /api/health#x", "", ""),
        ("TRACE /api/health", "", ""),
        ("get /api/health", "", ""),
    ],
)
def test_front_door_leads_to_the_api_only(stack: Stack, request_line: str, headers: str, body: str) -> None:
    if "pids" not in stack:
        pytest.skip("API Gateway answers these in its own ways")
    head = (
        f"{request_line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}"
    )
    address = urlsplit(stack["base_url"])

    with socket.create_connection((address.hostname, address.port), TIMEOUT_SECONDS) as connection:
        connection.sendall(f"{head}\r\n{body}".encode())
        with connection.makefile("rb") as answer:
            received, _, content = answer.read().partition(b"\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 404 ")
    assert b"content-type: application/problem+json" in received.lower()
    assert json.loads(content)["error"] == "not_found"

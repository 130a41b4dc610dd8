"""Checks of the REST API."""

import time
from urllib.parse import urlsplit

import httpx

from tools.smoke.deployment import Deployment, NotCheckedError, expect

_WINDOW_SECONDS = 61
"""The window of the rate limits, and one second."""

_TOO_LARGE_BYTES = 11 * 1024 * 1024
"""API Gateway accepts 10 MB."""


def check_health(deployment: Deployment) -> None:
    """GET and HEAD of the health check need no credential."""
    get, head = deployment.request("GET", "/health"), deployment.request("HEAD", "/health")
    expect(get.status_code == 200, f"GET /health: {get.status_code}")
    expect(head.status_code == 200, f"HEAD /health: {head.status_code}")
    expect(not head.content, "HEAD /health has a body")


def check_compression(deployment: Deployment) -> None:
    """The OpenAPI document is compressed."""
    response = deployment.request("GET", "/openapi.json", headers={"Accept-Encoding": "gzip"})
    expect(response.headers.get("content-encoding") == "gzip", "the OpenAPI document is not compressed")


def check_document_address(deployment: Deployment) -> None:
    """The OpenAPI document names the URL that it was read from."""
    (server,) = deployment.request("GET", "/openapi.json").json()["servers"]
    expect(server["url"] == deployment.rest_url, f"the OpenAPI document names {server['url']}")


def check_hidden_stage(deployment: Deployment) -> None:
    """The stage `Stage` does not exist."""
    address = urlsplit(deployment.rest_url)
    response = httpx.get(f"{address.scheme}://{address.netloc}/Stage/health", timeout=30)
    expect(response.status_code in (403, 404), f"/Stage/health: {response.status_code}")


def check_gateway_errors(deployment: Deployment) -> None:
    """Errors of API Gateway itself are problems of the contract."""
    _expect_problem(deployment.request("GET", "/conversations"), 401, "unauthorized")
    _expect_problem(deployment.request("GET", "/conversations", token="x.y.z"), 401, "unauthorized")
    _expect_problem(deployment.request("GET", "/nothing"), 404, "not_found")
    large = deployment.request("POST", "/conversations/start", token=deployment.token, content=b" " * _TOO_LARGE_BYTES)
    _expect_problem(large, 413, "payload_too_large")


def check_function_errors(deployment: Deployment) -> None:
    """Errors of functions keep their status and headers."""
    token = deployment.token
    _expect_problem(deployment.request("GET", "/conversations/none", token=token), 400, "invalid_request")
    _expect_problem(
        deployment.request("POST", "/conversations/start", token=token, content=b"{"), 400, "invalid_request"
    )
    webhook = deployment.request("POST", "/default/webhook/none", content=b"{}")
    expect(webhook.status_code == 401, f"a webhook without secret: {webhook.status_code}")


def check_preflight(deployment: Deployment) -> None:
    """A preflight request names a listed origin, and no other."""
    if deployment.origin is None:
        raise NotCheckedError("name an origin of AllowedOrigins with --origin")
    ask = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    name = "access-control-allow-origin"
    for origin, expected in ((deployment.origin, deployment.origin), ("https://unlisted.example", None)):
        for path in ("/conversations", "/conversations/conv-1/messages"):
            response = deployment.request("OPTIONS", path, headers=ask | {"Origin": origin})
            expect(response.status_code == 204, f"OPTIONS {path}: {response.status_code}")
            expect(response.headers.get(name) == expected, f"{origin}: {name} is {response.headers.get(name)}")
    allowed = deployment.request("OPTIONS", "/bots", headers=ask | {"Origin": deployment.origin}).headers
    expect("authorization" in allowed.get("access-control-allow-headers", "").lower(), "Authorization is not allowed")


def check_conversation(deployment: Deployment) -> None:
    """A message is stored and answered."""
    conversation_id = deployment.start_conversation()["conversation_id"]
    deployment.call("POST", f"/conversations/{conversation_id}/messages", {"content": "hello"})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        messages = deployment.call("GET", f"/conversations/{conversation_id}/history")["messages"]
        asked = [message["seq"] for message in messages if message["sender"] == "user"]
        if any(message["sender"] == "bot" and asked and message["seq"] > asked[0] for message in messages):
            return
        time.sleep(1)
    expect(condition=False, sentence="the bot has not answered within 30 seconds")


def check_rate_limit(deployment: Deployment) -> None:
    """The rate limit counts exactly, and forgets what is older than its window."""
    lists = [deployment.request("GET", "/conversations", token=deployment.token) for _ in range(3)]
    left = [_read_remaining(response) for response in lists]
    expect(left == [left[0], left[0] - 1, left[0] - 2], f"three requests leave {left}")
    time.sleep(_WINDOW_SECONDS)
    later = _read_remaining(deployment.request("GET", "/conversations", token=deployment.token))
    expect(later > left[0] or later == left[0] >= left[2] + 2, f"a minute later one request leaves {later}")


def _read_remaining(response: httpx.Response) -> int:
    expect(response.status_code == 200, f"GET /conversations: {response.status_code}")
    return int(response.headers["RateLimit"].partition("r=")[2].partition(";")[0])


def _expect_problem(response: httpx.Response, status: int, code: str) -> None:
    what = f"{response.request.method} {response.request.url.path}"
    expect(response.status_code == status, f"{what}: {response.status_code} and not {status}")
    kind = response.headers.get("content-type", "")
    expect(kind.startswith("application/problem+json"), f"{what}: the content type is {kind}")
    expect(response.json().get("error") == code, f"{what}: {response.text[:200]}")
    expect(status != 401 or "www-authenticate" in response.headers, f"{what}: no WWW-Authenticate")

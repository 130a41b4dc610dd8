"""Checks of the responses of REST functions that hold for all of them."""

import json
from typing import Any

PROBLEMS = {
    400: ("Bad Request", {"invalid_request", "invalid_message"}),
    401: ("Unauthorized", {"unauthorized"}),
    403: ("Forbidden", {"forbidden"}),
    404: ("Not Found", {"not_found"}),
    409: ("Conflict", {"conflict"}),
    413: ("Content Too Large", {"payload_too_large"}),
    415: ("Unsupported Media Type", {"unsupported_media_type"}),
    500: ("Internal Server Error", {"internal"}),
    503: ("Service Unavailable", {"unavailable"}),
}
"""Title and error codes of each status."""


def parse_ok(response: dict[str, Any], *, cache_control: str = "no-store") -> dict[str, Any]:
    """Return the body of a response that must be a 200."""
    assert response["statusCode"] == 200, response
    assert response["multiValueHeaders"]["Cache-Control"] == [cache_control]
    body: dict[str, Any] = json.loads(response["body"])
    return body


def parse_problem(response: dict[str, Any], status: int, code: str | None = None) -> dict[str, Any]:
    """Return the body of a response that must be a problem (RFC 9457) of the contract."""
    assert response["statusCode"] == status, response
    title, codes = PROBLEMS[status]
    headers = response["multiValueHeaders"]
    assert headers["Content-Type"] == ["application/problem+json"]
    assert headers["Cache-Control"] == ["no-store"]
    assert headers.get("WWW-Authenticate") == (["Bearer"] if status == 401 else None)
    assert ("Retry-After" in headers) == (status == 503)
    body: dict[str, Any] = json.loads(response["body"])
    assert body.keys() - {"field"} == {"type", "title", "status", "detail", "error"}
    assert (body["type"], body["title"], body["status"]) == ("about:blank", title, status)
    assert body["error"] in ({code} if code else codes)
    assert body["detail"]
    return body


def get_usage(response: dict[str, Any]) -> str:
    """Return policy and remaining requests that a response reports."""
    policy, remaining, reset = str(response["multiValueHeaders"]["RateLimit"][0]).split(";")
    assert 1 <= int(reset.removeprefix("t=")) <= 60
    return f"{policy} {remaining}"

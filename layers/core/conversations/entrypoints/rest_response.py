"""REST responses: JSON bodies, event streams, redirects and problems."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from conversations.contract import problems
from conversations.contract.base import EventStream, ResponseModel
from conversations.data_classes import dataclass
from conversations.domain.limits import Usage

NO_STORE = {"Cache-Control": "no-store"}
_JSON = {"Content-Type": "application/json"}
_VARY = {"Vary": "Origin"}
"""Caches need it where CORS headers depend on the origin (Fetch Standard, 3.2.5)."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response over REST.

    Attributes
    ----------
    status
        The status code.
    headers
        The headers, each with one value.
    body
        The body; empty for none.
    """

    status: int
    headers: Mapping[str, str]
    body: str = ""

    def to_output(self, further_headers: Mapping[str, str]) -> dict[str, Any]:
        """Return it with further headers, as API Gateway reads it ("Output format of a Lambda function for proxy")."""
        headers = {**self.headers, **further_headers}
        return {
            "statusCode": self.status,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "body": self.body,
            "isBase64Encoded": False,
        }


def build_json_response(status: HTTPStatus, response: ResponseModel | None, usage: Usage | None) -> Response:
    """Return a response with a model as its JSON body, or with an empty body."""
    headers = {**NO_STORE, **_VARY, **get_usage_headers(usage)}
    if response is None:
        return Response(status.value, headers)
    return Response(status.value, headers | _JSON, response.model_dump_json(exclude_none=True))


def build_event_response(events: EventStream, usage: Usage | None) -> Response:
    """Return a response with a complete stream of server-sent events."""
    headers = {**NO_STORE, **_VARY, **get_usage_headers(usage), "Content-Type": "text/event-stream"}
    return Response(HTTPStatus.OK.value, headers, events.to_text())


def build_public_response(body: str, *, max_age: int) -> Response:
    """Return a response with a JSON text that is the same for everyone, and that may be cached for some seconds."""
    return Response(HTTPStatus.OK.value, {"Cache-Control": f"public, max-age={max_age}", **_VARY, **_JSON}, body)


def build_redirect(url: str) -> Response:
    """Return a redirect to another address, which is not cached and is no referrer."""
    headers = {**NO_STORE, **_VARY, "Location": url, "Referrer-Policy": "no-referrer"}
    return Response(HTTPStatus.FOUND.value, headers)


def build_problem_response(error: Exception, usage: Usage | None = None) -> Response:
    """Return the problem of an error (RFC 9457)."""
    body = problems.build_problem(error).model_dump_json(exclude_none=True)
    return build_error_response(error, usage, problems.PROBLEM_JSON, body)


def build_error_response(error: Exception, usage: Usage | None, content_type: str, body: str) -> Response:
    """Return the response to an error, with a body in any shape."""
    status = problems.get_status(problems.get_error_type(error))
    headers = {**NO_STORE, **_VARY, **get_usage_headers(usage), **problems.build_headers(error)}
    return Response(status.value, headers | {"Content-Type": content_type}, body)


def get_usage_headers(usage: Usage | None) -> dict[str, str]:
    """Return the headers that report the caller's usage of the rate limit, if the request was counted."""
    return {} if usage is None else problems.build_usage_headers(usage)

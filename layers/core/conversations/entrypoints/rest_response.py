"""REST responses: JSON bodies, problems, and the responses of webhook scripts."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from conversations.contract import problems
from conversations.contract.base import EventStream, ResponseModel
from conversations.domain.limits import Usage
from conversations.domain.webhooks import WebhookResponse

_NO_STORE = {"Cache-Control": "no-store"}
_VARY = {"Vary": "Origin"}
"""Powertools leaves it out; caches need it where CORS headers depend on the origin (Fetch Standard, 3.2.5)."""


def build_json_response(status: HTTPStatus, response: ResponseModel | None, usage: Usage | None) -> Response[str]:
    """Return a response with a model as its JSON body, or with an empty body."""
    headers = {**_NO_STORE, **_VARY, **_get_usage_headers(usage)}
    if response is None:
        return Response(status_code=status.value, body="", headers=headers)
    body = response.model_dump_json(exclude_none=True)
    return Response(status_code=status.value, content_type="application/json", body=body, headers=headers)


def build_event_response(events: EventStream, usage: Usage | None) -> Response[str]:
    """Return a response with a complete stream of server-sent events."""
    headers = {**_NO_STORE, **_VARY, **_get_usage_headers(usage)}
    return Response(
        status_code=HTTPStatus.OK.value, content_type="text/event-stream", body=events.to_text(), headers=headers
    )


def build_public_response(body: str, *, max_age: int) -> Response[str]:
    """Return a response with a JSON text that is the same for everyone, and that may be cached for some seconds."""
    headers = {"Cache-Control": f"public, max-age={max_age}", **_VARY}
    return Response(status_code=HTTPStatus.OK.value, content_type="application/json", body=body, headers=headers)


def build_redirect(url: str) -> Response[str]:
    """Return a redirect to another address, which is not cached and is no referrer."""
    headers = {**_NO_STORE, **_VARY, "Location": url, "Referrer-Policy": "no-referrer"}
    return Response(status_code=HTTPStatus.FOUND.value, body="", headers=headers)


def build_problem_response(error: Exception, usage: Usage | None = None) -> Response[str]:
    """Return the problem of an error (RFC 9457)."""
    body = problems.build_problem(error).model_dump_json(exclude_none=True)
    return build_error_response(error, usage, problems.PROBLEM_JSON, body)


def build_error_response(error: Exception, usage: Usage | None, content_type: str, body: str) -> Response[str]:
    """Return the response to an error, with a body in any shape."""
    status = problems.get_status(problems.get_error_type(error))
    headers = {**_NO_STORE, **_VARY, **_get_usage_headers(usage), **problems.build_headers(error)}
    return Response(status_code=status.value, content_type=content_type, body=body, headers=headers)


def build_webhook_response(response: WebhookResponse, usage: Usage | None) -> Response[str]:
    """Return the response of a webhook's script; browsers must not sniff another content type."""
    scripted = {name.lower() for name in response.headers}
    defaults = {**_NO_STORE, "X-Content-Type-Options": "nosniff", **_get_usage_headers(usage)}
    headers = {name: value for name, value in defaults.items() if name.lower() not in scripted}
    return Response(status_code=response.status, body=response.body, headers=headers | {**response.headers})


def _get_usage_headers(usage: Usage | None) -> dict[str, str]:
    return {} if usage is None else problems.build_usage_headers(usage)

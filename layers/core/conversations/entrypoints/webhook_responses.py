"""REST responses of webhook scripts."""

from conversations.domain.limits import Usage
from conversations.domain.webhooks import WebhookResponse
from conversations.entrypoints.rest_response import NO_STORE, Response, get_usage_headers


def build_webhook_response(response: WebhookResponse, usage: Usage | None) -> Response:
    """Return the response of a webhook's script; browsers must not sniff another content type."""
    scripted = {name.lower() for name in response.headers}
    defaults = {**NO_STORE, "X-Content-Type-Options": "nosniff", **get_usage_headers(usage)}
    headers = {name: value for name, value in defaults.items() if name.lower() not in scripted}
    return Response(response.status, headers | {**response.headers}, response.body)

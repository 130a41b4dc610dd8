"""``GET /api/health``: check that the API answers; needs no credential."""

from conversations.contract.operations import HEALTH
from conversations.contract.responses import Health
from conversations.entrypoints import rest
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import Response, build_public_response

_MAX_AGE_SECONDS = 10
"""Shorter than the interval of any monitor, and enough that a proxy answers a flood."""


def health(_request: Request) -> Response:
    """Report that the API answers. It reads nothing behind it, so it costs nothing and leaks nothing."""
    return build_public_response(Health().model_dump_json(), max_age=_MAX_AGE_SECONDS)


handler = rest.custom_handler(HEALTH.method, HEALTH.path, health)

"""``GET /api/health``: check that the API answers; needs no credential."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from conversations.contract.operations import HEALTH
from conversations.contract.responses import Health
from conversations.entrypoints import rest
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import build_json_response


def health(_request: Request) -> Response[str]:
    """Report that the API answers. It reads nothing behind it, so it costs nothing and leaks nothing."""
    return build_json_response(HTTPStatus.OK, Health(), usage=None)


handler = rest.custom_handler(HEALTH.method, HEALTH.path, health)

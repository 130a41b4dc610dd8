"""``GET /api/openapi.json``: get the OpenAPI document; needs no credential."""

from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from conversations.contract.operations import GET_OPENAPI
from conversations.entrypoints import rest
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import build_public_response

_MAX_AGE_SECONDS = 300
"""The document changes with a deployment only."""


def get_openapi(_request: Request) -> Response[str]:
    """Return the OpenAPI document that was generated from the models of this deployment."""
    return build_public_response(_read_document(), max_age=_MAX_AGE_SECONDS)


@cache
def _read_document() -> str:
    return Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")


handler = rest.custom_handler(GET_OPENAPI.method, GET_OPENAPI.path, get_openapi)

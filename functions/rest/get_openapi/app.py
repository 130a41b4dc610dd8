"""``GET /api/openapi.json``: get the OpenAPI document; needs no credential."""

from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from conversations.contract.operations import GET_OPENAPI
from conversations.entrypoints import rest
from conversations.entrypoints.rest_request import Request


def get_openapi(_request: Request) -> Response[str]:
    """Return the OpenAPI document that was generated from the models of this deployment."""
    return Response(status_code=200, content_type="application/json", body=_read_document(), headers={"Vary": "Origin"})


@cache
def _read_document() -> str:
    return Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")


handler = rest.custom_handler(GET_OPENAPI.method, GET_OPENAPI.path, get_openapi)

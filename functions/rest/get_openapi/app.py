"""``GET /api/openapi.json``: get the OpenAPI document; needs no credential."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from conversations.config import settings
from conversations.contract.operations import GET_OPENAPI
from conversations.entrypoints import rest
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import Response, build_public_response

_MAX_AGE_SECONDS = 300
"""The document changes with a deployment only."""

_MAX_ADDRESSES = 4
"""A deployment has the address of API Gateway and few custom domains."""


def get_openapi(request: Request) -> Response:
    """Return the OpenAPI document that was generated from the models of this deployment, with its address."""
    url = settings().rest_url or _get_called_url(request.raw_event["requestContext"])
    return build_public_response(_build_document(url), max_age=_MAX_AGE_SECONDS)


def _get_called_url(context: dict[str, Any]) -> str:
    """Return the URL of the REST API as API Gateway was called; it accepts its own domains only."""
    return f"https://{context['domainName']}{context['path'].removesuffix(GET_OPENAPI.path)}"


@lru_cache(_MAX_ADDRESSES)
def _build_document(url: str) -> str:
    document = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
    document["servers"] = [{"url": url, "description": "This deployment"}]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


handler = rest.custom_handler(GET_OPENAPI.method, GET_OPENAPI.path, get_openapi)

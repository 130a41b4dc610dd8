"""``GET /api/openapi.json``: what this API is, for machines; anyone may ask."""

from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from conversations.entrypoints import rest

app = rest.resolver()


@app.get("/openapi.json")
def get_openapi() -> Response[str]:
    """Return the OpenAPI document that was generated from the models this deployment validates with."""
    return Response(status_code=200, content_type="application/json", body=_document())


@cache
def _document() -> str:
    return Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")


handler = rest.entry_point(app)

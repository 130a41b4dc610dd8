"""``GET /api/health``: whether the API answers; anyone may ask."""

from aws_lambda_powertools.event_handler import Response

from conversations.contract.rest_schemas import Health
from conversations.entrypoints import rest

app = rest.resolver()


@app.get("/health")
def health() -> Response[str]:
    """Say that the API answers; it looks at nothing behind it, so it costs nothing and leaks nothing."""
    return rest.ok(app, Health())


handler = rest.entry_point(app)

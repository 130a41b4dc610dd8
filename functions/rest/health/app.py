"""``GET /api/health``: whether the API answers; anyone may ask."""

from aws_lambda_powertools.event_handler import Response

from conversations.api import rest
from conversations.api.schemas import Health

app = rest.resolver()


@app.get("/health")
def health() -> Response[str]:
    """Say that the API answers; it looks at nothing behind it, so it costs nothing and leaks nothing."""
    return rest.ok(app, Health())


handler = rest.entry_point(app)

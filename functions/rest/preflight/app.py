"""``OPTIONS`` of the paths for pages: whether one of another origin may call (CORS); without the authorizer."""

from aws_lambda_powertools.event_handler import Response

from conversations.entrypoints import rest

app = rest.resolver()


@app.route(".+", method="OPTIONS")
def preflight() -> Response[str]:
    """Allow what a listed origin may do; another origin is allowed nothing."""
    return rest.preflight(app)


handler = rest.entry_point(app)

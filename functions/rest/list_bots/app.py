"""``GET /api/bots``: the bots the caller may talk to."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.config import settings
from conversations.contract.rest_schemas import BotList
from conversations.entrypoints import rest

app = rest.resolver()


@app.get("/bots")
def list_bots() -> Response[str]:
    """Return the bots the caller may talk to."""
    bots = bootstrap.conversation_service().list_bots(rest.caller(app))
    return rest.ok(app, BotList.of(bots, settings().default_bot_id))


handler = rest.entry_point(app)

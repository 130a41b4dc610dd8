"""``GET /api/bots``: the bots the caller may talk to."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.api import rest
from conversations.api.schemas import BotList
from conversations.config import settings

app = rest.resolver()


@app.get("/bots")
def list_bots() -> Response[str]:
    """Return the bots the caller may talk to."""
    bots = bootstrap.conversation_service().bots_of(rest.caller(app))
    return rest.ok(app, BotList.of(bots, settings().default_bot_id))


handler = rest.entry_point(app)

"""``POST /api/conversations/{conversation_id}/messages``: say something."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import MessageAccepted, SendMessageRequest
from conversations.domain import limits
from conversations.entrypoints import rest

app = rest.resolver()


@app.post(f"/conversations/{rest.ANY_ID}/messages")
def send_message() -> Response[str]:
    """Store a message of the caller and queue it for the bot."""
    principal = rest.limited(app, limits.MESSAGES, bootstrap.rate_limiter())
    message = bootstrap.message_service().send(
        principal,
        rest.conversation_id(app),
        rest.body(app, SendMessageRequest).draft(),
    )
    return rest.ok(app, MessageAccepted.of(message))


handler = rest.entry_point(app)

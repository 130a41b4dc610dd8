"""``POST /api/conversations/{conversation_id}/messages``: say something."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.api import rest
from conversations.api.schemas import MessageAccepted, SendMessageRequest
from conversations.domain import ids

app = rest.resolver()


@app.post("/conversations/<conversation_id>/messages")
def send_message(conversation_id: str) -> Response[str]:
    """Store a message of the caller and queue it for the bot."""
    message = bootstrap.message_service().send(
        rest.caller(app),
        ids.parse_session_id(conversation_id, field="conversation_id"),
        rest.body(app, SendMessageRequest).draft(),
    )
    return rest.ok(MessageAccepted.of(message))


handler = rest.entry_point(app)

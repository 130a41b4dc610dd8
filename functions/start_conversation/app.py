"""``POST /api/conversations/start``: begin a conversation with a bot."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.api import rest
from conversations.api.schemas import ConversationStarted, StartConversationRequest

app = rest.resolver()


@app.post("/conversations/start")
def start_conversation() -> Response[str]:
    """Start a conversation of the caller; its bot answers the first message, or speaks first."""
    request = rest.body(app, StartConversationRequest)
    conversation = bootstrap.conversation_service().start(
        rest.caller(app), bot_id=request.bot_id, initial_message=request.initial_message
    )
    return rest.ok(ConversationStarted.of(conversation))


handler = rest.entry_point(app)

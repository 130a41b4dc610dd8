"""``POST /api/conversations/start``: begin a conversation with a bot."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import ConversationStarted, StartConversationRequest
from conversations.domain import limits
from conversations.entrypoints import rest

app = rest.resolver()


@app.post("/conversations/start")
def start_conversation() -> Response[str]:
    """Start a conversation of the caller; its bot answers the first message, or speaks first."""
    principal = rest.caller(app)
    request = rest.body(app, StartConversationRequest)
    if request.initial_message is not None:
        # A message like any other, so it is counted like one.
        rest.count(app, principal, limits.MESSAGES, bootstrap.rate_limiter())
    conversation = bootstrap.conversation_service().start(
        principal, bot_id=request.bot_id, initial_message=request.initial_message
    )
    return rest.ok(app, ConversationStarted.of(conversation))


handler = rest.entry_point(app)

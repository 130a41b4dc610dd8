"""``POST /api/conversations/claim``: a visitor's conversation becomes a user's."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import ClaimRequest, ConversationDetails
from conversations.entrypoints import rest

app = rest.resolver()


@app.post("/conversations/claim")
def claim_conversation() -> Response[str]:
    """Hand the conversation that a session token opens over to the caller."""
    request = rest.body(app, ClaimRequest)
    conversation = bootstrap.claim_service().claim(rest.caller(app), request.session_token)
    return rest.ok(app, ConversationDetails.of_conversation(conversation))


handler = rest.entry_point(app)

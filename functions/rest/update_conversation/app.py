"""``PATCH /api/conversations/{conversation_id}``: archive a conversation, or open it again."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import ConversationDetails, UpdateConversationRequest
from conversations.entrypoints import rest

app = rest.resolver()


@app.patch(f"/conversations/{rest.ANY_ID}")
def update_conversation() -> Response[str]:
    """Change the status of one of the caller's conversations."""
    request = rest.body(app, UpdateConversationRequest)
    conversation = bootstrap.conversation_service().set_status(
        rest.caller(app), rest.conversation_id(app), request.status
    )
    return rest.ok(app, ConversationDetails.of_conversation(conversation))


handler = rest.entry_point(app)

"""``GET /api/conversations/{conversation_id}``: one conversation."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import ConversationDetails
from conversations.entrypoints import rest

app = rest.resolver()


@app.get(f"/conversations/{rest.ANY_ID}")
def get_conversation() -> Response[str]:
    """Return one of the caller's conversations."""
    conversation = bootstrap.conversation_service().get(rest.caller(app), rest.conversation_id(app))
    return rest.ok(app, ConversationDetails.of_conversation(conversation))


handler = rest.entry_point(app)

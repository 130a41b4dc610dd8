"""``DELETE /api/conversations/{conversation_id}``: a conversation and every message of it."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.entrypoints import rest

app = rest.resolver()


@app.delete(f"/conversations/{rest.ANY_ID}")
def delete_conversation() -> Response[str]:
    """Delete one of the caller's conversations; from here on nobody finds it."""
    bootstrap.erasure_service().delete_conversation(
        rest.caller(app),
        rest.conversation_id(app),
        time_left=lambda: rest.seconds_left(app),
    )
    return rest.no_content(app)


handler = rest.entry_point(app)

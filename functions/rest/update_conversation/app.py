"""``PATCH /api/conversations/{conversation_id}``: archive, reopen or rename a conversation."""

from conversations.bootstrap.statuses import status_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import UPDATE_CONVERSATION
from conversations.contract.requests import UpdateConversationRequest
from conversations.contract.responses import ConversationDetails
from conversations.entrypoints import rest


def update_conversation(call: rest.Call[UpdateConversationRequest]) -> ConversationDetails:
    """Change the status and the title of one of the caller's conversations, as far as they are given."""
    conversation = status_service().update(
        call.principal,
        call.conversation_id,
        status=call.input.status,
        title=(call.input.title or "") if "title" in call.input.model_fields_set else None,
    )
    return ConversationDetails.from_conversation(conversation)


handler = rest.handler(UPDATE_CONVERSATION, update_conversation, rate_limiter)

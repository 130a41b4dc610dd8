"""``PATCH /api/conversations/{conversation_id}``: archive or reopen a conversation."""

from conversations.bootstrap.statuses import status_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import UPDATE_CONVERSATION
from conversations.contract.requests import UpdateConversationRequest
from conversations.contract.responses import ConversationDetails
from conversations.entrypoints import rest


def update_conversation(call: rest.Call[UpdateConversationRequest]) -> ConversationDetails:
    """Change the status of one of the caller's conversations."""
    conversation = status_service().set_status(call.principal, call.conversation_id, call.input.status)
    return ConversationDetails.from_conversation(conversation)


handler = rest.handler(UPDATE_CONVERSATION, update_conversation, rate_limiter)

"""``GET /api/conversations/{conversation_id}``: get a conversation."""

from conversations.bootstrap.conversations import conversation_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.base import RequestModel
from conversations.contract.operations import GET_CONVERSATION
from conversations.contract.responses import ConversationDetails
from conversations.entrypoints import rest


def get_conversation(call: rest.Call[RequestModel]) -> ConversationDetails:
    """Return one of the caller's conversations."""
    conversation = conversation_service().get(call.principal, call.conversation_id)
    return ConversationDetails.from_conversation(conversation)


handler = rest.handler(GET_CONVERSATION, get_conversation, rate_limiter)

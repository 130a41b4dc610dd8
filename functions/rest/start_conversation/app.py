"""``POST /api/conversations/start``: start a conversation with a bot."""

from conversations.bootstrap.conversations import conversation_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import START_CONVERSATION
from conversations.contract.requests import StartConversationRequest
from conversations.contract.responses import ConversationStarted
from conversations.entrypoints import rest


def start_conversation(call: rest.Call[StartConversationRequest]) -> ConversationStarted:
    """Start a conversation of the caller; its bot answers the first message, or greets."""
    conversation = conversation_service().start(
        call.principal,
        bot_id=call.input.bot_id,
        initial_message=call.input.initial_message,
        client_message_id=call.input.client_message_id,
    )
    call.counted.refund_retry(conversation.created_at)
    return ConversationStarted.from_conversation(conversation)


handler = rest.handler(START_CONVERSATION, start_conversation, rate_limiter)

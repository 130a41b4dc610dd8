"""``POST /api/conversations/{conversation_id}/messages``: send a message."""

from conversations.bootstrap.messages import message_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import SEND_MESSAGE
from conversations.contract.requests import SendMessageRequest
from conversations.contract.responses import MessageAccepted
from conversations.entrypoints import rest


def send_message(call: rest.Call[SendMessageRequest]) -> MessageAccepted:
    """Store a message of the caller and queue it for the bot."""
    message = message_service().send(call.principal, call.conversation_id, call.input.to_draft())
    call.counted.refund_retry(message.timestamp)
    return MessageAccepted.from_message(message)


handler = rest.handler(SEND_MESSAGE, send_message, rate_limiter)

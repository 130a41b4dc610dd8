"""``POST /api/conversations/{conversation_id}/messages``: send a message, and run the bot if it uses no service."""

from conversations.bootstrap.sending_messages import message_sender
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import SEND_MESSAGE
from conversations.contract.requests import SendMessageRequest
from conversations.contract.responses import MessageAccepted
from conversations.entrypoints import rest


def send_message(call: rest.Call[SendMessageRequest]) -> MessageAccepted:
    """Store a message of the caller, and let the bot answer it or queue it for the bot."""
    sent = message_sender().send(call.principal, call.conversation_id, call.input.to_draft())
    call.counted.refund_retry(sent.message.timestamp)
    sent.deliver()
    return MessageAccepted.from_message(sent.message)


handler = rest.handler(SEND_MESSAGE, send_message, rate_limiter)

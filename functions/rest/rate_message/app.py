"""``PUT /api/conversations/{conversation_id}/messages/{message_id}/rating``: rate a message of the bot."""

from conversations.bootstrap.ratings import rating_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import RATE_MESSAGE
from conversations.contract.requests import RateMessageRequest
from conversations.contract.responses import MessageRating
from conversations.domain import ids
from conversations.entrypoints import rest


def rate_message(call: rest.Call[RateMessageRequest]) -> MessageRating:
    """Store the rating, and notify the caller's devices."""
    message_id = ids.parse_message_id(call.path_parameters["message_id"], field="message_id")
    message = rating_service().rate(call.principal, call.conversation_id, message_id, call.input.rating)
    return MessageRating.from_message(message)


handler = rest.handler(RATE_MESSAGE, rate_message, rate_limiter)

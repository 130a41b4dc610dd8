"""``POST /api/conversations/claim``: claim a visitor's conversation for a user."""

from conversations.bootstrap.claims import claim_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.operations import CLAIM_CONVERSATION
from conversations.contract.requests import ClaimRequest
from conversations.contract.responses import ConversationDetails
from conversations.entrypoints import rest


def claim_conversation(call: rest.Call[ClaimRequest]) -> ConversationDetails:
    """Transfer the conversation of a visitor's token to the caller."""
    conversation = claim_service().claim(call.principal, call.input.session_token)
    return ConversationDetails.from_conversation(conversation)


handler = rest.handler(CLAIM_CONVERSATION, claim_conversation, rate_limiter)

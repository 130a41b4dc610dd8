"""``DELETE /api/conversations/{conversation_id}``: delete a conversation with all its messages."""

from conversations.bootstrap.erasure import erasure_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.base import RequestModel
from conversations.contract.operations import DELETE_CONVERSATION
from conversations.entrypoints import rest


def delete_conversation(call: rest.Call[RequestModel]) -> None:
    """Delete one of the caller's conversations. No later request finds it."""
    erasure_service().delete_conversation(call.principal, call.conversation_id, time_left=call.get_seconds_left)


handler = rest.handler(DELETE_CONVERSATION, delete_conversation, rate_limiter)

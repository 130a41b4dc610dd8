"""``GET /api/openai/v1/models``: list the bots that the caller may talk to, as models."""

from conversations.bootstrap.conversations import conversation_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.base import RequestModel
from conversations.contract.openai.operations import LIST_MODELS
from conversations.contract.openai.responses import ModelList
from conversations.entrypoints import rest
from conversations.entrypoints.openai_errors import build_openai_error_response


def list_models(call: rest.Call[RequestModel]) -> ModelList:
    """Return the bots that the caller may talk to."""
    return ModelList.from_bots(conversation_service().list_bots(call.principal))


handler = rest.handler(LIST_MODELS, list_models, rate_limiter, build_openai_error_response)

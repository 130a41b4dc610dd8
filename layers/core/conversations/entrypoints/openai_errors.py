"""Errors as OpenAI's clients read them."""

from conversations.contract.openai.errors import build_error
from conversations.domain.limits import Usage
from conversations.entrypoints.rest_response import Response, build_error_response


def build_openai_error_response(error: Exception, usage: Usage | None) -> Response:
    """Return an error in OpenAI's shape."""
    body = build_error(error).model_dump_json(exclude_none=True)
    return build_error_response(error, usage, "application/json", body)

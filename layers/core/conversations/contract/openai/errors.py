"""Errors in OpenAI's shape. Their codes are those of the contract."""

from typing import Literal

from pydantic import Field

from conversations.contract import problems
from conversations.contract.base import ResponseModel
from conversations.domain import errors

ErrorKind = Literal[
    "invalid_request_error", "authentication_error", "permission_error", "rate_limit_error", "server_error"
]

_KINDS: dict[problems.ErrorType, ErrorKind] = {
    errors.UnauthorizedError: "authentication_error",
    errors.ForbiddenError: "permission_error",
    errors.RateLimitedError: "rate_limit_error",
    errors.UnavailableError: "server_error",
    problems.INTERNAL: "server_error",
}


class OpenAIError(ResponseModel):
    """What went wrong."""

    message: str = Field(description="a sentence for developers of clients")
    type: ErrorKind = Field(description="the kind of error, in OpenAI's words")
    param: str | None = Field(default=None, description="the invalid field, if there is one")
    code: str = Field(description="the code of the error table")


class OpenAIErrorBody(ResponseModel):
    """Body of every error that the function itself returns, in OpenAI's shape."""

    error: OpenAIError


def build_error(error: Exception) -> OpenAIErrorBody:
    """Build the body of an error."""
    problem = problems.build_problem(error)
    kind = _KINDS.get(problems.get_error_type(error), "invalid_request_error")
    return OpenAIErrorBody(
        error=OpenAIError(message=problem.detail, type=kind, param=problem.field, code=problem.error)
    )

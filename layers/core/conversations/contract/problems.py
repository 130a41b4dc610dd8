"""Errors as clients see them: RFC 9457 problems over REST. The WebSocket has ``error_frames`` with the same codes."""

from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

from conversations.domain import errors
from conversations.domain.limits import WINDOW, Usage

PROBLEM_JSON = "application/problem+json"

type ErrorType = type[errors.ConversationsError]

STATUSES: dict[ErrorType, HTTPStatus] = {
    errors.InvalidMessageError: HTTPStatus.BAD_REQUEST,
    errors.InvalidRequestError: HTTPStatus.BAD_REQUEST,
    errors.UnauthorizedError: HTTPStatus.UNAUTHORIZED,
    errors.ForbiddenError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.PayloadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.RateLimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each error that clients can cause or wait for; all others are internal errors."""

INTERNAL = errors.ConversationsError
"""An error in our code; its text stays in the logs."""

INTERNAL_STATUS = HTTPStatus.INTERNAL_SERVER_ERROR

UNANSWERED = "The bot could not answer this message."
"""The error of a message that will not be answered."""


class Problem(BaseModel):
    """Body of every error over REST (RFC 9457)."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    type: str = Field(default="about:blank", description="always `about:blank`: see `error`")
    title: str = Field(description="the meaning of the status")
    status: int = Field(ge=400, le=599, description="the status again")
    detail: str = Field(description="a sentence for developers of clients")
    error: str = Field(description="the code of the error table")
    field: str | None = Field(default=None, description="the invalid field or parameter, if there is one")


def get_error_type(error: Exception) -> ErrorType:
    """Return the nearest class of the error that has a status, ``INTERNAL`` if there is none."""
    return next((ancestor for ancestor in type(error).__mro__ if ancestor in STATUSES), INTERNAL)


def get_status(error_type: ErrorType) -> HTTPStatus:
    """Return the HTTP status of a class of errors."""
    return STATUSES.get(error_type, INTERNAL_STATUS)


def get_client_detail(error: Exception) -> str:
    """Return the sentence that a client may read about the error."""
    return "An internal error occurred." if get_error_type(error) is INTERNAL else str(error)


def get_retry_after(error: Exception) -> int | None:
    """Return the seconds that a client should wait, None if waiting does not help."""
    return error.retry_after if isinstance(error, errors.RateLimitedError | errors.UnavailableError) else None


def build_problem(error: Exception) -> Problem:
    """Build the body of the problem (RFC 9457, 3.1), with ``error`` and, for an invalid request, ``field``."""
    error_type = get_error_type(error)
    status = get_status(error_type)
    return Problem(
        title=status.phrase,
        status=status.value,
        detail=get_client_detail(error),
        error=error_type.code,
        field=error.field if isinstance(error, errors.InvalidRequestError) else None,
    )


def build_usage_headers(usage: Usage) -> dict[str, str]:
    """Build the headers that report a rate limit (IETF draft-ietf-httpapi-ratelimit-headers).

    ``t`` is never longer than the window; ``Retry-After``, which takes precedence, has the exact time.
    """
    policy, window = usage.policy, int(WINDOW.total_seconds())
    return {
        "RateLimit-Policy": f'"{policy.name}";q={policy.limit};w={window}',
        "RateLimit": f'"{policy.name}";r={usage.remaining};t={min(usage.reset_seconds, window)}',
    }


def build_headers(error: Exception) -> dict[str, str]:
    """Build the headers of the problem."""
    if isinstance(error, errors.RateLimitedError):
        usage_headers = {} if error.usage is None else build_usage_headers(error.usage)
        return {"Retry-After": str(error.retry_after), **usage_headers}
    if isinstance(error, errors.UnauthorizedError):
        return {"WWW-Authenticate": "Bearer"}
    retry_after = get_retry_after(error)
    return {} if retry_after is None else {"Retry-After": str(retry_after)}

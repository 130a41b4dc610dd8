"""Errors as clients see them: RFC 9457 problems over REST, ``error`` frames on the socket, the seed's words in both."""

from dataclasses import dataclass
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conversations.contract.server_frames import ErrorFrame
from conversations.domain import errors
from conversations.domain.limits import WINDOW, Usage

PROBLEM_JSON = "application/problem+json"

_MESSAGE_FIELDS = frozenset({"content", "attachments", "initial_message"})
"""Fields whose faults are faults of a message (the seed's ``invalid_message``); all others are ``invalid_request``."""


@dataclass(frozen=True, slots=True)
class ErrorType:
    """One row of the contract's table of errors."""

    status: HTTPStatus
    word: str


INTERNAL = ErrorType(HTTPStatus.INTERNAL_SERVER_ERROR, errors.ConversationsError.code)
"""Whatever is a mistake of ours; its text stays in the logs."""

ERROR_TYPES: dict[type[errors.ConversationsError], ErrorType] = {
    error: ErrorType(status, error.code)
    for error, status in (
        (errors.InvalidMessageError, HTTPStatus.BAD_REQUEST),
        (errors.InvalidRequestError, HTTPStatus.BAD_REQUEST),
        (errors.UnauthorizedError, HTTPStatus.UNAUTHORIZED),
        (errors.ForbiddenError, HTTPStatus.FORBIDDEN),
        (errors.NotFoundError, HTTPStatus.NOT_FOUND),
        (errors.ConflictError, HTTPStatus.CONFLICT),
        (errors.PayloadTooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (errors.RateLimitedError, HTTPStatus.TOO_MANY_REQUESTS),
        (errors.UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    )
}
"""The HTTP status of each error that clients see; its code is the class's own."""


class Problem(BaseModel):
    """Body of every error over REST (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(default="about:blank", description="always `about:blank`: look at `error`")
    title: str = Field(description="what the status means")
    status: int = Field(ge=400, le=599, description="the status again")
    detail: str = Field(description="a sentence for people who write clients")
    error: str = Field(description="the word of the table of errors")
    field: str | None = Field(default=None, description="the field or parameter to blame, where one is")


def get_error_type(error: Exception) -> ErrorType:
    """Return the row of the error's nearest listed ancestor, ``INTERNAL`` if it has none."""
    for ancestor in type(error).__mro__:
        if ancestor in ERROR_TYPES:
            return ERROR_TYPES[ancestor]
    return INTERNAL


def get_client_detail(error: Exception) -> str:
    """Return what a client may read about the error."""
    return "Something went wrong on our side." if get_error_type(error) is INTERNAL else str(error)


def get_retry_after(error: Exception) -> int | None:
    """Return the seconds a client should wait, None where waiting does not help."""
    return error.retry_after if isinstance(error, errors.RateLimitedError | errors.UnavailableError) else None


def build_problem(error: Exception) -> Problem:
    """Return the body of the problem (RFC 9457, 3.1), with ``error`` and, where one is to blame, ``field``."""
    kind = get_error_type(error)
    return Problem(
        title=kind.status.phrase,
        status=kind.status.value,
        detail=get_client_detail(error),
        error=kind.word,
        field=error.field if isinstance(error, errors.InvalidRequestError) else None,
    )


def build_usage_headers(usage: Usage) -> dict[str, str]:
    """Return where the caller stands (IETF draft-ietf-httpapi-ratelimit-headers)."""
    policy = usage.policy
    return {
        "RateLimit-Policy": f'"{policy.name}";q={policy.limit};w={int(WINDOW.total_seconds())}',
        "RateLimit": f'"{policy.name}";r={usage.remaining};t={usage.reset_seconds}',
    }


def build_headers(error: Exception) -> dict[str, str]:
    """Return the headers that go with the problem."""
    if isinstance(error, errors.RateLimitedError):
        return {"Retry-After": str(error.retry_after), **build_usage_headers(error.usage)}
    if isinstance(error, errors.UnauthorizedError):
        return {"WWW-Authenticate": "Bearer"}
    retry_after = get_retry_after(error)
    return {} if retry_after is None else {"Retry-After": str(retry_after)}


def build_error_frame(
    error: Exception, *, session_id: str | None = None, client_message_id: str | None = None
) -> ErrorFrame:
    """Return the frame that tells a socket of the error."""
    return ErrorFrame(
        error=get_error_type(error).word,
        message=get_client_detail(error),
        session_id=session_id,
        client_message_id=client_message_id,
        retry_after=get_retry_after(error),
    )


def build_validation_error(error: ValidationError, *, whole: str) -> errors.InvalidRequestError:
    """Say what is wrong with a body, a query or a frame, without quoting it.

    Parameters
    ----------
    error
        What pydantic found.
    whole
        What to call the thing itself, where no field is to blame.
    """
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    fields = [str(fault["loc"][0]) if fault["loc"] else None for fault in faults]
    sentences = [f"{_path(fault['loc']) or whole}: {_sentence(fault['msg'])}" for fault in faults]
    is_message = any(field in _MESSAGE_FIELDS for field in fields)
    kind = errors.InvalidMessageError if is_message else errors.InvalidRequestError
    return kind("; ".join(sentences), field=next((field for field in fields if field), None))


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]

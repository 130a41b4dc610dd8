"""The problem responses of the OpenAPI document, by status."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from conversations.contract import problems
from conversations.contract.openai.errors import OpenAIErrorBody, build_error
from conversations.contract.operation import ErrorTypes, Operation
from conversations.contract.problems import Problem, build_problem, get_status
from conversations.domain import errors
from conversations.domain.limits import MESSAGES, Policy, Usage
from tools.api.openapi_headers import build_usage_references, format_names
from tools.api.schemas import Json, format_prose, reference

EXAMPLES: Mapping[type[errors.ConversationsError], errors.ConversationsError] = {
    errors.InvalidRequestError: errors.InvalidRequestError(
        "limit: input should be less than or equal to 100", field="limit"
    ),
    errors.InvalidMessageError: errors.InvalidMessageError(
        "content: string should have at least 1 character", field="content"
    ),
    errors.UnauthorizedError: errors.UnauthorizedError("Authentication required."),
    errors.ForbiddenError: errors.ForbiddenError("You do not have access to this conversation."),
    errors.NotFoundError: errors.NotFoundError("The conversation does not exist."),
    errors.ConflictError: errors.ConflictError("The conversation is archived."),
    errors.PayloadTooLargeError: errors.PayloadTooLargeError("The body is over 128 KB."),
    errors.UnsupportedMediaTypeError: errors.UnsupportedMediaTypeError(
        "The body must not be compressed: send it without Content-Encoding."
    ),
    errors.RateLimitedError: errors.RateLimitedError(Usage(MESSAGES, remaining=0, reset_seconds=12)),
    errors.UnavailableError: errors.UnavailableError(),
}
"""One example of each error type."""

_DESCRIPTIONS = {
    HTTPStatus.BAD_REQUEST: "The request is malformed; see `detail` and `field`.",
    HTTPStatus.UNAUTHORIZED: "The token or secret is missing or invalid.",
    HTTPStatus.FORBIDDEN: "The conversation belongs to another user, or the caller may not use the bot.",
    HTTPStatus.NOT_FOUND: "The conversation, bot or webhook does not exist.",
    HTTPStatus.CONFLICT: (
        "The conversation is archived, or the `client_message_id` or `Idempotency-Key` was used with another content."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is over 128 KB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is compressed, or its `charset` is not UTF-8.",
    HTTPStatus.TOO_MANY_REQUESTS: "The rate limit is exceeded. The request was neither executed nor counted.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An internal error occurred.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A service that the API needs does not answer. A retry is safe.",
}

# A request is counted after authentication, and the counting itself may fail.
_COUNTED_STATUSES = set(_DESCRIPTIONS) - {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
}

# API Gateway refuses some requests itself (GatewayResponses in template.yaml), and does not know the rate limits.
_GATEWAY_STATUSES = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.TOO_MANY_REQUESTS,
}


def describe(error_type: type[errors.ConversationsError]) -> str:
    """Return when an error occurs: what its status means here, or its own summary if it shares the status."""
    status = get_status(error_type)
    is_shared = list(problems.STATUSES.values()).count(status) > 1
    return format_prose((error_type.__doc__ or "").partition("\n")[0]) if is_shared else _DESCRIPTIONS[status]


def build_problems(operation: Operation[Any], shared: dict[str, Json]) -> Json:
    """Return references to the operation's problems by status, and add what they refer to to ``shared``."""
    by_status: dict[HTTPStatus, ErrorTypes] = {}
    for error_type in operation.get_errors():
        status = get_status(error_type)
        by_status[status] = (*by_status.get(status, ()), error_type)
    by_status[problems.INTERNAL_STATUS] = (problems.INTERNAL,)
    for status, error_types in by_status.items():
        shared[_get_name(operation, status, error_types)] = _build_problem(operation, status, error_types)
    return {
        str(status.value): {"$ref": f"#/components/responses/{_get_name(operation, status, by_status[status])}"}
        for status in sorted(by_status)
    }


def _get_policies(operation: Operation[Any], status: HTTPStatus) -> tuple[Policy, ...]:
    return operation.get_policies() if status in _COUNTED_STATUSES else ()


def _get_name(operation: Operation[Any], status: HTTPStatus, error_types: ErrorTypes) -> str:
    policies = _get_policies(operation, status)
    names = sorted(error_type.code for error_type in error_types)
    if policies:
        names.append(format_names(policies))
    if operation.error_body is not None:
        names.append(operation.tag.lower())
    return "-".join(names)


def _build_problem(operation: Operation[Any], status: HTTPStatus, error_types: ErrorTypes) -> Json:
    shown = [_build_example(error_type, operation.policy) for error_type in error_types]
    response = _build_response(status, [build_problem(error) for error in shown])
    if operation.error_body is not None:
        # API Gateway's own errors are problems everywhere.
        response["content"] = _build_openai_content(shown) | response["content"]
    headers = _build_headers(operation, status)
    return {**response, "headers": headers} if headers else response


def _build_headers(operation: Operation[Any], status: HTTPStatus) -> Json:
    headers: Json = {}
    policies = _get_policies(operation, status)
    if policies:
        headers |= build_usage_references(policies, required=status not in _GATEWAY_STATUSES)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/WWW-Authenticate"}
    return headers


def _build_openai_content(shown: list[errors.ConversationsError]) -> Json:
    values = {error.code: {"value": build_error(error).model_dump(exclude_none=True)} for error in shown}
    return {"application/json": {"schema": reference(OpenAIErrorBody), "examples": values}}


def _build_example(error_type: type[errors.ConversationsError], policy: Policy | None) -> errors.ConversationsError:
    if error_type is problems.INTERNAL:
        return errors.ConversationsError()
    if error_type is errors.RateLimitedError and policy is not None:
        return errors.RateLimitedError(Usage(policy, remaining=0, reset_seconds=12))
    return EXAMPLES[error_type]


def _build_response(status: HTTPStatus, shown: list[Problem]) -> Json:
    # One schema for all problems: generators of clients do not merge it with the exact status and codes. The examples
    # have the codes.
    values = {problem.error: {"value": problem.model_dump(exclude_none=True)} for problem in shown}
    content = {"schema": reference(Problem), "examples": values}
    return {"description": _DESCRIPTIONS[status], "content": {problems.PROBLEM_JSON: content}}
